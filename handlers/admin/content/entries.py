"""The list of FAQ entries: filters, new entries, order and categories."""

import re
from collections.abc import Collection, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content.validation import KINDS
from faq.conversation import usage
from faq.editing import draft_batches, draft_listing, drafts
from faq.editing.drafts import State
from faq.editing.publication import plans
from faq.matching.matcher import WORTH_ASKING
from faq.release import publishing
from handlers.admin.content.blueprint import pages
from handlers.admin.content.forms.autosave import STATES
from handlers.admin.frame import form_values, work
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import cut, render, told
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import presence
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, text, words

PAGE = 50
# `arrange`: whether each row offers to move it; `after`: where a page begins.
FILTERS = ("q", "category", "state", "work", "order", "arrange", "after")
LAST_LIST = "entry_list"
MOST_ALIKE = 5


@pages.page("/entries", may=Permission.READ_CONTENT)
def list_entries(visit: Visit) -> ResponseReturnValue:
    """List the entries that match the filters, PAGE at a time."""
    return _list(visit, request.args, Form())


def _list(visit: Visit, asked: Mapping[str, str], form: Form) -> ResponseReturnValue:
    """Render the requested list, with the errors of a form sent from it."""
    filters = {name: asked.get(name, "").strip()[:200] for name in FILTERS}
    shown, following = _page(filters, work.entries_of(visit, filters["work"]))
    slugs = [entry.slug for entry in shown]

    def address(**changes: str | int) -> str:
        """Return the address of the list with changes; it begins at the first page."""
        return url_for(".list_entries", **_without_empty({**filters, "after": "", **changes}))

    response = render(
        visit,
        "content/entries.html",
        form=form,
        shown=shown,
        following=following,
        categories=draft_listing.categories(),
        states=STATES,
        filters=filters,
        address=address,
        work=words("content.work"),
        steps=plans.steps(),
        cases=draft_listing.cases(slugs),
        usage=usage.of_entries(slugs),
        days=usage.DAYS,
        names=actor_names({entry.editor for entry in shown}),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )
    response.set_cookie(
        LAST_LIST,
        urlencode(_without_empty(filters)),
        path="/admin",
        secure=request.is_secure or visit.services.settings.profile != "sandbox",
        httponly=True,
        samesite="Strict",
    )
    return response


def _without_empty(filters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value}


def _page(
    filters: Mapping[str, str], slugs: Collection[str] | None
) -> tuple[list[draft_listing.Listed], int | None]:
    """Return the entries of a page, and where the following page begins."""
    order, state = filters["order"], filters["state"]
    by_usage = order in usage.ORDERS
    listed = draft_listing.entries(
        text=filters["q"][:80],
        category=filters["category"],
        states=(cast(State, state),) if state in STATES else (),
        slugs=slugs,
        after=-1 if by_usage else form_values.number(filters["after"], -1),
        limit=None if by_usage else PAGE + 1,
    )
    if not by_usage:
        shown, last = cut(listed, PAGE)
        return shown, None if last is None else last.position
    begin = form_values.number(filters["after"], 0)
    by_slug = {entry.slug: entry for entry in listed}
    ordered = usage.ordered([*by_slug], cast(usage.Order, order))
    end = begin + PAGE
    following = end if end < len(ordered) else None
    return [by_slug[slug] for slug in ordered[begin:end]], following


@pages.context_processor
def last_list() -> dict[str, str]:
    """Give the templates the address of the list with the filters last used."""
    kept = dict(parse_qsl(request.cookies.get(LAST_LIST, "")))
    filters: dict[str, Any] = {name: kept[name] for name in FILTERS if name in kept}
    return {"entry_list": url_for("admin.content.list_entries", **filters)}


@pages.page("/entry-suggestions", may=Permission.READ_CONTENT)
def suggest_entries(_visit: Visit) -> ResponseReturnValue:
    """Return the entries whose title contains the typed text."""
    words = request.args.get("q", "").strip()[:80]
    suggested = draft_listing.suggestions(words) if words else []
    return jsonify([{"slug": slug, "title": title} for slug, title in suggested])


@pages.form("/entries/new", may=Permission.WRITE_CONTENT)
def add_entry(visit: Visit) -> ResponseReturnValue:
    """Create an entry; it is held back from publications until it is written."""
    source = request.values.get("source", "")
    copied = draft_listing.copied(source) if source else {}
    form = Form({"kind": "case", "category": _last_category(), **copied})
    if form.is_sent:
        with form:
            content = {**copied, **_started(form)}
            slug = form["slug"].strip() or draft_listing.free_slug(content["title"])
            drafts.create(slug, content, editor=visit.member.actor, held=True)
            return redirect(url_for(".edit_entry", slug=slug, done="begun"))
    return render(
        visit,
        "content/entry_new.html",
        form=form,
        source=source,
        source_title=source and draft_listing.titles_of([source])[source],
        kinds=KINDS,
        next_case=draft_listing.next_case(),
        categories=draft_listing.categories(),
    )


def _started(form: Form) -> dict[str, Any]:
    """Read kind, number, title and category of a new entry. Raises Refused INVALID_INPUT."""
    title = drafts.as_line(form["title"])
    if not title:
        raise invalid("drafts.title.required")
    kind = form["kind"]
    started: dict[str, Any] = {
        "kind": kind if kind in KINDS else "guide",
        "title": title,
        "category": drafts.as_line(form["category"]),
    }
    if kind == "case":
        started["case"] = _free_number(form["case"].strip())
    return started


def _free_number(typed: str) -> int:
    """Read the number of a new case. Raises Refused INVALID_INPUT when it is taken."""
    if not re.fullmatch(r"[1-9]\d{0,3}", typed):
        raise invalid("drafts.case.wrong_form")
    if title := draft_listing.case_title(int(typed)):
        following = draft_listing.next_case()
        raise invalid("drafts.case.taken", number=typed, title=title, next=following)
    return int(typed)


def _last_category() -> str:
    """Return the category that the list was last filtered by."""
    return dict(parse_qsl(request.cookies.get(LAST_LIST, ""))).get("category", "")


@pages.act("/entries/<slug>/presence", may=Permission.WRITE_CONTENT)
def note_presence(visit: Visit, slug: str) -> ResponseReturnValue:
    """Note that the member writes this entry, or leaves it; return who else writes it now."""
    page, actor = f"entry:{slug[:50]}", visit.member.actor
    if "leaves" in request.form:
        presence.leave(visit.services, page, actor)
        return jsonify(others=[])
    others = presence.others_at(visit.services, page, actor)
    names = actor_names(others)
    return jsonify(others=[names[other] for other in others])


@pages.page("/entry-names", may=Permission.WRITE_CONTENT)
def check_names(_visit: Visit) -> ResponseReturnValue:
    """Propose a slug for the typed title; tell what is taken, and what entries are alike."""
    form = Form(typed=request.args)
    if slug := form["slug"].strip():
        with form:
            drafts.require_free(slug)
    if number := form["case"].strip():
        with form:
            _free_number(number)
    title = drafts.as_line(form["title"])
    return jsonify(
        slug=draft_listing.free_slug(title) if title else "",
        errors=form.errors,
        alike=_alike(title) if title else [],
    )


def _alike(title: str) -> list[dict[str, str]]:
    """List the entries that answer such a question by now, and those of like titles."""
    match = publishing.current().matcher.match(title)
    likely = [c.entry.slug for c in match.candidates if c.probability >= WORTH_ASKING]
    candidates = dict.fromkeys([*likely, *(slug for slug, _ in draft_listing.suggestions(title))])
    titles = draft_listing.titles_of(list(candidates)) if candidates else {}
    return [
        {"title": titles[slug], "address": url_for(".edit_entry", slug=slug)}
        for slug in [*candidates][:MOST_ALIKE]
        if slug in titles
    ]


@pages.act("/entry-order", may=Permission.WRITE_CONTENT)
def move_entry(visit: Visit) -> ResponseReturnValue:
    """Move an entry before or behind another one, or to a place of the list."""
    form = Form()
    slug, before, behind = form["slug"], form["before"], form["behind"]
    if before:
        draft_batches.place(slug, before=before, editor=visit.member.actor)
    elif behind:
        # Moving the other entry up has the same effect.
        draft_batches.place(behind, before=slug, editor=visit.member.actor)
    else:
        number = form["number"].strip()
        if not re.fullmatch(r"[1-9]\d{0,6}", number):
            form.tell(text("content.asked.number"), "number")
            return _list(visit, {**form.typed.to_dict(), "arrange": "1"}, form)
        moved = draft_batches.place_at(slug, int(number) - 1, editor=visit.member.actor)
        return redirect(_back(told(moved)))
    return redirect(_back("saved"))


@pages.act("/entry-category", may=Permission.WRITE_CONTENT)
def change_category(visit: Visit) -> ResponseReturnValue:
    """Move the ticked entries into a category, or rename a category."""
    form = Form()
    new, slugs = form["new_category"].strip(), form.all("chosen")
    with form:
        if form["act"] == "rename":
            old, editor = form["category"], visit.member.actor
            changed = draft_batches.rename_category(old, new, editor=editor)
            return redirect(url_for(".list_entries", category=new, done=told(changed > 0)))
        if slugs:
            changed = draft_batches.set_category(slugs[:PAGE], new, editor=visit.member.actor)
            return redirect(_back(told(changed > 0)))
        form.tell(text("content.asked.chosen"), "category")
    return _list(visit, request.form, form)


def _back(done: str) -> str:
    """Return the address of the list as it was before the act."""
    kept = _without_empty({name: request.form.get(name) for name in FILTERS})
    return url_for(".list_entries", **kept, done=done)


def require_known(act: str, *known: str) -> None:
    """Raise Refused NOT_FOUND unless the button is a known one."""
    if act not in known:
        raise Refused(Reason.NOT_FOUND)
