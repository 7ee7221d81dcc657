"""Names of actors, roles and sources on the pages."""

import re
from collections.abc import Collection, Iterable

from miniprogram_api.staff import members as staff
from miniprogram_api.staff import windows
from miniprogram_api.texts import has, text, word, words
from miniprogram_api.tickets import numbers


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """Map actors to names: ``staff:3`` to the member's, ``command:root`` to 命令行（root）.

    An unknown actor keeps its code.
    """
    ids = {
        actor: int(actor.removeprefix("staff:"))
        for actor in actors
        if actor.startswith("staff:") and actor[6:].isdecimal()
    }
    known = staff.names_of(list(ids.values())) if ids else {}
    return {
        actor: known.get(ids[actor], actor) if actor in ids else _other_name(actor)
        for actor in actors
    }


def actors_called(said: str) -> list[str]:
    """List the actors of a name, a user name, or a text of ``actor_names``."""
    if re.fullmatch(r"[a-z]+:\S+", said) or said in words("names.actors"):
        return [said]
    wanted = said.lower()
    people = [m.actor for m in staff.members() if wanted in (m.name.lower(), m.username.lower())]
    others = [actor for actor, name in words("names.actors").items() if name == said]
    named = re.fullmatch(r"(.+)（(.+)）", said)
    if named is not None:
        kinds = (kind for kind, name in words("names.actor_kinds").items() if name == named[1])
        others += [f"{kind}:{named[2]}" for kind in kinds]
    return people + others


def _other_name(actor: str) -> str:
    kind, _, name = actor.partition(":")
    if not name or kind not in words("names.actor_kinds"):
        return word("names.actors", actor)
    # An OpenID is long; its beginning is enough to compare.
    shown = f"{name[:6]}…" if kind == "wechat" else name
    return f"{word('names.actor_kinds', kind)}（{shown}）"


def window_names() -> dict[int, str]:
    """Map the id of each service window, closed ones included, to its name."""
    return {window.id: window.name for window in windows.all_windows()}


def ticket_numbers(ids: Iterable[int | None]) -> dict[int, str]:
    """Map the ids of tickets in the ledger to their public numbers."""
    return numbers.of_ids({one for one in ids if one is not None})


def letter_name(key: str) -> str:
    """Word the key of an undelivered message: ``reply-4`` is 聊天回复4号."""
    kind, _, number = key.partition("-")
    return text(f"names.letters.{kind}", number=number) if has(f"names.letters.{kind}") else key
