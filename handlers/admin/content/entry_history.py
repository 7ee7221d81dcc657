"""Every version of an entry: what changed from one to another, and the way back."""

import re

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq import drafts, history
from faq.parts import ENTRY, Key
from handlers.admin.content.entries import revision
from handlers.admin.frame.access import Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

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
        "content/entry_history.html",
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
    if not re.fullmatch(r"\d{1,9}", to):
        raise Refused(Reason.NOT_FOUND)
    history.roll_back(Key(ENTRY, slug), int(to), based_on=revision(), editor=visit.member.actor)
    return redirect(url_for("admin.edit_entry", slug=slug, done="saved"))


def _number(name: str, otherwise: int) -> int:
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) else otherwise
