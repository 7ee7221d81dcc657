"""The inbox: groups of badly answered questions, and the editor's decisions about them."""

from typing import Any, cast

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.conversation import inbox
from faq.conversation.inbox import Group
from faq.editing import draft_listing
from faq.matching.matcher import WORTH_ASKING
from faq.release import publishing
from handlers.admin.content.answers import namer
from handlers.admin.content.blueprint import pages
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import message_of, render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

SHOWN, SHOWN_FOUND, SHOWN_TALKS = 20, 10, 5
# In percent. Below the first the bot would not ask back, so no button names the entry; below the
# second another entry may be meant, so the editor chooses.
WORTH_A_BUTTON, WORTH_A_MARK = round(100 * WORTH_ASKING), 50
# The ids of the largest group: see faq.inbox.MOST_GROUPED.
LARGEST = 2 * 1024 * 1024
STATES = words("content.inbox_states")
CONCERNS = words("content.concerns")


@pages.page("/inbox", may=Permission.READ_CONTENT)
def list_inbox(visit: Visit) -> ResponseReturnValue:
    """List the groups of a state, most asked first, each with the likeliest entry."""
    return _list(visit)


@pages.page("/inbox/<message_id>", may=Permission.READ_CONTENT)
def show_inbox(visit: Visit, message_id: str) -> ResponseReturnValue:
    """Show one group: its wordings, a conversation, and the possible decisions."""
    return _group_page(visit, message_id)


@pages.act("/inbox/<message_id>/decision", may=Permission.WRITE_CONTENT, largest=LARGEST)
def decide_inbox(visit: Visit, message_id: str) -> ResponseReturnValue:
    """Add the question to an entry, to the out-of-scope list or to a new entry; dismiss; reopen."""
    form, editor = request.form, visit.member.actor
    act, question = form.get("act", ""), form.get("question", "").strip()
    ids = [one for one in form.get("messages", "").split(",") if one] or [message_id]
    try:
        if act == "apply":
            inbox.apply(
                ids,
                form.get("slug", ""),
                question,
                editor=editor,
                # The button of the list has no boxes.
                as_example="as_example" in form or "boxes" not in form,
                in_checks="in_checks" in form,
            )
        elif act == "not_ours":
            inbox.mark_not_ours(ids, question, editor=editor)
        elif act == "dismiss":
            inbox.dismiss(ids, editor=editor)
        elif act == "reopen":
            inbox.reopen(ids, editor=editor)
        elif act == "begin":
            title = form.get("title", "").strip() or question
            begun = inbox.begin_entry(ids, title, question, editor=editor)
            return redirect(url_for(".edit_entry", slug=begun.key.name, done="begun"))
        else:
            raise Refused(Reason.NOT_FOUND)
    except Refused as refused:
        if refused.reason is Reason.INVALID_INPUT:
            return _group_page(visit, message_id, message_of(refused))
        if refused.reason is not Reason.NOT_FOUND or act not in _ACTS:
            raise
        return _list(visit, "这组问题刚有同事处理过，或选的条目已经不在了，请再看一遍。")
    state = form.get("state", "new")
    done = "reopened" if act == "reopen" else "settled"
    return redirect(url_for(".list_inbox", state=state, done=done))


_ACTS = ("apply", "not_ours", "dismiss", "reopen", "begin")


def _list(visit: Visit, message: str = "") -> ResponseReturnValue:
    state = request.args.get("state", "new")
    state = state if state in STATES else "new"
    skipped = form_values.number(request.args.get("after", ""), 0)
    found = inbox.groups(cast(inbox.State, state))
    shown = found[skipped : skipped + SHOWN]
    return render(
        visit,
        "content/inbox.html",
        409 if message else 200,
        message=message,
        groups=[(group, _one_click(group) if state == "new" else None) for group in shown],
        state=state,
        states=STATES,
        waiting=inbox.count(),
        most=inbox.MOST_GROUPED,
        later=skipped + SHOWN if len(found) > skipped + SHOWN else None,
        concerns=CONCERNS,
        named=namer(),
    )


def _group_page(visit: Visit, message_id: str, message: str = "") -> ResponseReturnValue:
    group, state = _group_of(message_id)
    wanted = request.args.get("q", "").strip()[:80]
    found = draft_listing.entries(text=wanted, limit=SHOWN_FOUND) if wanted else []
    talk = request.args.get("talk", message_id)
    talk = talk if talk in group.message_ids else message_id
    return render(
        visit,
        "content/inbox_group.html",
        message=message,
        message_id=message_id,
        group=group,
        state=state,
        states=STATES,
        concerns=CONCERNS,
        suggested=_suggested(group),
        wanted=wanted,
        found=[entry for entry in found if entry.state != "gone"],
        worth_a_mark=WORTH_A_MARK,
        talk=talk,
        talks=inbox.one_per_person([message_id, *group.message_ids])[:SHOWN_TALKS],
        lines=inbox.context_of(talk),
        named=namer(),
        form=request.form,
    )


def _group_of(message_id: str) -> tuple[Group, str]:
    """Return the group of a message, and its state. Raises Refused NOT_FOUND."""
    state = inbox.state_of(message_id)
    for group in inbox.groups(state):
        if message_id in group.message_ids:
            return group, state
    raise Refused(Reason.NOT_FOUND)


def _one_click(group: Group) -> dict[str, Any] | None:
    """Return the entry that is likely enough for a button of its own."""
    return next((one for one in _suggested(group) if one["likely"] >= WORTH_A_BUTTON), None)


def _suggested(group: Group) -> list[dict[str, Any]]:
    """List the entries nearest to the question, the likeliest first."""
    match = publishing.current().matcher.match(group.question)
    return [
        {"slug": one.entry.slug, "title": one.entry.title, "likely": round(one.probability * 100)}
        for one in match.candidates
    ]
