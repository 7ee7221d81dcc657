"""What a person confirms: digests of content and lines, and the versioned statement."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from miniprogram_api.texts import text
from models.matters.matters import Line, Matter

STATEMENT = "v1"
"""The version of the statement; a changed text gets the next one, and earlier texts stay."""


def statement(lines: Sequence[Line], version: str = STATEMENT) -> str:
    """Return the sentence that a person confirms for own lines."""
    roles = text("matters.roles.join").join(dict.fromkeys(line.role for line in lines))
    return text(f"matters.statement.{version}", roles=roles)


def content_of(matter: Matter) -> dict[str, Any]:
    """Return what all persons of a matter confirm, as JSON values."""
    return {
        "kind": matter.kind,
        "item_code": matter.item_code,
        "subject": {
            "name": matter.subject_name,
            "type": matter.subject_type,
            "code": matter.subject_code,
        },
        "district": matter.district,
        "details": json.loads(matter.details),
    }


def digest_of(matter: Matter, lines: Sequence[Line], *, statement_version: str = STATEMENT) -> str:
    """Return the digest that a person confirms: of content, own lines and statement.

    ``lines`` are all lines of the person in the matter. Hexadecimal SHA-256 of JSON.
    """
    own = [_own(line) for line in sorted(lines, key=lambda line: line.position)]
    said = statement(lines, statement_version)
    return digest([content_of(matter), own, statement_version, said])


def digest(content: object) -> str:
    """Return the hexadecimal SHA-256 of JSON values in one canonical form."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _own(line: Line) -> dict[str, Any]:
    return {
        "line_id": line.public_id,
        "since_version": line.since_version,
        "name": line.name,
        "document": {"type": line.document_type, "number": line.document_number},
        "role": line.role,
        "on_behalf_of": _read(line.on_behalf_of),
        "guardian": _read(line.guardian),
    }


def _read(stored: str | None) -> Any:
    return None if stored is None else json.loads(stored)
