"""The record of a decision in one canonical form, and its signature."""

import json
from typing import Any

from miniprogram_api import clock
from miniprogram_api.services import Services
from models.matters.decisions import Decision

CONTEXT = "matter.decision.v1"
"""Distinguishes these signatures from the seals of the ledger."""


def canonical(decision: Decision) -> bytes:
    """Return what is signed: JSON of the record without names, notes and the signature."""
    content: dict[str, Any] = {
        "context": CONTEXT,
        "code": decision.code,
        "kind": decision.kind,
        "version": decision.version,
        "digest": decision.digest,
        "statement": decision.statement,
        "lines": json.loads(decision.lines),
        "way": decision.way,
        "at": clock.milliseconds(decision.at),
        "source_number": decision.source_number,
        "pictures": json.loads(decision.pictures),
        "reason": decision.reason,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(_services: Services, _decision: Decision) -> None:
    """Set ``signature`` and ``public_key`` of a new decision; called before it is stored."""
