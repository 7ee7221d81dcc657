"""The inbox: groups of badly answered questions, and the editor's decisions about them."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content.entries import LEAST_WORDINGS, LONGEST_POINT
from faq.conversation import inbox, messages, outcomes, settling
from faq.conversation.conversations import load_memory
from faq.conversation.inbox import Group, Wanted, Wording
from faq.conversation.messages import Line
from faq.conversation.settling import Settled
from faq.diagnosis import findings
from faq.editing import draft_listing, draft_points
from faq.matching.matcher import WORTH_ASKING
from faq.release import publishing
from handlers.admin.content.answers import namer
from handlers.admin.content.blueprint import pages
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import has, invalid, text, word, words

SHOWN, SHOWN_TALKS, SHOWN_TARGETS = 20, 5, 200
# In percent. Below the first the bot would not ask back, so no button names the entry; below the
# second another entry may be meant, so the editor chooses.
WORTH_A_BUTTON, WORTH_A_MARK = round(100 * WORTH_ASKING), 50
# Wordings of a group that must mean the entry of its button.
AGREEING = 3
# The ids of the largest group: see faq.conversation.inbox.MOST_GROUPED.
LARGEST = 2 * 1024 * 1024
STATES = words("content.inbox_states")
CONCERNS = words("content.concerns")
CHANNELS = words("content.channels")
FIELDS = ("text", "concern", "about", "channel", "first_day", "last_day")
_NUMBERS = ("messages", "examples", "tests", "missed", "skipped", "entries", "short")
_MORE = ("missed", "skipped", "short")
_ONE_DAY = timedelta(days=1)


@pages.page("/inbox", may=Permission.READ_CONTENT)
def list_inbox(visit: Visit) -> ResponseReturnValue:
    """List the groups of a state, most asked first, each with the likeliest entry."""
    return _list(visit, Form())


@pages.page("/inbox/<message_id>", may=Permission.READ_CONTENT)
def show_inbox(visit: Visit, message_id: str) -> ResponseReturnValue:
    """Show one group: its wordings, a conversation, and the possible decisions."""
    return _group_page(visit, message_id, Form())


@pages.act("/inbox/decision", may=Permission.WRITE_CONTENT, largest=LARGEST)
def decide_inbox(visit: Visit) -> ResponseReturnValue:
    """Carry out a decision about ticked wordings or groups, and say what it changed."""
    act, shown = request.form.get("act", ""), request.form.get("page", "")
    decide = _ACTS.get(act)
    if decide is None:
        raise Refused(Reason.NOT_FOUND)
    form = Form(beside=())
    with form:
        return decide(_ticked(_state(form["state"])), visit.member.actor)
    if form.reason is Reason.NOT_FOUND:
        form.message = text("content.inbox_decided")
        return _list(visit, form, 409)
    return _group_page(visit, shown, form) if shown else _list(visit, form)


# Acts ---------------------------------------------------------------------------------------------


def _apply(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    form = request.form
    slug = form.get("other") or form.get("slug", "")
    if not slug:
        raise invalid("inbox.entry.required")
    settled = settling.apply(
        _wordings(groups),
        slug,
        _questions(groups),
        editor=editor,
        # The buttons of the list have no boxes.
        as_examples="as_example" in form or "boxes" not in form,
        in_checks="in_checks" in form,
    )
    said = "apply" if settled.examples else "tests" if settled.tests else "known"
    return _done(said, settled, slug=slug)


def _apply_suggested(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    """Add each group to the entry that its button names."""
    total, slugs, skipped = Settled(0), set(), 0
    for group in groups:
        suggested = None if group.is_rated_down else _one_click(group)
        if suggested is None:
            skipped += 1
            continue
        slug, questions = suggested["slug"], settling.examples_of([group])
        settled = settling.apply(group.wordings, slug, questions, editor=editor)
        total = Settled(*(a + b for a, b in zip(total, settled, strict=True)))
        slugs.add(slug)
    if not slugs:
        raise invalid("inbox.entry.required")
    return _done("suggested", total, entries=len(slugs), skipped=skipped)


def _as_point(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    """Answer the questions by a point: one of the draft, or a new one."""
    form, questions = request.form, settling.examples_of(groups)
    slug, _, name = form.get("point", "").partition(".")
    point: Any = name
    if not slug:
        slug = form.get("point_entry", "")
        if not slug:
            raise invalid("points.point.required")
        asked = form_values.text(form, "point_question") or questions[0]
        point = draft_points.begun(slug, asked, questions, form.get("point_answer", ""))
    settled = settling.answer_as_point(_wordings(groups), slug, point, questions, editor=editor)
    is_short = not name and len(point["wordings"]) < LEAST_WORDINGS
    return _done("wordings" if name else "point", settled, slug=slug, short=int(is_short))


def _begin(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    questions = _questions(groups)
    title = form_values.text(request.form, "title") or questions[0]
    begun = settling.begin_entry(_wordings(groups), title, questions, editor=editor)
    return redirect(url_for(".edit_entry", slug=begun.key.name, done="begun"))


def _answered(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    slug = groups[0].about or ""
    return _done(
        "answered", settling.answer_changed(_wordings(groups), slug, editor=editor), slug=slug
    )


def _not_ours(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    settled = settling.mark_not_ours(_wordings(groups), _questions(groups), editor=editor)
    return _done("not_ours", settled)


def _dismiss(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    return _done("dismiss", settling.dismiss(_wordings(groups), editor=editor))


def _reopen(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    return _done("reopen", settling.reopen(_wordings(groups), editor=editor))


def _split(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    wordings = _wordings(groups)
    return _done("split", settling.put_together(wordings, editor=editor), wordings[0])


def _join(groups: Sequence[Group], editor: str) -> ResponseReturnValue:
    wordings = _wordings(groups)
    target = request.form.get("target")
    group = inbox.group_of(target) if target else None
    return _done("join", settling.put_together(wordings, group, editor=editor), wordings[0])


_ACTS: dict[str, Callable[[Sequence[Group], str], ResponseReturnValue]] = {
    "apply": _apply,
    "suggested": _apply_suggested,
    "point": _as_point,
    "begin": _begin,
    "answered": _answered,
    "not_ours": _not_ours,
    "dismiss": _dismiss,
    "reopen": _reopen,
    "split": _split,
    "join": _join,
}


def _ticked(state: inbox.State) -> list[Group]:
    """Return the ticked groups, or of one group the ticked wordings alone.

    Raises Refused: INVALID_INPUT when nothing is ticked; NOT_FOUND when all are decided already.
    """
    groups, wordings = (set(request.form.getlist(name)) for name in ("group", "wording"))
    if not groups and not wordings:
        raise invalid("inbox.wordings.required")
    choices = []
    for group in inbox.groups(state):
        if not groups.isdisjoint(group.message_ids):
            choices.append(group)
        elif not wordings.isdisjoint(group.message_ids):
            choices.append(group.of(wordings))
    if not choices:
        raise Refused(Reason.NOT_FOUND)
    return choices


def _wordings(groups: Sequence[Group]) -> list[Wording]:
    return [wording for group in groups for wording in group.wordings]


def _questions(groups: Sequence[Group]) -> list[str]:
    """Return the typed question, else the wordings themselves."""
    typed = form_values.text(request.form, "question")
    return [typed] if typed else settling.examples_of(groups)


def _done(
    said: str, settled: Settled, shown: Wording | None = None, **more: Any
) -> ResponseReturnValue:
    """Go back to the list as it was filtered, or to a group, and say what was changed."""
    changed = {name: number for name, number in settled._asdict().items() if number}
    values = {**_kept(), **changed, **more, "said": said}
    if shown is not None:
        return redirect(url_for(".show_inbox", message_id=shown.id, **values))
    return redirect(url_for(".list_inbox", **values))


# Pages --------------------------------------------------------------------------------------------


def _list(visit: Visit, form: Form, status: int | None = None) -> ResponseReturnValue:
    state, named = _state(request.args.get("state", "")), namer()
    skipped = form_values.number(request.args.get("after", ""), 0)
    filters, wanted = _wanted()
    groups = [] if filters.errors else inbox.find(state, wanted)
    topics = inbox.topics_of(groups)
    ordered = [(topic, group) for topic in topics for group in topic]
    shown = ordered[skipped : skipped + SHOWN]
    return render(
        visit,
        "content/inbox.html",
        status,
        form=form,
        said=_said(named),
        groups=[
            (topic, group, _one_click(group) if state == "new" else None) for topic, group in shown
        ],
        topics=len(topics),
        outcomes={g.id: outcomes.outcome_of(g) for _, g in shown} if state != "new" else {},
        found=sum(group.count for group in groups),
        found_groups=len(groups),
        state=state,
        states=STATES,
        waiting=inbox.count(),
        most=inbox.MOST_GROUPED,
        later=skipped + SHOWN if len(groups) > skipped + SHOWN else None,
        concerns=CONCERNS,
        channels=CHANNELS,
        abouts=_abouts(inbox.groups(state), named),
        titles=_titles(),
        filters=filters.typed,
        errors=filters.errors,
        kept=_kept(),
        named=named,
    )


def _group_page(visit: Visit, message_id: str, form: Form) -> ResponseReturnValue:
    state, group, named = inbox.state_of(message_id), inbox.group_of(message_id), namer()
    talk = request.args.get("talk", message_id)
    talk = talk if talk in group.message_ids else message_id
    ticked = form.all("wording")
    return render(
        visit,
        "content/inbox_group.html",
        form=form,
        said=_said(named),
        message_id=message_id,
        group=group,
        ticked=[w.id for w in group.wordings if not ticked or w.id in ticked],
        state=state,
        states=STATES,
        concerns=CONCERNS,
        suggested=_suggested(group, group.question),
        outcome=outcomes.outcome_of(group) if state != "new" else None,
        points=draft_points.by_title() if state == "new" else {},
        longest_point=LONGEST_POINT,
        worth_a_mark=WORTH_A_MARK,
        titles=_titles(),
        targets=[g for g in inbox.groups("new") if g.id != group.id][:SHOWN_TARGETS],
        talk=talk,
        talks=messages.one_per_person([message_id, *group.message_ids])[:SHOWN_TALKS],
        channel=next(CHANNELS[a.channel] for a in group.newest_first if a.message_id == talk),
        lines=[(line, list(_then(line, named))) for line in messages.context_of(talk)],
        kept=_kept(),
        named=named,
    )


def _state(name: str) -> inbox.State:
    return cast(inbox.State, name if name in STATES else "new")


def _kept() -> dict[str, str]:
    """Return the filters of the address, which every link and act keeps."""
    return {name: request.args[name] for name in (*FIELDS, "state") if request.args.get(name)}


def _wanted() -> tuple[Filters, Wanted]:
    filters = Filters(request.args, FIELDS)
    first, last = filters.days()
    wanted = Wanted(
        text=filters.typed["text"],
        concern=filters.one_of("concern", CONCERNS),
        about=filters.typed["about"] or None,
        channel=filters.one_of("channel", CHANNELS),
        since=None if first is None else clock.midnight(first),
        until=None if last is None else clock.midnight(last + _ONE_DAY),
    )
    return filters, wanted


def _said(named: Callable[[str], str]) -> str:
    """Return what the act before this page changed."""
    key = f"content.inbox_said.{request.args.get('said', '')}"
    if request.method == "POST" or not has(key):
        return ""
    numbers = {name: form_values.number(request.args.get(name, ""), 0) for name in _NUMBERS}
    keys = [
        key,
        *(f"content.inbox_said.{name}" for name in ("missed", "skipped", "short") if numbers[name]),
    ]
    title = named(request.args.get("slug", ""))
    return "".join(text(key, **numbers, title=title) for key in keys)


def _abouts(groups: Sequence[Group], named: Callable[[str], str]) -> dict[str, str]:
    """Return slug → title of the entries that the groups are about, cases first."""
    entries = publishing.current().content.by_slug
    slugs = {slug for group in groups for slug in (group.about, *group.learnt_by) if slug}
    cases = {slug: entries[slug].case if slug in entries else None for slug in slugs}
    decisions = {}
    for slug in sorted(slugs, key=lambda slug: (cases[slug] or math.inf, named(slug))):
        title, case = named(slug), cases[slug]
        decisions[slug] = title if case is None else text("content.of_case", case=case, title=title)
    return decisions


def _titles() -> dict[str, str]:
    """Return slug → title of the entries that a question can be added to."""
    listed = draft_listing.entries(limit=2000)
    return {entry.slug: entry.title or entry.slug for entry in listed if entry.state != "gone"}


def _one_click(group: Group) -> dict[str, Any] | None:
    """Return the entry for a button of its own: likely, and that of the most frequent wordings."""
    likeliest = [_suggested(group, one.question)[:1] for one in group.wordings[:AGREEING]]
    if not all(likeliest) or len({one["slug"] for (one,) in likeliest}) != 1:
        return None
    ((first,), *_) = likeliest
    return first if first["likely"] >= WORTH_A_BUTTON else None


def _suggested(group: Group, question: str) -> list[dict[str, Any]]:
    """List the entries nearest to the question, the likeliest first, without those rated down."""
    match = publishing.current().matcher.match(question)
    return [
        {"slug": one.entry.slug, "title": one.entry.title, "likely": round(one.probability * 100)}
        for one in match.candidates
        if one.entry.slug not in group.blamed
    ]


def _then(line: Line, named: Callable[[str], str]) -> Iterator[str]:
    """Yield the outcome of a turn and the asker's state at that time, as recorded."""
    memory, recorded = load_memory(line.memory), findings.load(line.findings)
    titles = " / ".join(map(named, memory.options))
    title = "" if line.slug is None else named(line.slug)
    yield text(f"content.then.{line.kind}", title=title, titles=titles)
    if line.kind == "answer" and line.slug == memory.slug and memory.step > 1:
        yield text("content.then.step", step=memory.step)
    if memory.is_about_another:
        yield text("content.then.another")
    if recorded.state is not None:
        yield text("content.then.state", title=word("states.titles", recorded.state))
    if recorded.findings:
        seen = [_finding(probe, severity) for probe, severity in recorded.findings]
        yield text("content.then.findings", findings="、".join(seen))


def _finding(probe: str, severity: str) -> str:
    key = f"probes.{probe}.title"
    title = text(key) if has(key) else probe
    return f"{title}（{word('content.severities', severity)}）"
