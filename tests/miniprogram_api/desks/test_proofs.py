"""Manual verification replaces the automatic proofs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.enrolment import activation, registration
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals, deciding
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.accounts.verifications import IdentityCheck
from tests.support.admin.staff import member_of
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import form, synced_account
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"


def wechat(openid: str) -> SessionInfo:
    return SessionInfo(sessions.start(openid, None).token_hash, openid, None)


@BOTH
def test_manually_verified_phone_replaces_one_code_of_its_opener(rules: Rules) -> None:
    someone, member = person(number=3), member_of("centre")
    session = wechat("o-zhang")
    opened = tickets.open_ticket(
        rules.services,
        kind="phone_verification",
        account_id=None,
        openid="o-zhang",
        source="user",
        subject=Subject(phone=someone.phone),
    )
    ticket_desk.claim(member, opened.id)
    centre_acts.verify_phone(member, opened.id, "回拨电话核实")

    with pytest.raises(Refused) as stranger:
        registration.register(
            rules.services, form(someone, None), session=wechat("o-li"), address=ADDRESS
        )
    assert stranger.value.reason is Reason.INVALID_INPUT
    done = registration.register(
        rules.services, form(someone, None), session=session, address=ADDRESS
    )

    assert done.account.phone_verified_by == "manual"
    assert rules.sandbox.calls("SendSms") == []
    other = person(number=4, phone=someone.phone)
    with pytest.raises(Refused) as again:
        registration.register(
            rules.services, form(other, None), session=wechat("o-zhang"), address=ADDRESS
        )
    assert again.value.reason is Reason.INVALID_INPUT


def file_phone(someone: Person, **changes: str) -> None:
    """Let a clerk file the phone of a person, and the centre verify it."""
    subject = Subject(someone.name, someone.id_number, phone=someone.phone)
    row, _ = window_desk.file_ticket(
        member_of("clerk"), "phone_verification", replace(subject, **changes), "收不到短信"
    )
    centre = member_of("centre")
    ticket_desk.claim(centre, row.number)
    centre_acts.verify_phone(centre, row.number, "回拨电话核实")


def test_phone_filed_again_replaces_the_one_filed_by_mistake(rules: Rules) -> None:
    someone, clerk = person(number=5), member_of("clerk")
    wrong = Subject("别人", someone.id_number, phone=make_phone(9))
    row, _ = window_desk.file_ticket(clerk, "phone_verification", wrong, "收不到短信")
    first = member_of("centre")
    ticket_desk.claim(first, row.number)
    right = Subject(someone.name, someone.id_number, phone=someone.phone)
    again, _ = window_desk.file_ticket(clerk, "phone_verification", right, "号码写错了")
    assert again.number == row.number
    # Claimed again, so that no member verifies a phone that was not seen.
    with pytest.raises(Refused) as refused:
        centre_acts.verify_phone(first, row.number, "回拨电话核实")
    assert refused.value.reason is Reason.TICKET_OF_OTHERS
    ticket_desk.claim(first, row.number)
    centre_acts.verify_phone(first, row.number, "回拨电话核实")
    done = registration.register(
        rules.services, form(someone, None), session=wechat("o-any"), address=ADDRESS
    )
    assert done.account.phone_verified_by == "manual"


def test_filed_phone_needs_a_name_whether_or_not_there_is_an_account(rules: Rules) -> None:
    """Otherwise the refusal tells, without a trace, who has an account."""
    someone = person(number=5)
    synced_account(someone)
    for id_number in (someone.id_number, person(number=6).id_number):
        with pytest.raises(Refused) as refused:
            window_desk.file_ticket(
                member_of("clerk"),
                "phone_verification",
                Subject(id_number=id_number, phone=someone.phone),
                "收不到短信",
            )
        assert refused.value.details["fields"][0]["field"] == "name"


def refusal(rules: Rules, someone: Person, **changes: object) -> Reason:
    with pytest.raises(Refused) as refused:
        registration.register(
            rules.services, form(someone, None, **changes), session=wechat("o-any"), address=ADDRESS
        )
    assert refused.value.details["fields"][0]["field"] == "sms_code"
    return refused.value.reason


@BOTH
def test_manually_verified_phone_of_a_person_is_for_that_person_and_phone(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = person(number=6)
    file_phone(someone)
    other = person(number=7, phone=someone.phone)
    assert refusal(rules, other) is Reason.INVALID_INPUT
    assert refusal(rules, replace(someone, phone=make_phone(8))) is Reason.INVALID_INPUT
    assert refusal(rules, replace(someone, name="别人")) is Reason.INVALID_INPUT
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + timedelta(days=3, seconds=1))
        assert refusal(rules, someone) is Reason.INVALID_INPUT

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2, hours=23))
    with pytest.raises(Refused) as consent:
        # A refusal after the proof does not use it up.
        registration.register(
            rules.services,
            form(someone, None, consent_version="0"),
            session=wechat("o-any"),
            address=ADDRESS,
        )
    assert consent.value.reason is Reason.CONSENT_OUTDATED
    done = registration.register(
        rules.services, form(someone, None), session=wechat("o-any"), address=ADDRESS
    )
    assert done.account.phone_verified_by == "manual"
    assert rules.sandbox.calls("SendSms") == []
    assert refusal(rules, someone) is Reason.INVALID_INPUT


def test_ticket_of_a_wechat_user_proves_no_phone_of_the_person_named(rules: Rules) -> None:
    someone, member = person(number=6), member_of("centre")
    opened = tickets.open_ticket(
        rules.services,
        kind="phone_verification",
        account_id=None,
        openid="o-thief",
        source="user",
        subject=Subject(someone.name, someone.id_number, phone=someone.phone),
    )
    ticket_desk.claim(member, opened.id)
    centre_acts.verify_phone(member, opened.id, "回拨电话核实")
    assert refusal(rules, someone) is Reason.INVALID_INPUT


def test_filing_a_phone_without_an_account_needs_the_name(rules: Rules) -> None:
    with pytest.raises(Refused) as refused:
        file_phone(person(number=6), name=None)  # type: ignore[arg-type]
    assert refused.value.details["fields"][0]["field"] == "name"


def test_manually_verified_phone_activates_the_synced_account_of_the_person(rules: Rules) -> None:
    someone, session = person(number=6), wechat("o-any")
    synced_account(someone)
    file_phone(someone)
    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    proved = activation.prove_phone(
        rules.services,
        started.activation_token,
        phone_text=someone.phone,
        sms_code=None,
        phone_proof=None,
        session=session,
        address=ADDRESS,
    )
    assert proved.expires_in > 0


@BOTH
def test_identity_cleared_by_two_clerks_passes_with_the_same_elements_only(
    rules: Rules,
) -> None:
    someone = person("张不符", number=5)
    first, second = member_of("centre"), member_of("centre")
    opened = tickets.open_ticket(
        rules.services,
        kind="identity_review",
        account_id=None,
        openid="o-zhang",
        source="user",
        subject=Subject(
            someone.name,
            someone.id_number,
            someone.valid_from,
            someone.four_elements["valid_until"],
        ),
    )

    def register(**changes: object) -> registration.Registered:
        session = wechat("o-zhang")
        phone_proofs.prove_manually(someone.phone, openid="o-zhang", account_id=None)
        return registration.register(
            rules.services, form(someone, None, **changes), session=session, address=ADDRESS
        )

    with pytest.raises(Refused) as before:
        register()
    assert before.value.reason is Reason.FOUR_ELEMENTS_MISMATCH
    ticket_desk.claim(first, opened.id)
    approval = approvals.request(first, opened.id, "clear_identity", reason="户籍证明一致")
    deciding.decide(rules.services, second, approval, agrees=True, reason="")

    with pytest.raises(Refused) as otherwise:
        register(name="张不符合")
    assert otherwise.value.reason is Reason.FOUR_ELEMENTS_MISMATCH
    asked = len(rules.sandbox.calls("CheckIdNameDate"))
    assert register().account.level == 3
    assert len(rules.sandbox.calls("CheckIdNameDate")) == asked
    assert Account.select().count() == 1
    last = IdentityCheck.select().order_by(IdentityCheck.id.desc()).first()
    assert (last.source, last.outcome, last.source_request_id) == ("centre", "match", None)
