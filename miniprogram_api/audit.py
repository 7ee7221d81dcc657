"""The audit log: every act that changes what an account is or may do leaves one line."""

import json
import re
from typing import Any

from miniprogram_api import clock
from models import audit as table

_TAG = re.compile(r"[a-z]+(?:_[a-z]+)*(?::[a-z]+(?:_[a-z]+)*){2}")


def write(tag: str, *, actor: str, account_id: int | None = None, **details: Any) -> None:
    """Add one line; call it inside the transaction of its cause, so that both stand or neither.

    ``tag`` reads ``source:subject:action`` such as ``api:account:registered``; ``actor`` is who did
    it (``account:7``, ``command``); ``details`` go into JSON and hold no personal data.
    Raises ValueError for a tag of another form.
    """
    if not _TAG.fullmatch(tag):
        raise ValueError(f"An audit tag reads source:subject:action, not {tag!r}.")
    table.add(
        clock.milliseconds(clock.now()),
        tag,
        actor,
        account_id,
        json.dumps(details, ensure_ascii=True, sort_keys=True),
    )


def by_account(account_id: int) -> str:
    """The actor of an act that the account's own holder did."""
    return f"account:{account_id}"
