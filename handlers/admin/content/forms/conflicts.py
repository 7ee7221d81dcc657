"""The page that shows the texts of two editors of one entry, to choose from field by field."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from faq.editing import draft_listing, history, merging
from faq.release.parts import Key
from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api.reasons import Refused

_LEFT_OUT = ("csrf", "revision", "picture_text")


def revision() -> int:
    """Return the revision that the form was made from."""
    return form_values.number(request.form.get("revision", ""), -1)


def page(
    visit: Visit,
    key: Key,
    mine: Any,
    refused: Refused,
    *,
    merge: str,
    back: str,
    also: Iterable[tuple[str, str]] = (),
) -> ResponseReturnValue:
    """Show both texts of a refused save, and keep the typed one in the form.

    `merge`: where the choice goes; `back`: the form.
    `also`: further fields to keep.
    """
    theirs = refused.details
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _LEFT_OUT and not name.startswith("pick.")
    ]
    return render(
        visit,
        "content/entry_conflict.html",
        409,
        key=key,
        title=mine.get("title") or key.name,
        choices=merging.choices(
            key,
            history.content_at(key, revision()),
            mine,
            theirs["theirs"],
            draft_listing.titles(),
        ),
        revision=theirs["revision"],
        editor=actor_names({theirs["editor"]})[theirs["editor"]],
        saved_at=theirs["saved_at"],
        kept=[*kept, *also],
        merge=merge,
        back=back,
    )


def picks() -> dict[str, str]:
    """Return the choice by field."""
    return {
        name.removeprefix("pick."): value
        for name, value in request.form.items()
        if name.startswith("pick.")
    }
