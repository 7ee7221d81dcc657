"""Diagnosis of registrations."""

from datetime import date

import pytest

from faq.content.entries import Content, without
from faq.diagnosis.refusal_buttons import ACTIVATE, CORRECT_PHONE, FACE, REGISTER
from faq.matching.matcher import Matcher
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.enrolment import registration
from miniprogram_api.reasons import Reason
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.accounts.activations import Activation
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import ADDRESS, account_of, account_session
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import form, sent_code, synced_account, wechat_session
from tests.support.people.sms_codes import activation, ask
from tests.support.service.rules import Rules

GUIDE, TAKEN = "registration_guide", "identity_taken"
SOMEONE = person("王秀英", number=41)
BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def refused(services: Services, session: SessionInfo) -> Reason:
    """Return the API's refusal to register a known identity."""
    given = form(SOMEONE, sent_code(SOMEONE.phone))
    return noted(
        session,
        lambda: registration.register(services, given, session=session, address=ADDRESS),
    ).reason


@BOTH
def test_registered_identity_is_reported(rules: Rules, shipped: Content) -> None:
    account, session = account_of(SOMEONE), wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.codes(GUIDE, question="注册不了") == ["no_account"]
    assert refused(rules.services, session) is Reason.ALREADY_REGISTERED
    found = bot.look(GUIDE, question="注册不了")
    assert found.decided is shipped.by_slug["identity_taken"]
    assert found.findings[0].code == "already_registered"
    assert found.actions[0]["page"] == "pages/sign-in/index"
    # Who asks how it is done is told that, and what stands in his way beside it.
    asked = bot.look(GUIDE, question="怎么注册")
    assert asked.decided is None
    assert asked.findings[0].code == "already_registered"
    signed_in = Bot(rules.services, shipped, account_session(account))
    assert signed_in.codes(GUIDE, question="注册不了") == ["account_active"]
    # The account is no more, so he can.
    Account.update(status="cancelled").execute()
    assert bot.look(GUIDE, question="注册不了").decided is None


def test_unactivated_account_is_reported(rules: Rules, shipped: Content) -> None:
    account, session = synced_account(SOMEONE), wechat_session()
    assert refused(rules.services, session) is Reason.ACTIVATION_REQUIRED
    found = Bot(rules.services, shipped, session).look(GUIDE, question="注册失败怎么办")
    assert found.decided is shipped.by_case[9]
    assert found.actions[0]["page"] == "pages/activation/index"
    # It was activated since.
    Account.update(status="active").where(Account.id == account.id).execute()
    assert (
        Bot(rules.services, shipped, session).look(GUIDE, question="注册失败怎么办").decided is None
    )


def test_synced_account_is_no_identity_dispute(rules: Rules, shipped: Content) -> None:
    account, session = synced_account(SOMEONE), wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.look(TAKEN, question="是不是被人冒用了").decided is None
    refused(rules.services, session)
    for question in ("我从来没注册过", "是不是被人冒用了"):
        found = bot.look(TAKEN, question=question)
        assert found.decided is shipped.by_case[9]
        assert "一般不是别人注册的" in found.findings[0].message
        assert found.actions[0]["page"] == "pages/activation/index"
    # In whose name a company stands is another matter.
    found = bot.look(TAKEN, question="我被人冒名当了法人")
    assert (found.decided, found.findings[0].code) == (None, "activation_required")
    Account.update(status="active").where(Account.id == account.id).execute()
    assert bot.look(TAKEN, question="我从来没注册过").findings == ()


def test_failed_check_does_not_decide_on_an_identity_dispute(
    rules: Rules, shipped: Content
) -> None:
    session = wechat_session()
    given = form(SOMEONE, sent_code(SOMEONE.phone), valid_until="长期")
    noted(
        session,
        lambda: registration.register(rules.services, given, session=session, address=ADDRESS),
    )
    bot = Bot(rules.services, shipped, session)
    assert bot.look(GUIDE, question="注册失败").decided is not None
    assert bot.look(TAKEN, question="提示身份已注册过，不是我注册的").decided is None


@BOTH
def test_child_is_sent_to_a_window(rules: Rules, shipped: Content, matcher: Matcher) -> None:
    child, session = person("李小明", number=42, birth=date(2016, 5, 1)), wechat_session()
    given = form(child, sent_code(child.phone))
    no = noted(
        session,
        lambda: registration.register(rules.services, given, session=session, address=ADDRESS),
    )
    assert (no.reason, no.case) == (Reason.DOCUMENT_NEEDS_WINDOW, None)
    bot = Bot(rules.services, shipped, session)
    for slug, question in ((GUIDE, "注册不了"), ("verify_data_missing", "提交不了")):
        found = bot.look(slug, question=question, vague=True)
        assert found.decided is shipped.by_slug["other_documents"]
        assert "未满14周岁的，请由监护人陪同" in found.findings[0].message
        assert [action["page"] for action in found.actions] == ["pages/windows/index"]
        assert found.question_back is None
    asked = bot.look(GUIDE, question="怎么注册")
    assert asked.decided is None
    found = bot.diagnose(matcher.match("提交不了"), "提交不了")
    assert found.decided is shipped.by_slug["other_documents"]


def test_advice_about_the_account_knows_of_the_activation(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    token = activation(synced_account(SOMEONE).id, session)
    bot = Bot(rules.services, shipped, session)
    assert bot.codes("user_not_found") == ["activation_under_way"]
    found = bot.look(GUIDE)
    assert (found.state, found.actions) == ("activating", (ACTIVATE,))
    assert {REGISTER["page"], FACE["page"]} <= {button.get("page") for button in found.hidden}
    assert bot.look("change_phone").state == bot.look("forgot_password").state == "activating"
    other = make_phone(42)
    code = {"session": session, "purpose": "activate", "token": token}
    noted(session, lambda: ask(rules.services, other, **code), other)
    found = bot.look("change_phone")
    assert (found.state, found.actions) == ("activating", (CORRECT_PHONE,))
    Activation.update(step=2).execute()
    for slug in (GUIDE, "change_phone", "forgot_password"):
        found = bot.look(slug)
        assert (found.state, found.actions) == ("password_step_left", (ACTIVATE,))
        # Only the activation can go on.
        assert without(shipped.by_slug[slug].buttons, found.hidden) == []
