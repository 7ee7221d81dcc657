"""The lists beside the entries: fixed replies, intents, families of entries, synonyms and others.

Like entries they are parts of the draft, with a revision and a history. Administrators alone change
the lists in `ADMINISTERED`, editors the others; each view requires that itself (`_writable`).
"""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.content.validation import ACTION_TYPES, LABELS
from faq.editing import drafts
from faq.editing.differences import Difference, differences
from faq.editing.drafts import Draft
from faq.release.contradictions import contradictions
from faq.release.faults import faults
from faq.release.parts import ADMINISTERED, LISTS, Key
from handlers.admin.content.blueprint import pages
from handlers.admin.content.entry_history import compared, roll_back
from handlers.admin.content.forms import autosave, talk
from handlers.admin.content.forms import lists as list_forms
from handlers.admin.content.forms.conflicts import revision
from handlers.admin.content.forms.fields import Titles, mapping, rows, shown_lines, text
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render, told
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
    "/lists/<kind>", may=Permission.READ_CONTENT, writes=Permission.READ_CONTENT, largest=LARGEST
)
def edit_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Edit a list; in a conflict, show the differences from the saved one."""
    if kind == "catalogue":
        return redirect(url_for(".show_catalogue", done=request.args.get("done")))
    if request.method != "POST":
        part = _part(kind)
        return _form(visit, part, part.content)
    part = _writable(visit, kind)
    content = _typed(part)
    try:
        drafts.save(part.key, content, based_on=revision(), editor=visit.member.actor)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        latest = drafts.part(part.key)
        theirs = differences(part.key, content, latest.content)
        return _form(visit, latest, content, theirs)
    return redirect(url_for(".edit_list", kind=kind, done="saved"))


@pages.act("/lists/<kind>/autosave", may=Permission.READ_CONTENT, largest=LARGEST)
def autosave_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Save a list while it is typed; 409 in a conflict."""
    part = _writable(visit, kind)
    if kind == "catalogue":
        raise Refused(Reason.NOT_FOUND)
    content, editor = _typed(part), visit.member.actor
    return autosave.answer(
        lambda: drafts.save(part.key, content, based_on=revision(), editor=editor, autosave=True)
    )


@pages.act("/lists/<kind>/discard", may=Permission.READ_CONTENT)
def discard_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Discard the changes of a list."""
    drafts.discard(_writable(visit, kind).key, based_on=revision(), editor=visit.member.actor)
    return redirect(url_for(".edit_list", kind=kind, done="saved"))


@pages.page("/lists/<kind>/history", may=Permission.READ_CONTENT)
def list_history(visit: Visit, kind: str) -> ResponseReturnValue:
    """List the versions, and the differences between two of them."""
    part = _part(kind)
    return render(
        visit,
        "content/list_history.html",
        part=part,
        title=TITLES[kind],
        writable=_may_write(visit, kind),
        **compared(part.key),
    )


@pages.act("/lists/<kind>/roll-back", may=Permission.READ_CONTENT)
def roll_back_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Roll the draft of a list back to an earlier version."""
    done = told(roll_back(visit, _writable(visit, kind)))
    return redirect(url_for(".edit_list", kind=kind, done=done))


def _part(kind: str) -> Draft:
    if kind not in LISTS:
        raise Refused(Reason.NOT_FOUND)
    return drafts.part(Key(kind))


def _writable(visit: Visit, kind: str) -> Draft:
    """Return a list that the visitor may change. Raises Refused: FORBIDDEN, NOT_FOUND."""
    visit.require(_needed(kind))
    return _part(kind)


def _may_write(visit: Visit, kind: str) -> bool:
    return visit.member.may(_needed(kind))


def _needed(kind: str) -> Permission:
    return Permission.WRITE_DISTRESS if kind in ADMINISTERED else Permission.WRITE_CONTENT


def _typed(part: Draft) -> Any:
    if talk.is_talk(part.key.kind):
        return talk.content_of(part.key.kind, part.content, request.form)
    return list_forms.content_of(part.key.kind, part.content, request.form)


def _form(
    visit: Visit, part: Draft, content: Any, theirs: list[Difference] | None = None
) -> ResponseReturnValue:
    kind = part.key.kind
    values: dict[str, Any] = {}
    if talk.is_talk(kind):
        values = {"fields": talk.fields_of(kind, content), **talk.choices()}
        values["offered"] = Titles().offered
        values["asked"] = {
            text(question.get("id")): text(question.get("text"))
            for question in rows(drafts.part(Key("questions_back")).content)
        }
    else:
        plain = mapping(content)
        values = {
            "rows": list_forms.rows_of(kind, content)
            if theirs is None
            else list_forms.typed_rows(kind, request.form),
            "plain": list_forms.replies_of(plain),
            "questions": shown_lines(plain.get("questions")),
            "labels": LABELS,
            "reply_fields": list_forms.REPLIES,
            "placeholders": list_forms.placeholders(),
            "action_types": ACTION_TYPES,
            "row_choices": list_forms.CHOICES,
        }
    return render(
        visit,
        "content/list_form.html",
        200 if theirs is None else 409,
        part=part,
        kind=kind,
        title=TITLES[kind],
        text=TEXTS[kind],
        theirs=theirs,
        contradictions=contradictions({part.key: content}, visit.services.settings),
        problems=[fault.message for fault in faults(part.key, content)],
        can_discard=part.state == "changed",
        names=actor_names({part.editor}),
        writable=_may_write(visit, kind),
        is_administered=kind in ADMINISTERED,
        is_talk=talk.is_talk(kind),
        **values,
    )
