"""Whom a page names: members of staff by their names, everybody else by what he is."""

from collections.abc import Collection

from miniprogram_api import staff

_OTHERS = {"product": "随产品提供", "command": "命令行"}
_COMMAND = "command:"


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """``staff:3`` → the member's name, ``command:root`` → 命令行（root）.

    What is unknown stands for itself.
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


def _other_name(actor: str) -> str:
    if actor.startswith(_COMMAND):
        return f"{_OTHERS['command']}（{actor.removeprefix(_COMMAND)}）"
    return _OTHERS.get(actor, actor)
