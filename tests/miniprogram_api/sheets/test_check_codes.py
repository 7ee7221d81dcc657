"""A check code shows what was decided, and whether the record is as it was signed."""

from collections.abc import Callable

import pytest

from config import parse_keys
from miniprogram_api.ledger import decision_records, signing
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sheets import check_codes
from models.matters.decisions import Decision
from models.matters.matters import CONFIRMED, LOST, Line
from tests.support.people.confirmed_matters import FIRM, THREE, confirmed
from tests.support.service.rules import Rules

ADDRESS = "192.0.2.7"


def verified(rules: Rules, code: str) -> check_codes.Verified | None:
    return check_codes.verify(rules.services, code, address=ADDRESS)


def first() -> Decision:
    return Decision.select().order_by(Decision.id).get()


def test_record_shows_matter_post_and_time_but_no_full_name(rules: Rules) -> None:
    confirmed(rules.services)
    found = verified(rules, first().code)
    assert found is not None
    assert (found.subject, found.matter_kind, found.roles) == (
        FIRM,
        "establishment",
        ("股东", "经理"),
    )
    assert (found.name, found.at) == ("王**", first().at)
    assert found.validity == CONFIRMED
    assert found.counts
    shown = repr(found)
    assert THREE[0].person.name not in shown
    assert THREE[0].person.id_number not in shown


@pytest.mark.parametrize("typed", [str.lower, check_codes.grouped, lambda code: f" {code} "])
def test_code_is_found_as_it_is_printed_or_typed(rules: Rules, typed: Callable[[str], str]) -> None:
    confirmed(rules.services)
    found = verified(rules, typed(first().code))
    assert found is not None
    assert found.code.replace("-", "") == first().code


@pytest.mark.parametrize("typed", ["", "ABCD", "0" * 500, "../../etc", "ＡＢＣ"])
def test_unknown_code_finds_nothing(rules: Rules, typed: str) -> None:
    confirmed(rules.services)
    assert verified(rules, typed) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lines", "[]"),
        ("way", "face"),
        ("at", 1_700_000_000_000),
        ("digest", "0" * 64),
        ("pictures", "{}"),
        ("matter", None),
        ("signature", "AAAA"),
        ("signature", None),
        ("public_key", "AAAA"),
    ],
)
def test_changed_record_is_not_genuine(rules: Rules, column: str, value: object) -> None:
    confirmed(rules.services)
    if column == "matter":
        value = confirmed(rules.services).id
    Decision.update({column: value}).where(Decision.id == first().id).execute()
    found = verified(rules, first().code)
    assert found is not None
    assert found.validity == check_codes.TAMPERED


def test_former_key_still_verifies_and_a_foreign_one_does_not(rules: Rules) -> None:
    from base64 import b64encode

    confirmed(rules.services)
    settings = rules.services.settings
    public = b64encode(signing.public_key(settings)).decode()
    new = b64encode(bytes(range(32))).decode()
    assert parse_keys("X", f"s2:{new}")
    turned = rules.with_settings(ledger_seal_keys=f"s2:{new},s1:{public}").settings
    assert decision_records.is_genuine(turned, first())
    foreign = rules.with_settings(ledger_seal_keys=f"s2:{new}").settings
    assert not decision_records.is_genuine(foreign, first())


def test_lost_line_does_not_count(rules: Rules) -> None:
    confirmed(rules.services)
    Line.update(state=LOST).where(Line.role == "经理").execute()
    found = verified(rules, first().code)
    assert found is not None
    assert found.validity == check_codes.LOST
    assert not found.counts


@pytest.mark.parametrize(
    ("typed", "has_form"),
    [
        ("0123-4567-89ab-cdef", True),
        ("T12-0123-4567-89AB", True),
        ("T0-0123-4567-89AB", False),
        ("0123-4567-89AB", False),
        ("0123-4567-89AB-CDEF-0", False),
        ("0" * 41, False),
        ("<script>", False),
    ],
)
def test_form_of_a_code(typed: str, has_form: bool) -> None:
    assert check_codes.has_form(typed) is has_form


def test_address_that_tries_many_codes_is_refused(rules: Rules) -> None:
    for _ in range(rules.services.settings.checks_per_address):
        assert verified(rules, "0" * 16) is None
    with pytest.raises(Refused) as caught:
        verified(rules, "0" * 16)
    assert caught.value.reason is Reason.TOO_MANY_ATTEMPTS
    assert caught.value.details["scope"] == "checks"
