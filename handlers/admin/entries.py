"""The entries of the FAQ: the list, the form with autosave, and the history of each."""

import re
from typing import cast

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import draft_listing, drafts, history
from faq.drafts import Draft, State
from faq.faults import LABELS
from faq.parts import ENTRY, Key, faults
from handlers.admin import entry_forms
from handlers.admin.access import Menu, Visit, page
from handlers.admin.blueprint import blueprint
from handlers.admin.names import actor_names
from handlers.admin.rendering import field_errors, render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

PAGE = 50
STATES = {
    "published": "已发布",
    "new": "新建",
    "changed": "有修改",
    "retired": "将下架",
    "gone": "已下架",
}
ACTS = {
    "created": "新建",
    "edited": "修改",
    "retired": "下架",
    "restored": "恢复",
    "held": "暂不发布",
    "released": "参与发布",
    "discarded": "放弃修改",
    "rolled_back": "退回旧版",
    "example_added": "添加示例",
    "imported": "导入",
}


@page(
    blueprint,
    "/entries",
    may=Permission.READ_CONTENT,
    menu=Menu("内容", "常见问题", "message-question", 10),
)
def list_entries(visit: Visit) -> ResponseReturnValue:
    """The entries that fit the filters, PAGE of them at a time."""
    filters = {name: request.args.get(name, "").strip() for name in ("q", "category", "state")}
    after = request.args.get("after", "")
    found = draft_listing.entries(
        text=filters["q"][:80],
        category=filters["category"][:200],
        states=(cast(State, filters["state"]),) if filters["state"] in STATES else (),
        after=int(after) if re.fullmatch(r"\d{1,9}", after) else -1,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    return render(
        visit,
        "admin/entries.html",
        shown=shown,
        last=shown[-1].position if len(found) > PAGE else None,
        categories=draft_listing.categories(),
        states=STATES,
        filters=filters,
        names=actor_names({entry.editor for entry in shown}),
    )


@page(blueprint, "/entries/new", methods=("GET", "POST"), may=Permission.WRITE_CONTENT)
def add_entry(visit: Visit) -> ResponseReturnValue:
    """Begin an entry; it takes no part in publications until it is written."""
    form, errors = request.form, {}
    if request.method == "POST":
        started = {
            "kind": form.get("kind") if form.get("kind") in ("guide", "service") else "guide",
            "title": form.get("title", "").strip(),
            "category": form.get("category", "").strip(),
        }
        try:
            drafts.create(
                form.get("slug", "").strip(), started, editor=visit.member.actor, held=True
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.edit_entry", slug=form["slug"].strip()))
    return render(visit, "admin/entry_new.html", 422 if errors else 200, form=form, errors=errors)


@page(
    blueprint,
    "/entries/<slug>",
    methods=("GET", "POST"),
    may=Permission.READ_CONTENT,
    writes=Permission.WRITE_CONTENT,
)
def edit_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """The form of an entry; a text that somebody else saved meanwhile is shown beside."""
    part = drafts.entry(slug)
    if request.method == "GET":
        return _form(visit, part, entry_forms.fields_of(part.content))
    fields = request.form.to_dict()
    try:
        _save(visit, part, fields, autosave=False)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        theirs = entry_forms.fields_of(refused.details["theirs"])
        return _form(visit, drafts.entry(slug), fields, status=409, theirs=theirs)
    return redirect(url_for("admin.edit_entry", slug=slug, done="saved"))


@page(blueprint, "/entries/<slug>/autosave", methods=("POST",), may=Permission.WRITE_CONTENT)
def autosave_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Keep what is being typed; answers with the revision, or 409 when somebody was faster."""
    part = drafts.entry(slug)
    try:
        saved = _save(visit, part, request.form.to_dict(), autosave=True)
    except Refused as refused:
        if refused.reason is not Reason.DRAFT_CONFLICT:
            raise
        return jsonify(conflict=True), 409
    return jsonify(revision=saved.revision, problems=_problems(saved))


@page(blueprint, "/entries/<slug>/state", methods=("POST",), may=Permission.WRITE_CONTENT)
def change_entry_state(visit: Visit, slug: str) -> ResponseReturnValue:
    """Retire, restore, hold back, let take part, or go back to what is published."""
    based_on, editor = _revision(), visit.member.actor
    act = request.form.get("act", "")
    if act == "retire":
        drafts.retire(slug, based_on=based_on, editor=editor)
    elif act == "restore":
        drafts.restore(slug, based_on=based_on, editor=editor)
    elif act in ("hold", "release"):
        drafts.hold(slug, act == "hold", based_on=based_on, editor=editor)
    elif act == "discard":
        drafts.discard(Key(ENTRY, slug), based_on=based_on, editor=editor)
    else:
        raise Refused(Reason.NOT_FOUND)
    return redirect(url_for("admin.edit_entry", slug=slug, done="saved"))


@page(blueprint, "/entries/<slug>/history", may=Permission.READ_CONTENT)
def entry_history(visit: Visit, slug: str) -> ResponseReturnValue:
    """Every version, and what is different between two of them."""
    key = Key(ENTRY, slug)
    part = drafts.entry(slug)
    versions = history.versions(key)
    numbers = [version.number for version in versions]
    after = _number("after", numbers[0])
    before = _number("before", numbers[min(1, len(numbers) - 1)])
    return render(
        visit,
        "admin/entry_history.html",
        part=part,
        versions=versions,
        before=before,
        after=after,
        differences=history.compare(key, before, after),
        acts=ACTS,
        names=actor_names({version.editor for version in versions}),
    )


@page(blueprint, "/entries/<slug>/roll-back", methods=("POST",), may=Permission.WRITE_CONTENT)
def roll_back_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Let the draft read as an earlier version did."""
    to = request.form.get("to", "")
    if not to.isdecimal() or len(to) > 9:
        raise Refused(Reason.NOT_FOUND)
    history.roll_back(Key(ENTRY, slug), int(to), based_on=_revision(), editor=visit.member.actor)
    return redirect(url_for("admin.edit_entry", slug=slug, done="saved"))


def _save(visit: Visit, part: Draft, fields: dict[str, str], *, autosave: bool) -> Draft:
    return drafts.save(
        part.key,
        entry_forms.content_of(part.content, fields),
        based_on=_revision(),
        editor=visit.member.actor,
        autosave=autosave,
    )


def _form(
    visit: Visit,
    part: Draft,
    fields: dict[str, str],
    *,
    status: int = 200,
    theirs: dict[str, str] | None = None,
) -> ResponseReturnValue:
    return render(
        visit,
        "admin/entry_form.html",
        status,
        part=part,
        fields=fields,
        theirs=theirs,
        labels=LABELS,
        lists=entry_forms.LISTS,
        problems=_problems(part),
        states=STATES,
        names=actor_names({part.editor}),
        writable=visit.member.may(Permission.WRITE_CONTENT),
    )


def _problems(part: Draft) -> list[str]:
    """What keeps the entry from being published, in sentences."""
    return [fault.message for fault in faults(part.key, part.content)]


def _revision() -> int:
    text = request.form.get("revision", "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else -1


def _number(name: str, otherwise: int) -> int:
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else otherwise
