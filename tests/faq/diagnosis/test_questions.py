"""Questions back that a message already answers."""

import pytest

from faq.content import shipped
from faq.content.talk import QuestionBack
from faq.diagnosis.questions import is_answered

PREFIX, OLD_PHONE, FAILED_STEP, SIGN_IN_SAYS = (
    QuestionBack.model_validate(asked) for asked in shipped.part("questions_back")
)


@pytest.mark.parametrize(
    ("asked", "text", "answered"),
    [
        (PREFIX, "我的199收不到验证码", True),
        (PREFIX, "收不到验证码怎么办", False),
        (SIGN_IN_SAYS, "登录的时候弹出来一个提示说用户不存在，可是我明明注册过的呀", True),
        (SIGN_IN_SAYS, "登不上", False),
        (FAILED_STEP, "刷脸过不去", True),
        (FAILED_STEP, "过不了", False),
        (OLD_PHONE, "收不到验证码", False),
    ],
)
def test_answered_question_is_not_asked(asked: QuestionBack, text: str, answered: bool) -> None:
    assert is_answered(asked, text) == answered
