"""A ledger of real acts, to be manipulated."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.second_person import approvals, deciding, verification_details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.desks import ledger as table
from models.desks.tickets import Ticket
from models.storage.database import transaction
from tests.scenarios.ledger import chained_rows
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.rules import Rules

VERIFIED, FROZEN, MOVED, GONE, ALONE, DATED, CLEARED = (person(number=n) for n in range(990, 997))
SEEN = on_site(["id_card"], "核对原件一致")


@dataclass(frozen=True)
class Scene:
    """A ledger of real acts: its settings and the ids that manipulations need."""

    rules: Rules
    accounts: dict[str, int]
    lines: dict[str, int]
    tickets: dict[str, int]
    sealed: int
    """The last line of the first seal."""
    erased_detail: tuple[Any, ...]
    folder: Path
    chained: dict[str, int]
    """Ids of chained rows, and the last link of each chain in the first seal."""


def play(rules: Rules, *, anchored: bool) -> Scene:
    """Do an act of each kind, seal twice, and do one more."""
    clerk, other = member_of("clerk"), member_of("clerk")
    first, second = member_of("centre"), member_of("centre")
    accounts = {
        name: account_of(someone).id
        for name, someone in (
            ("verified", VERIFIED),
            ("frozen", FROZEN),
            ("moved", MOVED),
            ("gone", GONE),
            ("alone", ALONE),
            ("dated", DATED),
        )
    }
    accounts["revoked"] = account_of(person(number=997)).id
    window_desk.verify_on_site(clerk, VERIFIED.id_number, SEEN)
    window_desk.verify_on_site(clerk, person(number=997).id_number, SEEN)
    *_, review = verification_details.pending(other)
    deciding.decide(
        rules.services, other, review.id, agrees=False, reason="照片不符", cause="not_same_person"
    )
    dispute = opened(rules, "identity_dispute", FROZEN)
    window_desk.card_seen(clerk, dispute, SEEN)
    phone_change = opened(rules, "phone_change", MOVED, phone=make_phone(8))
    approve(rules, first, second, phone_change, "correct_phone")
    approve(rules, first, second, opened(rules, "re_registration", GONE), "cancel_account")
    refused = opened(rules, "re_registration", ALONE)
    ticket_desk.claim(first, refused)
    request = approvals.request(first, refused, "cancel_account", reason="旧证注册")
    deciding.decide(rules.services, second, request, agrees=False, reason="材料不齐")
    ticket_desk.finish(first, refused, solved=False, reason="请补交材料")
    approve(rules, first, second, opened(rules, "identity_review", CLEARED), "clear_identity")
    proof = opened(rules, "phone_verification", ALONE)
    ticket_desk.claim(first, proof)
    centre_acts.verify_phone(first, proof, "打电话核实")
    with transaction():
        dated = Account.get_by_id(accounts["dated"])
        until = "长期" if dated.valid_until is None else dated.valid_until.isoformat()
        dates = {"valid_from": dated.valid_from.isoformat(), "valid_until": until}
        subject = ledger.Person(DATED.id_number, DATED.name, dated.id)
        ledger.append(first, "dates_corrected", subject, after=dates)
        erased = ledger.append(clerk, "card_seen", subject, reason="核对原件")
    (stored,) = table.by_numbers([erased])
    ledger.erase(first, erased, "本人申请删除")
    settings = rules.services.settings
    chained = chained_rows.begin(rules)
    sealed = ledger_seals.make(settings).number
    for _ in range(2):
        desk_people.open_person(clerk, VERIFIED.id_number, "enquiry")
        chained_rows.go_on(rules, chained["matter"], chained=True)
    ledger_seals.make(settings)
    if anchored:
        assert ledger_anchors.carry(rules.services)
    desk_people.open_person(clerk, VERIFIED.id_number, "enquiry")
    chained |= chained_rows.go_on(rules, chained["matter"], chained=False)
    lines = {row.action: row.number for row in table.LedgerLine.select().order_by("number")}
    return Scene(
        rules,
        accounts,
        lines,
        {
            "finished": Ticket.get(Ticket.number == refused).id,
            "phone_change": Ticket.get(Ticket.number == phone_change).id,
        },
        sealed,
        (erased, stored.salt, stored.id_number, stored.identity_index, stored.content),
        Path(settings.ledger_seal_dir),
        chained,
    )


def opened(rules: Rules, kind: Any, someone: Person, *, phone: str | None = None) -> str:
    """Open a user's ticket; return its number."""
    subject = Subject(
        someone.name,
        someone.id_number,
        someone.valid_from,
        someone.four_elements["valid_until"],
        phone or someone.phone,
    )
    return opening.open_ticket(
        rules.services,
        Opening(kind=kind, source="user", openid=f"o-{someone.phone}", subject=subject),
    ).id


def approve(
    rules: Rules, first: StaffMember, second: StaffMember, ticket_id: str, act: str
) -> None:
    ticket_desk.claim(first, ticket_id)
    request = approvals.request(first, ticket_id, act, reason="核对户籍")
    deciding.decide(rules.services, second, request, agrees=True, reason="")
