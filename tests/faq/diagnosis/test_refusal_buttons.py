"""Buttons after a failed identity check avoid actions that would be refused."""

from typing import Any

import pytest

from faq.content.entries import Content
from faq.diagnosis.findings import Diagnosis
from faq.diagnosis.refusal_buttons import (
    CARD_PHOTO,
    CLEAR_LIMIT,
    CORRECT_DATES,
    CTID,
    MANUAL,
    NETWORK_AGAIN,
    REGISTER,
    RESET_PASSWORD,
    REVIEW,
    SEND_AGAIN,
    VERIFYING,
    WINDOWS,
    Button,
    first_after,
    hidden_after,
)
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import ADDRESS, account_of, account_session
from tests.support.people.persons import Person, person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import form, sent_code, wechat_session
from tests.support.service.rules import Rules

DATA = "verify_data_missing"


def refused(rules: Rules, of: Person, session: SessionInfo, purpose: str) -> Refused:
    """Run one check at the source that fails."""
    elements = IdentityElements(of.name, of.id_number, of.valid_from, of.valid_until)
    with pytest.raises(Refused) as caught:
        verification.verify(
            rules.services, elements, session=session, address=ADDRESS, purpose=purpose
        )
    return caught.value


def buttons(found: Diagnosis) -> list[str]:
    return [action[action["type"]] for action in found.actions]


def test_card_refused_as_invalid_leads_to_a_window(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    no = refused(rules, person("王秀英无效", number=64), session, "register")
    assert no.reason is Reason.IDENTITY_INVALID
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert "重试无效" in found.findings[0].message
    assert "还可试" not in found.findings[0].message
    assert buttons(found) == [WINDOWS["page"]]
    assert REGISTER["page"] in [button[button["type"]] for button in found.hidden]
    assert "再提交也不会通过" in found.instead.answer


@pytest.mark.parametrize("name", ["王秀英不符", "王秀英源忙"])
def test_changing_dates_offers_no_registration(rules: Rules, shipped: Content, name: str) -> None:
    someone = person(name, number=65)
    session = account_session(account_of(someone))
    refused(rules, someone, session, "dates")
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert buttons(found)[0] == CORRECT_DATES["page"]
    assert REGISTER in found.hidden


@pytest.mark.parametrize(
    ("reason", "details", "first"),
    [
        (Reason.FACE_MISMATCH, {"attempts_left": 4}, [CLEAR_LIMIT, WINDOWS]),
        (Reason.FACE_MISMATCH, {"attempts_left": 0}, [WINDOWS]),
        (Reason.FACE_NOT_FINISHED, {"cause": "cancelled"}, [CLEAR_LIMIT, WINDOWS]),
        (Reason.FACE_NO_PHOTO, {}, [WINDOWS]),
    ],
)
def test_face_check_without_an_account_offers_nothing_that_needs_one(
    reason: Reason, details: dict[str, object], first: list[dict[str, str]]
) -> None:
    no = Refused(reason, purpose="clear_limit", **details)
    assert list(first_after(no)) == first
    assert {str(button) for button in VERIFYING} <= {str(button) for button in hidden_after(no)}


def test_codes_of_the_hour_used_up_offer_no_new_code() -> None:
    full, other = (
        Refused(Reason.SMS_UNAVAILABLE, side=side, retry_after=60) for side in ("rate", "gateway")
    )
    assert {SEND_AGAIN["retry"], NETWORK_AGAIN["retry"]} == {b["retry"] for b in hidden_after(full)}
    assert SEND_AGAIN not in hidden_after(other)


def test_window_document_offers_no_new_attempt(rules: Rules, shipped: Content) -> None:
    someone, session = person(number=66), wechat_session()
    given = form(someone, sent_code(someone.phone), id_number="USA110000010001")
    no = noted(session, lambda: register(rules, given, session))
    assert no.reason is Reason.DOCUMENT_NEEDS_WINDOW
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert buttons(found) == [MANUAL["ticket"], WINDOWS["page"]]


def test_expired_card_offers_date_change_only_with_an_account(
    rules: Rules, shipped: Content
) -> None:
    someone, session = person(number=67), wechat_session()
    given = form(
        someone, sent_code(someone.phone), valid_from="2005-01-01", valid_until="2025-01-01"
    )
    assert noted(session, lambda: register(rules, given, session)).reason is Reason.INVALID_INPUT
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert found.decided is shipped.by_slug["expired_card"]
    assert CORRECT_DATES in found.hidden


def test_warning_is_not_reported_as_a_failure(rules: Rules, shipped: Content) -> None:
    someone, session = person("钱公司", number=68), wechat_session()
    given = form(someone, sent_code(someone.phone))
    no = noted(session, lambda: register(rules, given, session))
    assert no.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    found = Bot(rules.services, shipped, session).look(DATA, vague=True)
    assert "还没送去核验" in found.instead.answer
    assert "点确认" in found.instead.steps[-1]


def test_registered_account_offers_no_registration(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    refused(rules, person("王秀英不符", number=69), session, "register")
    someone = person("王秀英", number=69)
    register(rules, form(someone, sent_code(someone.phone)), session)
    account = Account.get(Account.identity_index.matches(someone.id_number))
    found = Bot(rules.services, shipped, account_session(account)).look(DATA)
    assert "identity_matched" in [finding.code for finding in found.findings]
    assert REGISTER in found.hidden


@pytest.mark.parametrize(
    ("reason", "details", "ways"),
    [
        (Reason.FOUR_ELEMENTS_MISMATCH, {"by_photo": True}, [CARD_PHOTO, REVIEW, WINDOWS]),
        (Reason.IDENTITY_NO_RECORD, {}, [REVIEW, WINDOWS]),
        (Reason.FACE_MISMATCH, {}, [CTID, WINDOWS]),
        (Reason.WRONG_PASSWORD, {}, [RESET_PASSWORD]),
    ],
)
def test_second_miss_offers_stronger_ways_first(
    reason: Reason, details: dict[str, Any], ways: list[Button]
) -> None:
    assert not {*map(str, first_after(Refused(reason, **details, attempts_left=4)))} & {
        *map(str, ways)
    }
    for left in (3, 2, 1):
        assert list(first_after(Refused(reason, **details, attempts_left=left))) == ways
    # A photo needs one try more.
    last = [way for way in ways if way != CARD_PHOTO]
    assert list(first_after(Refused(reason, **details, attempts_left=0))) == last


def test_second_wrong_code_offers_another_and_a_window() -> None:
    assert list(first_after(Refused(Reason.SMS_CODE_WRONG, tries_left=4))) == []
    assert list(first_after(Refused(Reason.SMS_CODE_WRONG, tries_left=3))) == [SEND_AGAIN, WINDOWS]
