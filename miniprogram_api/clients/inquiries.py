"""Looks at Redis that change nothing, and that several rules can have in one round trip.

Each runs the very script that takes, in its mode that only looks, so it says what the rule would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[Result]):
    """One look: a script of ``redis_scripts/`` with its keys and arguments, and how to read it."""

    script: str
    keys: tuple[str, ...]
    arguments: tuple[str | int, ...]
    read: Callable[[Any], Result]
