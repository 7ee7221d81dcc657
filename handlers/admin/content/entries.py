"""The list of FAQ entries: filters, new entries, order and categories."""

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.conversation import usage
from faq.editing import draft_batches, draft_listing, drafts
from faq.editing.drafts import State
from handlers.admin.content.blueprint import pages
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import Errors, cut, field_errors, render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

PAGE = 50
STATES = words("content.states")
FILTERS = ("q", "category", "state")


@pages.page("/entries", may=Permission.READ_CONTENT)
def list_entries(visit: Visit) -> ResponseReturnValue:
    """List the entries that match the filters, PAGE at a time."""
    return _list(visit, request.args)


def _list(
    visit: Visit, asked: Mapping[str, str], errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Render the requested list, with the errors of a form sent from it."""
    filters = {name: asked.get(name, "").strip() for name in FILTERS}
    after = asked.get("after", "")
    found = draft_listing.entries(
        text=filters["q"][:80],
        category=filters["category"][:200],
        states=(cast(State, filters["state"]),) if filters["state"] in STATES else (),
        after=form_values.number(after, -1),
        limit=PAGE + 1,
    )
    shown, last = cut(found, PAGE)
    return render(
        visit,
        "content/entries.html",
        errors=errors or {},
        form=request.form,
        shown=shown,
        last=last and last.position,
        after=after,
        categories=draft_listing.categories(),
        states=STATES,
        filters=filters,
        usage=usage.of_entries([entry.slug for entry in shown]),
        days=usage.DAYS,
        names=actor_names({entry.editor for entry in shown}),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )


@pages.page("/entry-suggestions", may=Permission.READ_CONTENT)
def suggest_entries(_visit: Visit) -> ResponseReturnValue:
    """Return the entries whose title contains the typed text."""
    words = request.args.get("q", "").strip()[:80]
    found = draft_listing.suggestions(words) if words else []
    return jsonify([{"slug": slug, "title": title} for slug, title in found])


@pages.form("/entries/new", may=Permission.WRITE_CONTENT)
def add_entry(visit: Visit) -> ResponseReturnValue:
    """Create an entry; it is held back from publications until it is written."""
    form, errors = request.form, Errors()
    if request.method == "POST":
        started = {
            "kind": form.get("kind") if form.get("kind") in ("guide", "service") else "guide",
            "title": form.get("title", "").strip(),
            "category": form.get("category", "").strip(),
        }
        with errors:
            drafts.create(
                form.get("slug", "").strip(), started, editor=visit.member.actor, held=True
            )
            return redirect(url_for(".edit_entry", slug=form["slug"].strip()))
    return render(
        visit,
        "content/entry_new.html",
        form=form,
        errors=errors,
        categories=draft_listing.categories(),
    )


@pages.act("/entry-order", may=Permission.WRITE_CONTENT)
def move_entry(visit: Visit) -> ResponseReturnValue:
    """Move an entry before or behind another one, or to a place of the list."""
    form = request.form
    slug, before, behind = (form.get(name, "") for name in ("slug", "before", "behind"))
    if before:
        draft_batches.place(slug, before=before, editor=visit.member.actor)
    elif behind:
        # Moving the other entry up has the same effect.
        draft_batches.place(behind, before=slug, editor=visit.member.actor)
    else:
        number = form.get("number", "").strip()
        if not re.fullmatch(r"[1-9]\d{0,6}", number):
            return _list(visit, form, {"number": "请填从1开始的数字。"})
        draft_batches.place_at(slug, int(number) - 1, editor=visit.member.actor)
    return redirect(_back("saved"))


@pages.act("/entry-category", may=Permission.WRITE_CONTENT)
def change_category(visit: Visit) -> ResponseReturnValue:
    """Move the ticked entries into a category, or rename a category."""
    form = request.form
    new = form.get("new_category", "").strip()
    slugs = form.getlist("chosen")
    try:
        if form.get("act") == "rename":
            draft_batches.rename_category(form.get("category", ""), new, editor=visit.member.actor)
            return redirect(url_for(".list_entries", category=new, done="saved"))
        if not slugs:
            return _list(visit, form, {"category": "请先勾选条目。"})
        draft_batches.set_category(slugs[:PAGE], new, editor=visit.member.actor)
    except Refused as refused:
        return _list(visit, form, field_errors(refused))
    return redirect(_back("saved"))


def _back(done: str) -> str:
    """Return the address of the list as it was before the act."""
    kept: dict[str, Any] = {
        name: request.form[name] for name in (*FILTERS, "after") if request.form.get(name)
    }
    return url_for(".list_entries", **kept, done=done)


def revision() -> int:
    """Return the revision that the form was made from."""
    return form_values.number(request.form.get("revision", ""), -1)


def require_known(act: str, *known: str) -> None:
    """Raise Refused NOT_FOUND unless the button is a known one."""
    if act not in known:
        raise Refused(Reason.NOT_FOUND)
