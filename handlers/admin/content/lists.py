"""The lists beside the entries: other services, courtesies, synonyms, and fixed replies.

Like entries they are parts of the draft, with a revision and a history.
"""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content.validation import ACTION_TYPES, LABELS
from faq.editing import drafts
from faq.editing.differences import Difference, differences
from faq.editing.drafts import Draft
from faq.release.parts import LISTS, Key, faults
from handlers.admin.content import list_forms
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entries import revision
from handlers.admin.content.entry_history import compared, roll_back
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

LARGEST = 8 * 1024 * 1024
TITLES = words("content.lists")
TEXTS = words("content.list_texts")


@pages.page("/lists", may=Permission.READ_CONTENT)
def show_lists(visit: Visit) -> ResponseReturnValue:
    """Show all lists with their states."""
    parts = {kind: drafts.part(Key(kind)) for kind in TITLES}
    return render(
        visit,
        "content/lists.html",
        parts=parts,
        titles=TITLES,
        texts=TEXTS,
        names=actor_names({part.editor for part in parts.values()}),
    )


@pages.form(
    "/lists/<kind>", may=Permission.READ_CONTENT, writes=Permission.WRITE_CONTENT, largest=LARGEST
)
def edit_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Edit a list; in a conflict, show the differences from the saved one."""
    part = _part(kind)
    if request.method != "POST":
        return _form(visit, part, list_forms.rows_of(kind, part.content), part.content)
    content = list_forms.content_of(kind, part.content, request.form)
    try:
        drafts.save(part.key, content, based_on=revision(), editor=visit.member.actor)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        latest = drafts.part(part.key)
        theirs = differences(part.key, content, latest.content)
        rows = list_forms.typed_rows(kind, request.form)
        return _form(visit, latest, rows, content, theirs)
    return redirect(url_for(".edit_list", kind=kind, done="saved"))


@pages.act("/lists/<kind>/discard", may=Permission.WRITE_CONTENT)
def discard_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Discard the changes of a list."""
    drafts.discard(_part(kind).key, based_on=revision(), editor=visit.member.actor)
    return redirect(url_for(".edit_list", kind=kind, done="saved"))


@pages.page("/lists/<kind>/history", may=Permission.READ_CONTENT)
def list_history(visit: Visit, kind: str) -> ResponseReturnValue:
    """List the versions, and the differences between two of them."""
    part = _part(kind)
    values = compared(part.key)
    return render(visit, "content/list_history.html", part=part, title=TITLES[kind], **values)


@pages.act("/lists/<kind>/roll-back", may=Permission.WRITE_CONTENT)
def roll_back_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Roll the draft of a list back to an earlier version."""
    roll_back(visit, _part(kind).key)
    return redirect(url_for(".edit_list", kind=kind, done="saved"))


def _part(kind: str) -> Draft:
    if kind not in LISTS:
        raise Refused(Reason.NOT_FOUND)
    return drafts.part(Key(kind))


def _form(
    visit: Visit,
    part: Draft,
    rows: list[list_forms.Fields],
    content: Any,
    theirs: list[Difference] | None = None,
) -> ResponseReturnValue:
    kind = part.key.kind
    plain = content if isinstance(content, dict) else {}
    return render(
        visit,
        "content/list_form.html",
        200 if theirs is None else 409,
        part=part,
        kind=kind,
        title=TITLES[kind],
        text=TEXTS[kind],
        rows=rows,
        plain=list_forms.replies_of(plain),
        questions="\n".join(map(list_forms.text, plain.get("questions") or [])),
        theirs=theirs,
        labels=LABELS,
        reply_fields=list_forms.REPLIES,
        action_types=ACTION_TYPES,
        problems=[fault.message for fault in faults(part.key, content)],
        can_discard=part.state == "changed",
        names=actor_names({part.editor}),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )
