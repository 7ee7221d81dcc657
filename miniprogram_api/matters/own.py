"""A person's own matters: the to-dos, what is confirmed, and what it needs."""

import json
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from miniprogram_api import clock, masking, person_rows
from miniprogram_api.accounts import accounts, consents
from miniprogram_api.answers import answer_class
from miniprogram_api.matter_lines import content, edits, finding, guard
from miniprogram_api.matter_lines.edits import ChangedField
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import words
from models.accounts.accounts import Account
from models.matters import matters as table
from models.matters.matters import Line, Matter

DONE_SHOWN = timedelta(days=365)

Which = Literal["open", "done"]
Kind = Literal["establishment", "change", "filing", "deregistration"]
MatterState = Literal["waiting", "confirmed", "refused", "accepted", "withdrawn", "expired"]
LineState = Literal["pending", "confirmed", "refused", "lost"]
Way = Literal["face", "ctid", "on_site", "notarised"]
Policy = Literal["required", "optional", "off"]

NOT_ME: Final = "not_me"
"""The reason of a refusal as not the own one."""


@answer_class
class MatterSubject:
    """The firm of a matter."""

    name: str = field(repr=False)
    type: str
    code: str | None = field(repr=False)


@answer_class
class MatterOffice:
    """The window that receives a matter."""

    name: str
    address: str
    hours: str
    phone: str


@answer_class
class MatterItem:
    """A matter in the list of the caller."""

    matter_id: str
    state: MatterState
    subject: MatterSubject
    kind: Kind
    office: MatterOffice | None
    roles: tuple[str, ...]
    """The caller's posts."""
    todo: bool
    """Whether the caller has something to confirm."""
    refused: bool
    """Whether the caller refused one of the posts."""
    expires_at: datetime


@answer_class
class OwnMatters:
    """The caller's matters, newest first."""

    count: int
    items: tuple[MatterItem, ...] | None
    """Null below level 4."""


@answer_class
class MatterDetail:
    """A fact that all persons agree to."""

    label: str
    value: str = field(repr=False)


@answer_class
class OnBehalfOf:
    """The firm for which a person confirms."""

    name: str
    code: str | None


@answer_class
class OwnLine:
    """A post of the caller in a matter."""

    line_id: str
    role: str
    on_behalf_of: OnBehalfOf | None = field(repr=False)
    state: LineState
    reason: str
    """Why it is refused or lost, or what keeps it from being confirmed; ok: nothing."""
    confirmed_by: Way | None
    confirmed_at: datetime | None
    receipt: str | None


@answer_class
class OtherPersons:
    """The other persons of a matter, counted."""

    total: int
    confirmed: int


@answer_class
class OtherLine:
    """A post of another person, shown to the agent."""

    line_id: str
    name: str
    """Masked."""
    role: str
    state: LineState


@answer_class
class MatterNeeds:
    """What confirming needs."""

    ways: tuple[Literal["face", "ctid", "window"], ...]
    face: Literal["person", "role"]
    """person: one check for all own lines; role: one for each."""
    signature: Policy
    consents: tuple[consents.SeparateKey, ...]
    """Separate consents that are still missing."""


@answer_class
class OwnMatter:
    """A matter as one of its persons sees it."""

    matter_id: str
    version: int
    state: MatterState
    kind: Kind
    item_code: str | None
    subject: MatterSubject
    district: str | None
    details: tuple[MatterDetail, ...]
    maker: str
    """The registration system or window that made it, by name."""
    office: MatterOffice | None
    created_at: datetime
    expires_at: datetime
    changes: tuple[ChangedField, ...]
    """What was changed since the caller confirmed, while that is to be confirmed again."""
    lines: tuple[OwnLine, ...]
    """The caller's."""
    digest: str
    """Of what is shown; sent with a challenge and a confirmation."""
    statement: str
    """The sentence that is confirmed."""
    others: OtherPersons
    persons: tuple[OtherLine, ...] | None
    """The posts of the others, for the agent (经办人) alone."""
    disowned: bool
    """Whether the caller said 不是我办的 of this version: offer nothing to confirm."""
    needs: MatterNeeds


def listed(account_id: int, which: Which) -> OwnMatters:
    """Return the open matters of the account's holder, or those that ended within a year.

    Below level 4 only the number of the open ones, since the person has to learn that something
    waits.
    """
    account = accounts.get_for_change(account_id)
    shown = [lines for lines in _by_matter(account) if _is_of(lines[0].matter, which)]
    if not person_rows.is_person(account):
        return OwnMatters(len(shown) if which == "open" else 0, None)
    return OwnMatters(len(shown), tuple(_item(lines[0].matter, lines) for lines in shown))


def kept(account_id: int) -> list[tuple[MatterItem, list[Line]]]:
    """Return all matters of the account's holder with the own lines.

    Below level 4 only lines that the account itself confirmed.
    """
    account = accounts.get(account_id)
    others = [
        [line for line in lines if person_rows.is_shown(account, line.account_id)]
        for lines in _by_matter(account)
    ]
    return [(_item(lines[0].matter, lines), lines) for lines in others if lines]


def _by_matter(account: Account) -> list[list[Line]]:
    own: dict[int, list[Line]] = {}
    for line in finding.of_account(account):
        own.setdefault(line.matter_id, []).append(line)
    return list(own.values())


def show(services: Services, account_id: int, matter_id: str) -> OwnMatter:
    """Return one matter."""
    account = accounts.get(account_id)
    matter, own = lines_of(account, matter_id)
    lines = finding.lines(matter)
    others = [line for line in lines if line not in own]
    return OwnMatter(
        matter_id=matter.public_id,
        version=matter.version,
        state=state_of(matter),
        kind=cast("Kind", matter.kind),
        item_code=matter.item_code,
        subject=_subject(matter),
        district=matter.district,
        details=tuple(MatterDetail(**one) for one in json.loads(matter.details)),
        maker=maker_of(matter),
        office=_office(matter),
        created_at=matter.created_at,
        expires_at=matter.expires_at,
        changes=edits.since_confirmed(own, content.content_of(matter)),
        lines=viewed(services, own, account),
        digest=content.digest_of(matter, own),
        statement=content.statement(own),
        others=_counted(others),
        persons=_of_agent(others) if is_agent(own) else None,
        disowned=is_disowned(own),
        needs=_needs(services, account, own),
    )


def lines_of(account: Account, matter_id: str) -> tuple[Matter, list[Line]]:
    """Return a matter with the lines of the account's holder."""
    person_rows.require_person(account)
    matter = finding.matter(matter_id)
    own = finding.own_lines(matter, account)
    if not own:
        raise Refused(Reason.NOT_FOUND)
    return matter, own


def is_agent(own: list[Line]) -> bool:
    """Return whether one of the posts is that of the agent."""
    agents = set(words("matters.agents").values())
    return any(line.role in agents for line in own)


def is_disowned(own: list[Line]) -> bool:
    """Return whether the person said that the matter is not the own one (不是我办的)."""
    return any(line.state == table.REFUSED and line.reason == NOT_ME for line in own)


def viewed(services: Services, lines: list[Line], account: Account) -> tuple[OwnLine, ...]:
    """Return own lines as the person sees them."""
    return tuple(_own_line(services, line, account) for line in lines)


def _own_line(services: Services, line: Line, account: Account) -> OwnLine:
    firm = None if line.on_behalf_of is None else json.loads(line.on_behalf_of)
    return OwnLine(
        line_id=line.public_id,
        role=line.role,
        on_behalf_of=firm and OnBehalfOf(firm["name"], firm.get("code")),
        state=cast("LineState", line.state),
        reason=guard.reason_of(services.settings, line, account),
        confirmed_by=cast("Way | None", line.confirmed_by),
        confirmed_at=line.confirmed_at,
        receipt=line.receipt,
    )


def _is_of(matter: Matter, which: Which) -> bool:
    state = finding.state_now(matter)
    if which == "open":
        return state in table.OPEN
    ended_at = matter.ended_at or matter.expires_at
    return state not in table.OPEN and ended_at > clock.now() - DONE_SHOWN


def _item(matter: Matter, own: list[Line]) -> MatterItem:
    state = state_of(matter)
    is_waiting = state in (table.WAITING, table.CONFIRMED)
    return MatterItem(
        matter_id=matter.public_id,
        state=state,
        subject=_subject(matter),
        kind=cast("Kind", matter.kind),
        office=_office(matter),
        roles=tuple(line.role for line in own),
        refused=any(line.state == table.REFUSED for line in own),
        todo=is_waiting and any(line.state in (table.PENDING, table.LOST) for line in own),
        expires_at=matter.expires_at,
    )


def state_of(matter: Matter) -> MatterState:
    """Return the state; expired also before the job has noted it."""
    return cast("MatterState", finding.state_now(matter))


def maker_of(matter: Matter) -> str:
    """Return the name of the registration system or window that made a matter."""
    maker: Any = matter.office if matter.key_id is None else matter.key
    return "" if maker is None else str(maker.name)


def _subject(matter: Matter) -> MatterSubject:
    return MatterSubject(matter.subject_name, matter.subject_type, matter.subject_code)


def _office(matter: Matter) -> MatterOffice | None:
    office: Any = matter.office
    if office is None:
        return None
    return MatterOffice(office.name, office.address, office.hours, office.phone)


def _counted(others: list[Line]) -> OtherPersons:
    states: dict[tuple[str, str], set[str]] = {}
    for line in others:
        states.setdefault((line.document_number, line.name), set()).add(line.state)
    return OtherPersons(len(states), sum(s == {table.CONFIRMED} for s in states.values()))


def _of_agent(others: list[Line]) -> tuple[OtherLine, ...]:
    return tuple(
        OtherLine(
            line_id=line.public_id,
            name=masking.name(line.name),
            role=line.role,
            state=cast("LineState", line.state),
        )
        for line in others
    )


def _needs(services: Services, account: Account, own: list[Line]) -> MatterNeeds:
    settings = services.settings
    is_online = not any(guard.needs_guardian(settings, line) for line in own)
    return MatterNeeds(
        ways=("face", "ctid") if is_online else ("window",),
        face=settings.matter_face,
        signature=settings.matter_signature,
        consents=missing_consents(services, account),
    )


def missing_consents(services: Services, account: Account) -> tuple[consents.SeparateKey, ...]:
    """Return the separate consents to the text in force that confirming by face still needs."""
    text = consents.current_text()
    needed: list[consents.SeparateKey] = [consents.FACE]
    if services.settings.matter_signature != "off" and consents.MATTER in text.separate:
        needed.append(consents.MATTER)
    held = {
        consent.key
        for consent in consents.latest(account.id)
        if consent.version == text.version and consent.withdrawn_at is None
    }
    return tuple(key for key in needed if key not in held)
