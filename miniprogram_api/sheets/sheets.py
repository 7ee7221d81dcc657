"""Make the sheets of a matter: one for each person with all posts, or one for each line.

A sheet is made of confirmed lines and their decisions. ``Matter.sheet_fetched_at`` notes the first
one that was taken for the registration file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config import Settings
from miniprogram_api import audit, clock, masking, person_rows
from miniprogram_api.matter_lines import finding
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures, templates
from miniprogram_api.sheets.check_codes import grouped
from miniprogram_api.sheets.sheet import Confirmation, Drawn, Sheet
from miniprogram_api.texts import text
from models.accounts.accounts import FROZEN, Account
from models.matters.decisions import CONFIRMATION, Decision
from models.matters.matters import CONFIRMED, Line, Matter
from models.second_person import SecondPersonRequest
from models.storage.database import transaction

_SHOWN_DIGITS = 16
"""Hexadecimal digits of the SHA-256 of a deleted picture."""


@dataclass(frozen=True, slots=True)
class Found:
    """A decision with its pictures."""

    decision: Decision
    pictures: dict[str, bytes]
    digests: dict[str, str]
    recorded: dict[str, Any]
    """What the clerk recorded at a window: reasons, witness, guardian."""
    address: str


def for_file(services: Services, matter: Matter, *, actor: str) -> Drawn:
    """Return the sheets of all persons for the registration file, and note that it was fetched.

    Raises Refused NOT_APPLICABLE when nothing is confirmed.
    """
    drawn = of_lines(services.settings, matter, finding.lines(matter))
    with transaction():
        note_fetched(matter)
        audit.write("matter:sheets:fetched", actor=actor, matter=matter.public_id)
    return drawn


def for_person(services: Services, matter_id: str, account_id: int) -> Drawn:
    """Return the person's own sheet, for the account that confirmed it or a later one at level 4.

    The phone is masked for an account that did not confirm it. Raises Refused: ACCOUNT_FROZEN,
    LEVEL_TOO_LOW (``cause`` matter), NOT_FOUND for a matter without lines of the person,
    NOT_APPLICABLE when none is confirmed.
    """
    account = Account.get_by_id(account_id)
    matter, own = _own_lines(account, matter_id)
    drawn = of_lines(services.settings, matter, own, viewer_id=account.id)
    audit.write_own(
        "api:sheet:fetched",
        actor=audit.by_account(account_id),
        account_id=account_id,
        matter=matter.public_id,
    )
    return drawn


def _own_lines(account: Account, matter_id: str) -> tuple[Matter, list[Line]]:
    """Return a matter with the person's lines, below level 4 those that the account confirmed."""
    if account.status == FROZEN or not _has_confirmed(account, matter_id):
        person_rows.require_person(account)
    matter = finding.matter(matter_id)
    own = finding.own_lines(matter, account)
    if not own:
        raise Refused(Reason.NOT_FOUND)
    return matter, [line for line in own if person_rows.is_shown(account, line.account_id)]


def _has_confirmed(account: Account, matter_id: str) -> bool:
    lines = Line.select(Line, Matter).join(Matter).where(Line.account == account.id)
    return any(line.matter.public_id == matter_id for line in lines)


def note_fetched(matter: Matter) -> None:
    """Note the first fetch for the registration file, in the transaction of its audit line."""
    is_first = (Matter.id == matter.id) & Matter.sheet_fetched_at.is_null()
    Matter.update(sheet_fetched_at=clock.now()).where(is_first).execute()


def of_lines(
    settings: Settings, matter: Matter, lines: Sequence[Line], *, viewer_id: int | None = None
) -> Drawn:
    """Draw the sheets of these lines.

    ``viewer_id``: the account that they are for, by default the registration file. Raises Refused
    NOT_APPLICABLE when none is confirmed.
    """
    from miniprogram_api.sheets import drawing

    confirmed = [line for line in lines if line.state == CONFIRMED]
    if not confirmed:
        raise Refused(Reason.NOT_APPLICABLE, cause="sheet")
    template = templates.in_force()
    decisions = _decisions(settings, matter, confirmed)
    sheets = [
        _sheet(matter, group, decisions, viewer_id)
        for group in _groups(confirmed, template.by_line)
    ]
    return drawing.draw(template, sheets, clock.now())


def _groups(lines: Sequence[Line], by_line: bool) -> list[list[Line]]:
    if by_line:
        return [[line] for line in lines]
    persons: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        persons.setdefault((line.document_number, line.name), []).append(line)
    return list(persons.values())


def _decisions(
    settings: Settings, matter: Matter, lines: Sequence[Line]
) -> dict[tuple[str, datetime], Found]:
    """Return (line_id, time) → decision of the confirmations that these lines count by."""
    wanted = {(line.public_id, line.confirmed_at) for line in lines}
    rows = Decision.select().where((Decision.matter == matter.id) & (Decision.kind == CONFIRMATION))
    checks: dict[tuple[str, datetime], Found] = {}
    for row in rows.order_by(Decision.id):
        counted = wanted & {(one["line_id"], row.at) for one in json.loads(row.lines)}
        if counted:
            one = Found(
                row,
                pictures.of_decision(settings, row.id),
                json.loads(row.pictures),
                _recorded(row),
                f"{settings.origin}/verify/{row.code}",
            )
            checks |= dict.fromkeys(counted, one)
    return checks


def _recorded(decision: Decision) -> dict[str, Any]:
    asked = SecondPersonRequest.get_or_none(SecondPersonRequest.decision == decision.id)
    content: dict[str, Any] = json.loads(asked.content) if asked and asked.content else {}
    return content


def _sheet(
    matter: Matter,
    lines: Sequence[Line],
    checks: dict[tuple[str, datetime], Found],
    viewer_id: int | None,
) -> Sheet:
    posts: dict[str, tuple[Found, list[str]]] = {}
    for line in lines:
        one = checks.get((line.public_id, line.confirmed_at))
        if one is not None:
            posts.setdefault(one.decision.code, (one, []))[1].append(_post(line))
    first = lines[0]
    typed = text("sheets.typed_name", name=first.name)
    return Sheet(
        company=matter.subject_name,
        declared_on=matter.created_at.date(),
        kind=matter.kind,
        name=first.name,
        document_type=first.document_type,
        document_number=first.document_number,
        phone=_phone(lines, viewer_id),
        guardians=_guardians(lines, [one for one, _ in posts.values()]),
        confirmations=tuple(_confirmation(one, roles, typed) for one, roles in posts.values()),
    )


def _phone(lines: Sequence[Line], viewer_id: int | None) -> str:
    """Return the phone of a sheet, masked unless the viewer confirmed all of it."""
    first = lines[0]
    account = None if first.account_id is None else Account.get_by_id(first.account_id)
    phone = (first.phone if account is None else account.phone) or ""
    is_own = viewer_id is None or all(line.account_id == viewer_id for line in lines)
    return phone if is_own or not phone else masking.phone(phone)


def _guardians(lines: Sequence[Line], found: Sequence[Found]) -> tuple[str, ...]:
    """Return the guardians that were named with the matter, and those seen at a window."""
    named = [json.loads(line.guardian)["name"] for line in lines if line.guardian]
    seen = [one.recorded["guardian"] for one in found if one.recorded.get("guardian")]
    relations = {one["name"]: one.get("relation", "") for one in seen}
    return tuple(
        text("sheets.guardian_of", name=name, relation=relations[name])
        if relations.get(name)
        else text("sheets.guardian", name=name)
        for name in dict.fromkeys([*relations, *named])
    )


def _post(line: Line) -> str:
    if line.on_behalf_of is None:
        return str(line.role)
    name = json.loads(line.on_behalf_of)["name"]
    return text("sheets.on_behalf", role=line.role, name=name)


def _confirmation(check: Found, roles: Sequence[str], typed: str) -> Confirmation:
    """Return a decision as drawn; ``typed`` is said in place of a signature by the typed name."""
    decision = check.decision
    number = decision.source_number or text("sheets.no_source_number")
    return Confirmation(
        roles=tuple(roles),
        at=decision.at,
        way=decision.way,
        source_number=decision.source_number or "",
        code=grouped(decision.code),
        address=check.address,
        photo=check.pictures.get(pictures.PHOTO),
        signature=check.pictures.get(pictures.SIGNATURE),
        no_photo=_deleted(check, pictures.PHOTO)
        or _said(check, "no_photo", "sheets.no_photo_because")
        or text(f"sheets.no_photo.{decision.way}", number=number),
        no_signature=_deleted(check, pictures.SIGNATURE)
        or (typed if decision.typed_name else "")
        or _said(check, "cannot_sign", "sheets.cannot_sign")
        or text(f"sheets.no_signature.{decision.way}"),
    )


def _said(check: Found, reason: str, key: str) -> str:
    """Return the sentence with the clerk's reason; empty where none was recorded."""
    why = check.recorded.get(reason)
    return text(key, reason=why, witness=check.recorded.get("witness", "")) if why else ""


def _deleted(check: Found, name: str) -> str:
    """Return the sentence for a picture that was deleted; empty if there was none."""
    digest = check.digests.get(name)
    return "" if digest is None else text("sheets.deleted", digest=digest[:_SHOWN_DIGITS])
