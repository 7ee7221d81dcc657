"""The versions of an entry: differences, and rolling back."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.editing import drafts, history
from faq.editing.drafts import Draft
from faq.release.parts import ENTRY, Key
from handlers.admin.content.blueprint import pages
from handlers.admin.content.forms.conflicts import revision
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render, told
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

ACTS = words("content.acts")


@pages.page("/entries/<slug>/history", may=Permission.READ_CONTENT)
def entry_history(visit: Visit, slug: str) -> ResponseReturnValue:
    """List the versions, and the differences between two of them."""
    key = Key(ENTRY, slug)
    return render(visit, "content/entry_history.html", part=drafts.entry(slug), **compared(key))


@pages.act("/entries/<slug>/roll-back", may=Permission.WRITE_CONTENT)
def roll_back_entry(visit: Visit, slug: str) -> ResponseReturnValue:
    """Roll the draft of an entry back to an earlier version."""
    done = told(roll_back(visit, drafts.entry(slug)))
    return redirect(url_for(".edit_entry", slug=slug, done=done))


def compared(key: Key) -> dict[str, Any]:
    """Collect the versions of a part, and the differences between the two of the address."""
    versions = history.versions(key)
    numbers = [version.number for version in versions]
    after = form_values.number(request.args.get("after", ""), numbers[0])
    earlier = numbers[min(1, len(numbers) - 1)]
    before = form_values.number(request.args.get("before", ""), earlier)
    return {
        "versions": versions,
        "before": before,
        "after": after,
        "differences": history.compare(key, before, after),
        "acts": ACTS,
        "names": actor_names({version.editor for version in versions}),
    }


def roll_back(visit: Visit, part: Draft) -> bool:
    """Roll a part of the draft back to the version of the form; return whether it changed."""
    to = form_values.number(request.form.get("to", ""))
    if to is None:
        raise Refused(Reason.NOT_FOUND)
    back = history.roll_back(part.key, to, based_on=revision(), editor=visit.member.actor)
    return back.revision != part.revision
