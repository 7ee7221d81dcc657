"""Matters for tests of rules: persons, forms, confirmations and the states that follow."""

from collections.abc import Sequence
from typing import Any

from miniprogram_api.matter_lines import changes, content, finding
from miniprogram_api.matter_lines.changes import Decided, Evidence
from miniprogram_api.matters import creation
from miniprogram_api.matters.creation import Maker
from miniprogram_api.matters.forms import Detail, Document, Form, Named, Subject
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.storage.database import transaction
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, person

PEOPLE = [
    person(name=name, number=number) for number, name in enumerate(("张三", "李四", "王五"), 71)
]


def verified(someone: Person, **changes: Any) -> Account:
    """Create an account at level 4 without the switch."""
    return account_of(someone, level=4, verified_by="face", **changes)


def named(someone: Person, role: str = "股东", **changes: Any) -> Named:
    """Return the person in a post."""
    return Named(someone.name, Document("id_card", someone.id_number), role, **changes)


def form(persons: Sequence[Named], **changes: Any) -> Form:
    """Return the set-up of a company with these persons."""
    values = {
        "kind": "establishment",
        "subject": Subject("示例科技有限公司", "有限责任公司"),
        "details": (Detail("注册资本", "100万元"),),
        "persons": tuple(persons),
        **changes,
    }
    return Form(**values)


def system(services: Services, **changes: Any) -> Maker:
    """Register a registration system, by default without a webhook."""
    values = {"name": "企业登记系统", "daily_quota": 10_000, "actor": "test", **changes}
    return Maker(key_id=registrar_systems.issue(services.settings, **values).key_id)


def matter_of(
    services: Services, persons: Sequence[Named], *, maker: Maker | None = None, number: str = "M-1"
) -> Matter:
    """Create a matter with these persons."""
    maker = maker or system(services)
    return creation.create(services, maker, number, form(persons), actor="test").matter


def lines_of(matter: Matter) -> list[Line]:
    """Return the present lines, read again."""
    return finding.lines(matter)


def states_of(matter: Matter) -> tuple[str, list[str]]:
    """Return the states of a matter and of its lines."""
    state: str = Matter.get_by_id(matter.id).state
    return state, [line.state for line in lines_of(matter)]


def events_of(matter: Matter) -> list[tuple[int, str]]:
    """Return sequence and kind of the events."""
    rows = MatterEvent.select().where(MatterEvent.matter == matter.id).order_by(MatterEvent.id)
    return [(row.sequence, row.kind) for row in rows]


def confirm(
    services: Services, matter: Matter, account: Account, *roles: str, **evidence: Any
) -> Decided:
    """Confirm the account holder's lines, all of them or those with these roles."""
    who, own, digest = _of(matter, account)
    chosen = [line.public_id for line in own if not roles or line.role in roles]
    how = Evidence(**{"way": "face", "account_id": account.id, **evidence})
    with transaction():
        return changes.confirm_lines(
            services, matter.public_id, chosen, person=who, digest=digest, evidence=how
        )


def refuse(services: Services, matter: Matter, account: Account, reason: str = "not_me") -> Decided:
    """Refuse all of the account holder's lines."""
    who, own, digest = _of(matter, account)
    with transaction():
        return changes.refuse_lines(
            services,
            matter.public_id,
            [line.public_id for line in own],
            person=who,
            digest=digest,
            evidence=Evidence("app", account.id),
            refusal=changes.Refusal(reason),
        )


def accept(services: Services, matter: Matter, version: int | None = None) -> list[Line]:
    """Accept the present version, or a named one."""
    known = Matter.get_by_id(matter.id).version if version is None else version
    with transaction():
        return changes.accept(services, matter.public_id, known, actor="test")


def _of(matter: Matter, account: Account) -> tuple[changes.Person, list[Line], str]:
    fresh = Matter.get_by_id(matter.id)
    own = finding.own_lines(fresh, account)
    return changes.Person(account.id_number, account.name), own, content.digest_of(fresh, own)
