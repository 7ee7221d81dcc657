"""What is kept of a person whose account was cancelled: a row of every kind, recognisable.

Every free text holds MARK, and everything happened on one day that no other date of a test meets.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from miniprogram_api import audit, clock
from miniprogram_api.accounts import cancellation, consents
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.matter_lines import changes
from miniprogram_api.matters import creation
from miniprogram_api.matters.forms import Detail, Subject
from miniprogram_api.messaging import notices
from miniprogram_api.own_data import exports
from miniprogram_api.phones import proofs
from miniprogram_api.phones.proofs import NamedPerson
from miniprogram_api.registrars import queries
from miniprogram_api.registrars.queries import Asked
from miniprogram_api.services import Services
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts.sentences import day_in_words
from miniprogram_api.tickets import tickets
from models.accounts.accounts import Account, IdentityDatesChange
from models.accounts.client_reports import ClientReport
from models.accounts.own_data import DataExport
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import FaceChallenge, IdentityCheck
from models.desks import tickets as ticket_table
from models.desks.clearances import IdentityClearance
from models.desks.tickets import Ticket
from models.faq import messages as faq
from models.matters.decisions import Decision
from models.matters.matters import Line, Matter
from models.registrars import RegistrarReceipt, RegistrarWatch
from models.storage.database import transaction
from models.subscriptions import Subscription
from tests.support.admin.staff import member_of
from tests.support.matters.matters import accept, confirm, form, named, system, verified
from tests.support.people.persons import Person
from tests.support.people.registrations import sent_code
from tests.support.service.service import Service

MARK = "鎏痕"
DAYS_AGO = 20
WECHAT = "o-earlier"
PHONE = "13900137421"
_MASKED = "139****7421"


@dataclass(frozen=True)
class History:
    """Ids by the name of the path parameter, and what no answer to a stranger may contain."""

    ids: dict[str, tuple[str, ...]]
    matters: dict[str, str]
    """``done``, ``open`` and ``withdrawn``: ids."""
    messages: tuple[str, ...]
    markers: frozenset[str]

    def found_in(self, text: str) -> set[str]:
        """Return the markers that a text contains; a PDF may break them between two lines."""
        plain = text.replace("\n", "")
        return {marker for marker in self.markers if marker in plain}


def plant(service: Service, someone: Person) -> History:
    """Give the person an earlier account at level 4 with all that is kept, and cancel it.

    The models are bound to the tables of the service.
    """
    services = Services(service.settings, None)  # type: ignore[arg-type]
    then = clock.now() - timedelta(days=DAYS_AGO)
    with clock.replaced(lambda: then):
        account = verified(
            someone, phone=PHONE, phone_index=PHONE, wechat_openid=WECHAT, verified_at=then
        )
        clerk = member_of("clerk", name=f"{MARK}经办")
        hook = f"{service.sandbox.url}/registrar/hook"
        matters = _matters(services, account, someone, hook)
        found = {
            "matter_id": (*matters.values(),),
            "ticket_id": _tickets(account, someone, clerk),
            "conversation_id": _conversation(account),
            "export_id": _export(services, account),
        }
        _checks(account, someone, then)
        _acts(account, someone, clerk)
        cancellation.cancel_by_hand(account.id, f"{MARK}注销", actor="test")
    messages = tuple(row.message_id for row in faq.FaqMessage.select())
    return History(found, matters, messages, _markers(found, messages, then))


def _matters(services: Services, account: Account, someone: Person, hook: str) -> dict[str, str]:
    """Make an accepted, an open and a withdrawn matter, and a query about the person."""
    # Every account may read the names of the systems.
    maker = system(services, name="登记业务系统", webhook_url=hook)
    asked = Asked(someone.name, someone.id_number, f"{MARK}股东")
    queries.query(str(maker.key_id), f"{MARK}查询事项", [asked])
    found = {}
    for state in ("done", "open", "withdrawn"):
        persons = [named(someone, "经办人"), named(someone, f"{MARK}职务", phone=PHONE)]
        content = form(
            persons,
            subject=Subject(f"{MARK}{state}有限公司", "有限责任公司"),
            details=(Detail("经营场所", f"{MARK}路1号"),),
        )
        matter = creation.create(services, maker, f"{MARK}-{state}", content, actor="test").matter
        confirm(services, matter, account)
        if state == "done":
            accept(services, matter)
        if state == "withdrawn":
            with transaction():
                changes.withdraw(matter.public_id, f"{MARK}撤回", actor="test")
        found[state] = matter.public_id
    return found


def _tickets(account: Account, someone: Person, clerk: StaffMember) -> tuple[str, ...]:
    """File an unfinished ticket of every kind and a finished one; a desk filed the dispute."""
    about = tickets.Subject(someone.name, someone.id_number, phone=PHONE)
    numbers = []
    for kind in tickets.FILED_KINDS:
        is_filed = kind == "identity_dispute"
        row = tickets.insert(
            kind,
            tickets.matter_of_person(kind, someone.id_number),
            about,
            source="clerk" if is_filed else "user",
            actor=clerk.actor if is_filed else f"account:{account.id}",
            account_id=None if is_filed else account.id,
            openid=None if is_filed else WECHAT,
            description=f"{MARK}说明{kind}",
            facts={"note": MARK},
            contact=f"{MARK}联系",
        )
        numbers.append(row.number)
    done = tickets.insert(
        "other",
        f"other:{MARK}",
        about,
        source="user",
        actor=f"account:{account.id}",
        account_id=account.id,
        openid=WECHAT,
        description=f"{MARK}已办",
        facts={},
    )
    with transaction():
        row = tickets.unfinished_locked(done.number)
        tickets.close(row, ticket_table.RESOLVED, f"{MARK}答复", actor=clerk.actor)
    return (*numbers, done.number)


def _conversation(account: Account) -> tuple[str, ...]:
    """Keep what the account asked signed in, and what its WeChat user asked before."""
    ids = []
    for account_id in (account.id, None):
        ids.append(secrets.token_urlsafe(16))
        faq.add(
            faq.NewMessage(
                secrets.token_urlsafe(16), ids[-1], WECHAT, account_id, clock.now(),
                f"{MARK}问题", f"{MARK}回答", "answer", None, None, 1.0, 1, "{}", None, None,
            )
        )  # fmt: skip
    return tuple(ids)


def _export(services: Services, account: Account) -> tuple[str, ...]:
    export_id = secrets.token_urlsafe(16)
    # Requested today, since it is kept for a day.
    today = clock.now() + timedelta(days=DAYS_AGO)
    DataExport.insert(id=export_id, account=account.id, requested_at=today).execute()
    exports.make(services, export_id, account.id, [])
    return (export_id,)


def _checks(account: Account, someone: Person, then: datetime) -> None:
    """Keep checks, proofs and messages, by the account and by the ID number alone."""
    named_by = {"id_number": someone.id_number, "identity_index": someone.id_number}
    for account_id in (account.id, None):
        IdentityCheck.create(
            **named_by, account=account_id, openid=WECHAT, purpose="register", checked_at=then,
            outcome="mismatch", source="tencent", long_term=False, name_has_dot=False,
        )  # fmt: skip
        FaceChallenge.create(
            **named_by, id=secrets.token_hex(16), account=account_id, openid=WECHAT,
            session_hash=b"x", mode="wechat", created_at=then, expires_at=then, used_at=then,
            outcome="mismatch",
        )  # fmt: skip
    IdentityClearance.create(
        **named_by, name=someone.name, valid_from=someone.valid_from, ticket=Ticket.get().id,
        cleared_at=then, expires_at=then + timedelta(days=60),
    )  # fmt: skip
    whom = NamedPerson(someone.name, someone.id_number)
    proofs.prove_manually(PHONE, person=whom)
    # The later account may have the very phone that a clerk proved for the person.
    proofs.prove_manually(someone.phone, person=whom)
    sent_code(PHONE, "confirm")
    SmsCode.update(account_id=account.id, openid=WECHAT).execute()
    IdentityDatesChange.create(
        account=account.id, changed_at=then, long_term_before=False, valid_from=then.date(),
        long_term=True,
    )  # fmt: skip
    consents.record(account.id, consents.KEYS)
    with transaction():
        notices.status_changed(account.id, PHONE)
    ClientReport.create(
        openid=WECHAT, account=account.id, kind="sms", step="register", detail=MARK,
        reported_at=then,
    )  # fmt: skip
    Subscription.create(
        openid=WECHAT, account=account.id, topic="ticket", template_id="t", accepted_at=then
    )


def _acts(account: Account, someone: Person, clerk: StaffMember) -> None:
    """Keep acts of a desk for the person, with and without the account, and of the account."""
    for account_id in (account.id, None):
        with transaction():
            subject = ledger.Person(someone.id_number, someone.name, account_id)
            ledger.append(clerk, "person_opened", subject, reason=MARK)
    with transaction():
        audit.write("api:account:registered", actor="test", account_id=account.id, note=MARK)


def _markers(
    found: dict[str, tuple[str, ...]], messages: tuple[str, ...], then: datetime
) -> frozenset[str]:
    day, until = then.date(), then + timedelta(days=90)
    watched = [row.until.date().isoformat() for row in RegistrarWatch.select()]
    assert until.date().isoformat() in watched
    return frozenset(
        {
            MARK,
            PHONE,
            _MASKED,
            day.isoformat(),
            day_in_words(day),
            *watched,
            *(one for ids in found.values() for one in ids),
            *messages,
            *(row.public_id for row in Line.select()),
            *(row.receipt for row in Line.select() if row.receipt),
            *(row.number for row in RegistrarReceipt.select()),
            *(row.code for row in Decision.select()),
            *(row.number for row in Matter.select()),
        }
    )
