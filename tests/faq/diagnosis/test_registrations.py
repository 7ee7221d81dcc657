"""Registering: what the last try met, for whoever says no more than that it does not work."""

import pytest

from faq.entries import Content
from miniprogram_api import registration
from miniprogram_api.reasons import Reason
from miniprogram_api.services import Services
from miniprogram_api.sessions import SessionInfo
from models.accounts import Account
from tests.support.accounts import ADDRESS, account_of, account_session
from tests.support.diagnosing import Bot, noted
from tests.support.people import person
from tests.support.registrations import form, sent_code, synced_account, wechat_session
from tests.support.rules import Rules

GUIDE, SOMEONE = "registration_guide", person("王秀英", number=41)
BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def refused(services: Services, session: SessionInfo) -> Reason:
    """Why the API does not register the identity that is known already."""
    given = form(SOMEONE, sent_code(SOMEONE.phone))
    return noted(
        session,
        lambda: registration.register(services, given, session=session, address=ADDRESS),
    ).reason


@BOTH
def test_an_identity_that_is_registered_already(rules: Rules, shipped: Content) -> None:
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


def test_an_account_that_waits_to_be_activated(rules: Rules, shipped: Content) -> None:
    account, session = synced_account(SOMEONE), wechat_session()
    assert refused(rules.services, session) is Reason.ACTIVATION_REQUIRED
    found = Bot(rules.services, shipped, session).look(GUIDE, question="注册失败怎么办")
    assert found.decided is shipped.by_case[9]
    assert found.actions[0]["page"] == "pages/activation/index"
    # Somebody activated it since.
    Account.update(status="active").where(Account.id == account.id).execute()
    assert (
        Bot(rules.services, shipped, session).look(GUIDE, question="注册失败怎么办").decided is None
    )
