"""Verify what confirmed lines count by: the signed decision, its digest and its pictures."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger import decision_records
from miniprogram_api.matter_lines import content, finding
from miniprogram_api.pictures import sealed
from models.matters import matters as table
from models.matters.decisions import CONFIRMATION, REFUSAL, Decision
from models.matters.matters import Line, Matter
from models.matters.pictures import MatterPicture
from models.second_person import DENIED, SecondPersonRequest
from models.storage.fields import DecryptionFailed

EVIDENCE_MISSING: Final = "evidence_missing"
"""The reason of a line that is lost for it."""

PICTURE_CONTEXT = b"matter_picture.content"
"""The context in which pictures of decisions are encrypted."""

_Person = tuple[str, str]
"""Document number and name."""


def unproved(settings: Settings, matter: Matter, lines: Sequence[Line]) -> list[Line]:
    """Return the confirmed lines whose last decision is missing or does not fit.

    ``lines`` are all present lines of a locked matter. What a setting left out is not missing,
    because the decision names the pictures that were taken.
    """
    confirmed = [line for line in lines if line.state == table.CONFIRMED]
    if not confirmed:
        return []
    last = _last_decisions(matter)
    revoked = _revoked(last.values())
    own = _by_person(lines)
    removed = _by_person(Line.select().where((Line.matter == matter.id) & ~finding.PRESENT))
    judged: dict[int, bool] = {}

    def is_proved(line: Line) -> bool:
        decision, person = last.get(line.public_id), _person_of(line)
        if decision is None or not _fits(line, decision):
            return False
        if decision.id not in judged:
            judged[decision.id] = (
                decision.id not in revoked
                and decision_records.is_genuine(settings, decision)
                and _is_about(matter, decision, own[person], removed.get(person, ()))
                and _has_pictures(settings, matter, decision)
            )
        return judged[decision.id]

    return [line for line in confirmed if not is_proved(line)]


def _person_of(line: Line) -> _Person:
    return line.document_number, line.name


def _by_person(lines: Iterable[Line]) -> dict[_Person, list[Line]]:
    by_person: dict[_Person, list[Line]] = {}
    for line in lines:
        by_person.setdefault(_person_of(line), []).append(line)
    return by_person


def _last_decisions(matter: Matter) -> dict[str, Decision]:
    """Return line_id → the last decision about it."""
    rows = Decision.select().where(
        (Decision.matter == matter.id) & Decision.kind.in_((CONFIRMATION, REFUSAL))
    )
    return {
        said["line_id"]: row for row in rows.order_by(Decision.id) for said in json.loads(row.lines)
    }


def _revoked(decisions: Iterable[Decision]) -> set[int]:
    """Return the decisions at windows that a second person revoked."""
    ids = sorted({decision.id for decision in decisions})
    rows = SecondPersonRequest.select(SecondPersonRequest.decision).where(
        SecondPersonRequest.decision.in_(ids) & (SecondPersonRequest.state == DENIED)
    )
    return {row.decision_id for row in rows}


def _fits(line: Line, decision: Decision) -> bool:
    """Return whether the columns of a line say what its decision says."""
    said = {(one["line_id"], one["role"]) for one in json.loads(decision.lines)}
    return bool(
        decision.kind == CONFIRMATION
        and (line.public_id, line.role) in said
        and line.since_version <= decision.version
        and (line.confirmed_at, line.confirmed_by, line.account_id)
        == (decision.at, decision.way, decision.account_id)
    )


def _is_about(
    matter: Matter, decision: Decision, present: Sequence[Line], removed: Sequence[Line]
) -> bool:
    """Return whether the digest is that of the content and the person's lines.

    It covers all lines of the person in their order, which a later version may have changed beside
    the confirmed ones, so it cannot be computed again then.
    """
    if matter.version != decision.version and len(present) + len(removed) > 1:
        return True
    digest = content.digest_of(matter, present, statement_version=decision.statement)
    return bool(digest == decision.digest)


def _has_pictures(settings: Settings, matter: Matter, decision: Decision) -> bool:
    """Return whether each picture that the decision names is kept as it was, or was erased."""
    named: dict[str, str] = json.loads(decision.pictures)
    if not named:
        return True
    rows = MatterPicture.select().where(MatterPicture.decision == decision.id)
    kept = {row.name: row for row in rows}
    return all(
        _is_same(settings, kept[name], sha256) if name in kept else _is_erased(settings, matter)
        for name, sha256 in named.items()
    )


def _is_erased(settings: Settings, matter: Matter) -> bool:
    """Return whether pictures of this matter have expired since its sheet was fetched."""
    fetched = matter.sheet_fetched_at
    oldest = clock.now() - timedelta(days=settings.matter_pictures_days)
    return fetched is not None and fetched < oldest


def _is_same(settings: Settings, row: MatterPicture, sha256: str) -> bool:
    try:
        picture = sealed.unseal(settings, row.key, row.content, PICTURE_CONTEXT)
    except (DecryptionFailed, ValueError):
        return False
    return row.sha256 == sha256 == hashlib.sha256(picture).hexdigest()
