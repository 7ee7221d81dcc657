"""The declaration of an endpoint, and the two APIs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from handlers.api.endpoint.schemas import Body
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission


@dataclass(frozen=True)
class Api:
    """Endpoints below one path; ``body_limit`` is in bytes and does not hold for uploads."""

    base: str
    body_limit: int
    needs_media_type: bool
    """Whether a body that is not declared as JSON is refused."""
    operations: list["Operation"] = field(default_factory=list)


MINI_PROGRAM = Api("/api/v1", 64 * 1024, needs_media_type=True)
# A matter of 200 persons has some 100 KiB.
REGISTRAR = Api("/registrar/v1", 512 * 1024, needs_media_type=False)


@dataclass(frozen=True)
class Operation:
    """The declaration of an endpoint."""

    api: Api
    method: str
    path: str
    tag: str
    handler: Callable[..., Any]
    auth: Auth
    permission: Permission | None = None
    body: type[Body] | None = None
    query: type[BaseModel] | None = None
    answer: type[Any] | None = None
    status: int = 200
    reasons: tuple[Reason, ...] = ()
    image: bool = False
    uploads: tuple[str, ...] = ()
    repeatable: bool = True
    files: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the files of a multipart body."""
        return (("image",) if self.image else ()) + self.uploads

    @property
    def idempotent(self) -> bool:
        """Whether the Idempotency-Key is honoured; nonces protect signed calls instead."""
        is_write = self.method in ("POST", "PUT")
        return is_write and self.repeatable and self.auth is not Auth.SIGNED
