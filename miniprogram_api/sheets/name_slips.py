"""Slips to keep of a check of names: stored as the check answered, and found by their code."""

import json
from datetime import datetime
from typing import Any

from miniprogram_api import clock
from miniprogram_api.ledger.decision_records import new_code
from miniprogram_api.names.check import Checked, CheckedName
from miniprogram_api.retention import Kept
from miniprogram_api.sheets import check_codes
from miniprogram_api.sheets.sheet import Drawn, NameSlip
from models import name_slips
from models.storage.database import transaction


def make(checked: Checked) -> Drawn:
    """Store what a check answered, and draw its slip."""
    from miniprogram_api.sheets.name_slip_drawing import draw

    code, now = new_code(), clock.now()
    content = {
        "scope": checked.scope,
        "library_date": None if checked.library_date is None else checked.library_date.isoformat(),
        "rules_version": checked.rules_version,
        "note": checked.note,
        "names": [_content(name) for name in checked.candidates],
    }
    with transaction():
        row = name_slips.NameSlip.create(
            code=code, content=json.dumps(content, ensure_ascii=False), made_at=now
        )
    return draw(_of_row(row))


def find(typed: str) -> NameSlip | None:
    """Return the slip with a code, typed with or without hyphens.

    The caller counts the look-ups (`check_codes.verify`).
    """
    row = name_slips.of_code(check_codes.canonical(typed))
    return None if row is None else _of_row(row)


def kept_until(slip: NameSlip) -> datetime:
    """Return when a slip is deleted."""
    return slip.made_at + Kept.NAME_SLIPS.time


def remove_old() -> None:
    """Delete the slips that are too old."""
    name_slips.remove_before(Kept.NAME_SLIPS.cutoff())


def _content(name: CheckedName) -> dict[str, Any]:
    parts = name.parts
    return {
        "name": name.name,
        "result": name.result,
        "parts": {
            part: value
            for part in ("division", "word", "industry", "form")
            if (value := str(getattr(parts, part)))
        },
        "findings": [
            {
                "level": finding.level,
                "part": finding.part,
                "article": finding.article,
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in name.findings
        ],
        "frees": [change.message for change in name.frees],
    }


def _of_row(row: name_slips.NameSlip) -> NameSlip:
    return NameSlip(
        code=check_codes.grouped(row.code), made_at=row.made_at, **json.loads(row.content)
    )
