"""Read-only Redis scripts, several of which can share one round trip."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[Result]):
    """Hold a script of ``redis_scripts/``, its keys and arguments, and the parser of its answer."""

    script: str
    keys: tuple[str, ...]
    arguments: tuple[str | int, ...]
    read: Callable[[Any], Result]
