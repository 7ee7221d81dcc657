"""The service catalogue: its groups and items in the draft, and what people see."""

import re
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from faq.content.catalogue import Item
from faq.content.validation import LABELS
from faq.editing import drafts
from faq.editing.differences import Difference, differences
from faq.editing.drafts import Draft
from faq.release.contradictions import contradictions
from faq.release.faults import faults
from faq.release.parts import Key, part_digest
from faq.release.published_catalogue import notes
from handlers.admin.content.blueprint import pages
from handlers.admin.content.forms import autosave
from handlers.admin.content.forms import catalogue as form
from handlers.admin.content.forms.fields import line, text
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api import clock
from miniprogram_api.catalogue.overrides import Local
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid, words

KEY = Key("catalogue")
HANDLED_BY = words("catalogue.handled_by")
_CODE = re.compile(r"[a-z][a-z0-9-]{1,49}")
_ITEM: TypeAdapter[Item] = TypeAdapter(Item)


@pages.page("/catalogue", may=Permission.READ_CONTENT)
def show_catalogue(visit: Visit) -> ResponseReturnValue:
    """List the groups and items of the draft."""
    return _list(visit, Form())


@pages.act("/catalogue/add", may=Permission.WRITE_CONTENT)
def add_item(visit: Visit) -> ResponseReturnValue:
    """Add an item to a group, or a group."""
    part, sent = drafts.part(KEY), Form()
    code, title = line(sent["code"]), line(sent["title"])
    with sent:
        if not _CODE.fullmatch(code) or form.find(part.content, code):
            raise invalid("catalogue.code.wrong_form")
        if not title:
            raise invalid("fields.any.required", field="title")
        item = {"code": code, "title": title, "reviewed_on": clock.today().isoformat()}
        content = form.added(part.content, sent["group"], item)
        _save(visit, part, content)
        return redirect(url_for(".edit_item", code=code, done="saved"))
    return _list(visit, sent)


@pages.form("/catalogue/<code>", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT)
def edit_item(visit: Visit, code: str) -> ResponseReturnValue:
    """Edit an item; in a conflict, show the differences from the saved one."""
    part = drafts.part(KEY)
    path, item = _find(part, code)
    if request.method != "POST":
        return _form(visit, part, item)
    typed = form.content_of(item, request.form)
    if "preview" in request.form:
        return _form(visit, part, typed, seen=request.form.get("seen", ""))
    if _is_conflict(item, typed):
        theirs = differences(KEY, [typed], [form.own(item)])
        return _form(visit, part, typed, theirs=theirs)
    _save(visit, part, form.replaced(part.content, path, typed))
    return redirect(url_for(".edit_item", code=code, done="saved"))


@pages.act("/catalogue/<code>/autosave", may=Permission.WRITE_CONTENT)
def autosave_item(visit: Visit, code: str) -> ResponseReturnValue:
    """Save an item while it is typed; 409 in a conflict."""
    part = drafts.part(KEY)
    path, item = _find(part, code)
    typed = form.content_of(item, request.form)
    if _is_conflict(item, typed):
        return autosave.conflict(part.editor)
    saved = _save(visit, part, form.replaced(part.content, path, typed), is_typing=True)
    return autosave.saved(saved, seen=part_digest(form.own(_find(saved, code)[1])))


@pages.act("/catalogue/<code>/remove", may=Permission.WRITE_CONTENT)
def remove_item(visit: Visit, code: str) -> ResponseReturnValue:
    """Remove an item, or a group with its items."""
    part = drafts.part(KEY)
    path, _ = _find(part, code)
    _save(visit, part, form.replaced(part.content, path, None))
    return redirect(url_for(".show_catalogue", done="saved"))


def _find(part: Draft, code: str) -> tuple[form.Path, form.Row]:
    place = form.find(part.content, code)
    if place is None:
        raise Refused(Reason.NOT_FOUND)
    return place


def _save(visit: Visit, part: Draft, content: Any, *, is_typing: bool = False) -> Draft:
    return drafts.save(
        KEY, content, based_on=part.revision, editor=visit.member.actor, autosave=is_typing
    )


def _is_conflict(item: form.Row, typed: form.Row) -> bool:
    """Return whether another text was saved since the form was shown."""
    saved = part_digest(form.own(item))
    return request.form.get("seen") != saved and part_digest(form.own(typed)) != saved


def _list(visit: Visit, sent: Form) -> ResponseReturnValue:
    part, today = drafts.part(KEY), clock.today()
    shown = [
        {
            "code": text(item.get("code")),
            "title": text(item.get("title")),
            "is_group": len(path) == 1,
            "handled_by": HANDLED_BY.get(text(item.get("handled_by")) or "bureau", ""),
            "reviewed_on": text(item.get("reviewed_on")),
            "due": (read := _read(item)) is not None and read.is_due(today),
        }
        for path, item in form.located(part.content)
    ]
    return render(
        visit,
        "content/catalogue.html",
        form=sent,
        part=part,
        items=shown,
        due=sum(bool(one["due"]) for one in shown),
        names=actor_names({part.editor}),
        problems=[fault.message for fault in faults(KEY, part.content)],
        contradictions=contradictions({KEY: part.content}, visit.services.settings),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )


def _form(
    visit: Visit,
    part: Draft,
    item: form.Row,
    *,
    seen: str = "",
    theirs: list[Difference] | None = None,
) -> ResponseReturnValue:
    path, saved = _find(part, text(item.get("code")))
    read = _read(item)
    return render(
        visit,
        "content/catalogue_item.html",
        200 if theirs is None else 409,
        part=part,
        code=text(item.get("code")),
        is_group=len(path) == 1,
        fields=form.fields_of(item),
        # A conflict was shown: the next save replaces the text of the other editor.
        seen=seen or part_digest(form.own(saved)),
        labels=LABELS,
        handled_by=HANDLED_BY,
        names=actor_names({part.editor}),
        theirs=theirs,
        item=read,
        notes=[] if read is None else notes(read, Local()),
        is_due=read is not None and read.is_due(clock.today()),
        problems=_problems(item),
        contradictions=contradictions({KEY: [form.own(item)]}, visit.services.settings),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )


def _read(item: form.Row) -> Item | None:
    """Return the item, None while it is invalid."""
    try:
        return _ITEM.validate_python(form.own(item))
    except ValidationError:
        return None


def _problems(item: form.Row) -> list[str]:
    return [fault.message for fault in faults(KEY, [form.own(item)])]
