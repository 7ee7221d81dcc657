"""The way to a window: who is sent there is told where it is, when it is open, and its phone."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from miniprogram_api.staff import windows
from models.storage.database import DatabaseUnavailable

WINDOWS_PAGE = "pages/windows/index"

Places = list[dict[str, Any]]


def finder(
    *, openid: str | None = None, account_id: int | None = None, text: str = ""
) -> Callable[[], Places]:
    """Looks the windows that suit an asker up when they are needed, once; for several entries.

    ``text``: what he said, in which he may name his district. Finds none without a database: a
    refusal must not become another one by its help.
    """

    # Making a functools.cache for each question took longer than most of them take to answer this.
    found: list[Places] = []

    def find() -> Places:
        if not found:
            found.append(_look(openid, account_id, text))
        return found[0]

    return find


def _look(openid: str | None, account_id: int | None, text: str) -> Places:
    try:
        places = windows.suitable(openid=openid, account_id=account_id, text=text)
    except DatabaseUnavailable:
        return []
    return [asdict(place) for place in places]


def with_windows(
    actions: Iterable[dict[str, Any]], find: Callable[[], Places]
) -> list[dict[str, Any]]:
    """The buttons; those that lead to windows carry ``windows``: what ``find`` gives, if any."""
    buttons: list[dict[str, Any]] = []
    for button in actions:
        if button.get("page") == WINDOWS_PAGE and (places := find()):
            buttons.append({**button, "windows": places})
        else:
            buttons.append(button)
    return buttons
