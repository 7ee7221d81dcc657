"""The lists beside the entries: other services, courtesies, synonyms, and what is always said.

They are parts of the draft as entries are: with a revision, a history and a way back.
"""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import drafts, history
from faq.differences import Difference, differences
from faq.drafts import Draft
from faq.faults import ACTION_TYPES, LABELS
from faq.parts import LISTS, Key, faults
from handlers.admin.content import list_forms
from handlers.admin.content.entry_history import ACTS
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

LARGEST = 8 * 1024 * 1024
TITLES = {
    "out_of_scope": "不归我们的问题",
    "smalltalk": "寒暄",
    "synonyms": "同义词",
    "replies": "固定答复",
}
TEXTS = {
    "out_of_scope": "支付宝、医保这类别家的服务，和不归我们回答的问题。机器人据此指路，不会硬答。",
    "smalltalk": "打招呼、道谢、告别这类话，和机器人的回应。",
    "synonyms": "同一个词的不同写法、拼音缩写和错别字。机器人把它们当作同一个词。",
    "replies": "机器人反问、答不上来、看不懂时说的话，以及转人工的按钮。",
}


@page(
    blueprint,
    "/lists",
    may=Permission.READ_CONTENT,
    menu=Menu("内容", "词表与固定答复", "book", 15),
)
def show_lists(visit: Visit) -> ResponseReturnValue:
    """All of them, each with its state."""
    parts = {kind: drafts.part(Key(kind)) for kind in TITLES}
    return render(
        visit,
        "content/lists.html",
        parts=parts,
        titles=TITLES,
        texts=TEXTS,
        names=actor_names({part.editor for part in parts.values()}),
    )


@page(
    blueprint,
    "/lists/<kind>",
    methods=("GET", "POST"),
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
    largest=LARGEST,
)
def edit_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """The form of a list; where somebody was faster it shows what he has otherwise."""
    part = _part(kind)
    if request.method != "POST":
        return _form(visit, part, list_forms.rows_of(kind, part.content), part.content)
    content = list_forms.content_of(kind, part.content, request.form)
    try:
        drafts.save(part.key, content, based_on=_revision(), editor=visit.member.actor)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        latest = drafts.part(part.key)
        theirs = differences(part.key, content, latest.content)
        rows = list_forms.typed_rows(kind, request.form)
        return _form(visit, latest, rows, content, theirs)
    return redirect(url_for("admin.edit_list", kind=kind, done="saved"))


@page(blueprint, "/lists/<kind>/discard", methods=("POST",), may=Permission.WRITE_CONTENT)
def discard_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Go back to what is in force."""
    drafts.discard(_part(kind).key, based_on=_revision(), editor=visit.member.actor)
    return redirect(url_for("admin.edit_list", kind=kind, done="saved"))


@page(blueprint, "/lists/<kind>/history", may=Permission.READ_CONTENT)
def list_history(visit: Visit, kind: str) -> ResponseReturnValue:
    """Every version, and what is different between two of them."""
    part = _part(kind)
    versions = history.versions(part.key)
    numbers = [version.number for version in versions]
    after = form_values.number(request.args.get("after", "")) or numbers[0]
    before = form_values.number(request.args.get("before", "")) or numbers[min(1, len(numbers) - 1)]
    return render(
        visit,
        "content/list_history.html",
        part=part,
        title=TITLES[kind],
        versions=versions,
        before=before,
        after=after,
        differences=history.compare(part.key, before, after),
        acts=ACTS,
        names=actor_names({version.editor for version in versions}),
    )


@page(blueprint, "/lists/<kind>/roll-back", methods=("POST",), may=Permission.WRITE_CONTENT)
def roll_back_list(visit: Visit, kind: str) -> ResponseReturnValue:
    """Let the draft read as an earlier version did."""
    to = form_values.number(request.form.get("to", ""))
    if to is None:
        raise Refused(Reason.NOT_FOUND)
    history.roll_back(_part(kind).key, to, based_on=_revision(), editor=visit.member.actor)
    return redirect(url_for("admin.edit_list", kind=kind, done="saved"))


def _part(kind: str) -> Draft:
    if kind not in LISTS:
        raise Refused(Reason.NOT_FOUND)
    return drafts.part(Key(kind))


def _revision() -> int:
    found = form_values.number(request.form.get("revision", ""))
    return -1 if found is None else found


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
