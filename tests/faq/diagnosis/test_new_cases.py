"""An eighteenth case, published without a line of code."""

import pytest

from faq.content.entries import Content
from faq.conversation.help import find_help, help_of
from faq.diagnosis.findings import Instead
from faq.release.publishing import Published, publish
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from tests.support.faq.diagnosis import Bot, noted, with_entry
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import PHONE
from tests.support.service.rules import Rules

SMS, NEW = "sms_not_received", "sms_code_refused"


@pytest.fixture(scope="module")
def content(shipped: Content) -> Content:
    """Return the shipped content with a new case in a family, in a question, for a Reason."""
    shipped = with_entry(shipped, "code_rejected", explains=())
    added = with_entry(
        shipped,
        NEW,
        case=18,
        title="收到验证码但提示不对",
        answer="请照最新一条短信填写。",
        variants={"no_code": {"answer": "还没有发过验证码，请先获取一条。"}},
        explains=["SMS_CODE_WRONG", "USERNAME_TAKEN", "no_code"],
        questions=["收到的验证码提示不对"],
        negatives=[],
    )
    families = [
        family.model_copy(
            update={"members": (*family.members, NEW), "named": (*family.named, NEW)}
            if SMS in family.named
            else {}
        )
        for family in added.families
    ]
    question = added.questions_back[0]
    reply = question.replies[0].model_copy(update={"entry": NEW})
    asked = question.model_copy(update={"replies": (reply, *question.replies[1:])})
    values = {**dict(added), "families": tuple(families), "questions_back": (asked,)}
    return Content.model_validate(Content.model_construct(**values).model_dump(by_alias=True))


def test_new_case_is_selected_within_its_family(rules: Rules, content: Content) -> None:
    session = wechat_session()
    bot = Bot(rules.services, content, session)
    assert bot.case(SMS) is None
    noted(
        session,
        lambda: sms_codes.prove(
            session=session,
            phone=PHONE,
            purpose="register",
            proof=PhoneProof("123456"),
        ),
        PHONE,
    )
    found = bot.look(SMS, vague=True)
    assert found.decided is content.by_slug[NEW]
    assert found.instead == Instead("还没有发过验证码，请先获取一条。")


def test_new_case_is_offered_as_a_reply(rules: Rules, content: Content) -> None:
    asked = Bot(rules.services, content, None).look(NEW, vague=True).question_back
    assert asked is not None
    assert asked.replies[0].entry == NEW


def test_new_case_explains_an_error_of_the_api(published: Published, content: Content) -> None:
    publish(content, after=1)
    found = help_of(Refused(Reason.USERNAME_TAKEN))
    assert found is not None
    assert (found["slug"], found["case"]) == (NEW, None)
    # The case of the Reason stays what clients know.
    wrong = find_help(Refused(Reason.SMS_CODE_WRONG))
    assert wrong is not None
    assert (wrong["slug"], wrong["case"]) == (NEW, Reason.SMS_CODE_WRONG.case)
