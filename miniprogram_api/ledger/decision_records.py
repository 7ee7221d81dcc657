"""The record of a decision in one canonical form, and its signature.

The signature is made with LEDGER_SEAL_KEYS in a context of its own. It covers no name or number of
a person and not the note of a refusal.
"""

import base64
import json
import secrets
from typing import Any

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger import signing
from miniprogram_api.services import Services
from models.matters.decisions import Decision

CONTEXT = "matter.decision.v1"
"""Distinguishes these signatures from the seals of the ledger."""
# Crockford's base 32, without I, L, O and U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 16


def new_code() -> str:
    """Return a random check code of 80 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def canonical(decision: Decision) -> bytes:
    """Return what is signed: JSON of the record without names, notes and the signature."""
    content: dict[str, Any] = {
        "context": CONTEXT,
        "code": decision.code,
        "matter": decision.matter_id,
        "kind": decision.kind,
        "version": decision.version,
        "digest": decision.digest,
        "statement": decision.statement,
        "lines": json.loads(decision.lines),
        "way": decision.way,
        "at": clock.milliseconds(decision.at),
        "source_number": decision.source_number,
        "pictures": json.loads(decision.pictures),
        "account": decision.account_id,
        "window": decision.window_id,
        "staff": decision.staff_id,
        "reason": decision.reason,
    }
    if decision.typed_name:
        # Absent from records of before, which keep their signatures.
        content["typed_name"] = True
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(services: Services, decision: Decision) -> None:
    """Set ``signature`` and ``public_key`` of a new decision; called before it is stored."""
    settings = services.settings
    signature = signing.sign(settings, canonical(decision))
    decision.signature = base64.b64encode(signature).decode()
    decision.public_key = signing.encoded_key(signing.public_key(settings))


def is_genuine(settings: Settings, decision: Decision) -> bool:
    """Return whether one of LEDGER_SEAL_KEYS signed this record as it is."""
    try:
        key, signature = (
            base64.b64decode(text or "") for text in (decision.public_key, decision.signature)
        )
        message = canonical(decision)
    except ValueError:
        return False
    return signing.is_signed(settings, key, signature, message)
