"""Diagnosis of sources switched off by an operator."""

from faq.content.entries import Content
from miniprogram_api.operations import outages
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import activation, ask
from tests.support.service.rules import Rules

SMS, DATA, FACE = "sms_not_received", "verify_data_missing", "face_check_errors"
NOTICE = "短信通道维护中，预计下午恢复，请稍后再来。"


def off(source: str) -> None:
    outages.switch_off(source, NOTICE, None, actor="test")


def test_sms_outage_is_reported(rules: Rules, shipped: Content) -> None:
    visitor = Bot(rules.services, shipped, None)
    assert visitor.look(SMS).findings == ()
    off("sms")
    [finding] = visitor.look(SMS).findings
    assert (finding.message, finding.severity) == (NOTICE, "block")
    assert visitor.case(SMS) == 1
    # On the activation page the API names case 11 for it, and so does the bot.
    someone, session = person(number=91), wechat_session()
    token = activation(synced_account(someone).id, session)
    no = noted(
        session,
        lambda: ask(
            rules.services, someone.phone, session=session, purpose="activate", token=token
        ),
    )
    assert no.case == 11
    assert Bot(rules.services, shipped, session).case(SMS) == 11
    outages.switch_on("sms", actor="test")
    assert visitor.case(SMS) is None


def test_identity_source_outage_is_reported(rules: Rules, shipped: Content) -> None:
    off("face")
    visitor = Bot(rules.services, shipped, None)
    holder = Bot(rules.services, shipped, account_session(account_of(person(number=92))))
    assert visitor.codes(DATA, vague=True) == ["identity_source_busy"]
    # Who has no account is not there yet; who has one has the face before him.
    assert (visitor.case(DATA), holder.case(DATA)) == (None, 12)
    off("identity")
    assert (visitor.case(DATA), holder.case(DATA)) == (12, 12)
    off("ctid")
    assert visitor.codes(FACE).count("ctid_unavailable") == 1
