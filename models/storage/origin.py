"""The request that caused a row: its id goes with what is sent later into the worker's log."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from peewee import CharField

LONGEST = 64


def present_request() -> str | None:
    """Return the id of the request in progress, as the log names it; None in a planned job."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return None if request_id is None else str(request_id)[:LONGEST]


@contextmanager
def of(request_id: str | None) -> Iterator[None]:
    """Name this request in all log lines of the block, also those of vendors' clients."""
    if request_id is None:
        yield
        return
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        yield


class RequestField(CharField):
    """The id of the request that caused a row; null where a date or an operator did."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST, null=True, default=present_request)
