"""One act of each kind that is held, done by a clerk at a window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from miniprogram_api.captures.evidence import Evidence
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import matter_confirmations
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.matter_confirmations import Sitting
from models.accounts.accounts import Account
from models.matters.matters import Line, Matter
from tests.support.admin.holds import DENIED, SEEN, denied_account, register
from tests.support.admin.on_site import PHOTO, on_site
from tests.support.matters.matters import PEOPLE, matter_of, named, verified
from tests.support.people import photos
from tests.support.people.accounts import account_of
from tests.support.people.persons import Person, person
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules

CHILD = person("张小宝", birth=date(2016, 5, 1), sequence=991, issued=date(2024, 6, 3))
FOREIGN = person("张三丰", number=62, area="911156")
PLAIN = person("张三丰", number=63)
PARENT = PEOPLE[1]


@dataclass(frozen=True)
class Held:
    """What is held: the request, and the phone that hears about it."""

    request_id: int
    someone: Person
    phone: str
    in_matter: bool = False

    def require_no_effect(self) -> None:
        """Fail when the person got a level or a confirmed line."""
        if self.in_matter:
            assert {line.state for line in Line.select()} == {"pending"}
            return
        for account in Account.select():
            assert (account.level, account.verified_by) == (3, None)


Holding = Callable[[Rules, StaffMember], Held]


def _verified_of(someone: Person, evidence: Evidence, outcome: str = "match") -> Holding:
    def hold(_rules: Rules, clerk: StaffMember) -> Held:
        if Account.get_or_none(Account.identity_index.matches(someone.id_number)) is None:
            denied_account(someone, outcome) if outcome != "match" else account_of(someone)
        seen = replace(SEEN, taken=on_site(["id_card"], "", evidence=evidence).taken)
        done = window_desk.verify_on_site(clerk, someone.id_number, seen)
        assert not done.effective
        return Held(done.verification_id, someone, someone.phone)

    return hold


def _registration(rules: Rules, clerk: StaffMember) -> Held:
    return Held(register(rules, clerk=clerk).verification_id, DENIED, DENIED.phone)


def _minor_in_a_matter(rules: Rules, clerk: StaffMember) -> Held:
    matter = Matter.get_or_none()
    if matter is None:
        verified(CHILD, phone=None, phone_index=None), verified(PARENT)
        matter = matter_of(rules.services, [named(CHILD)])
    guardian = Guardian(PARENT.name, PARENT.id_number, "父亲", proof="birth_certificate")
    (done,) = matter_confirmations.confirm_on_site(
        rules.services,
        clerk,
        [line.public_id for line in Line.select().where(Line.matter == matter.id)],
        Sitting(on_site=SEEN, photo=photos.portrait(), signature=signature(), guardian=guardian),
        address="192.0.2.1",
    )
    assert not done.effective
    assert done.review_id is not None
    return Held(done.review_id, CHILD, PARENT.phone, in_matter=True)


HELD: Mapping[str, Holding] = {
    "mismatch": _verified_of(DENIED, PHOTO, "mismatch"),
    "no_record": _verified_of(DENIED, PHOTO, "no_record"),
    "registration": _registration,
    "low_comparison": _verified_of(PLAIN, replace(PHOTO, comparison=10.0)),
    "no_evidence": _verified_of(PLAIN, Evidence(reasons={"photo": "refused"})),
    "foreign_document": _verified_of(FOREIGN, PHOTO),
    "minor": _verified_of(CHILD, PHOTO),
    "minor_in_a_matter": _minor_in_a_matter,
}
"""Name → what holds an act; a second call does so again for the same person."""
