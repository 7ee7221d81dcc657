"""Read-only calls to Redis, of which several rules share one round trip.

Each runs the script of the rule in its read-only mode, so it answers what the rule would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[Result]):
    """A script of ``redis_scripts/``, its keys and arguments, and how to read its answer."""

    script: str
    keys: tuple[str, ...]
    arguments: tuple[str | int, ...]
    read: Callable[[Any], Result]
