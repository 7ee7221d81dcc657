"""Questions back and their replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.content import shipped
from faq.content.talk import QuestionBack
from faq.diagnosis.questions import is_answered, understand

PREFIX, OLD_PHONE, FAILED_STEP, SIGN_IN_SAYS = (
    QuestionBack.model_validate(asked) for asked in shipped.part("questions_back")
)
PREFIX = PREFIX.model_copy(update={"id": "phone_prefix:199"})
RANGE, SMS, WRONG = "segment_199", "sms_not_received", "activation_wrong_phone"


def replies(asked: QuestionBack, slug: str | None, *texts: str) -> list[object]:
    return [pytest.param(asked, text, slug, id=f"{asked.id}-{text}") for text in texts]


def other(asked: QuestionBack, *texts: str) -> list[object]:
    return [pytest.param(asked, text, id=f"{asked.id}-{text}") for text in texts]


@pytest.mark.parametrize(
    ("asked", "text", "slug"),
    [
        *replies(PREFIX, RANGE, "是", "是的", "对", "对啊", "嗯", "嗯嗯", "没错", "Y", "是。"),
        *replies(PREFIX, RANGE, "199", "１９９", "一九九", "幺九九的", "19912345678", "199 12"),
        *replies(PREFIX, RANGE, "yes", "是199的"),
        *replies(PREFIX, SMS, "不是", "不是的", "否", "没有", "no", "N", "不", "不是，是138的"),
        *replies(PREFIX, SMS, "138", "13800138011", "一三八开头", "我的是186"),
        *replies(PREFIX, None, "不知道", "我也不清楚", "19", "你好", "", "  ", "怎么办", "忘了"),
        *replies(PREFIX, None, "是这样的我刷脸的时候一直提示核验数据缺失请问要怎么办才好"),
        *replies(FAILED_STEP, "face_check_errors", "刷脸", "刷脸时", "人脸那一步", "扫脸的时候"),
        *replies(FAILED_STEP, "verify_data_missing", "提交身份信息时", "填信息", "第一个"),
        *replies(FAILED_STEP, "long_term_id", "填长期的时候"),
        *replies(FAILED_STEP, "name_symbol", "名字里有·", "名字中间的点"),
        *replies(FAILED_STEP, "face_check_errors", "后面那个", "刷臉沒通過", "人脸那步卡住了"),
        *replies(FAILED_STEP, "verify_data_missing", "前者", "名字填错了", "填身份证有效期的时候"),
        *replies(FAILED_STEP, None, "不知道", "是", "嗯"),
        *replies(SIGN_IN_SAYS, "user_not_found", "用户不存在", "不存在", "第一个"),
        *replies(SIGN_IN_SAYS, "password_still_wrong", "密码错误", "密码", "说我密码不对"),
        *replies(SIGN_IN_SAYS, "activation_flow", "需要激活", "激活", "让我激活"),
        *replies(SIGN_IN_SAYS, "activation_flow", "第三个", "提示账号未激活"),
        *replies(SIGN_IN_SAYS, "password_still_wrong", "一直说密码错误", "mima cuowu"),
        *replies(SIGN_IN_SAYS, None, "都不是", "不清楚", "第五个"),
        *replies(OLD_PHONE, SMS, "能", "能收", "可以", "可以的", "还在用", "在用", "是的"),
        *replies(OLD_PHONE, WRONG, "不能", "不能了", "早就停机了", "收不到", "没用了"),
        *replies(OLD_PHONE, WRONG, "号码换了", "不是我的"),
        *replies(OLD_PHONE, SMS, "嗯嗯", "能收到短信"),
        *replies(OLD_PHONE, WRONG, "不行", "那个号给别人了", "不在用了", "手机丢了"),
        *replies(OLD_PHONE, None, "不记得了", "66"),
        *replies(PREFIX, RANGE, "對", "不是138，是199", "我的手机号是199开头的", "嗯 是的，谢谢"),
        *replies(PREFIX, SMS, "不是199", "不是199的号段", "也不是", "唔係", "我用的是158的号"),
    ],
)  # fmt: skip
def test_replies_are_understood(asked: QuestionBack, text: str, slug: str | None) -> None:
    assert understand(asked.id, text) == slug


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        # It did not help.
        *other(PREFIX, "没用", "不行", "没反应", "不好使", "没有用的", "还是不行", "就是不行"),
        *other(OLD_PHONE, "没用", "没反应", "还是不行", "不好使"),
        # It did, or he needs no more.
        *other(PREFIX, "可以了", "行了", "好了", "没事了，谢谢", "不用了", "没了", "嗯嗯，谢谢"),
        *other(OLD_PHONE, "可以了", "行了", "收到", "没事了", "有用"),
        # Another matter, or another question.
        *other(PREFIX, "没有智能手机怎么办", "没法激活", "无法刷脸怎么办", "199不行"),
        *other(PREFIX, "对公账户怎么开", "是不是", "是吗", "可以用家里人的号吗", "有人工吗"),
        *other(FAILED_STEP, "收不到注册验证码", "身份证被别人注册了怎么办", "注册公司要多少钱"),
        *other(FAILED_STEP, "怎么变更注册地址", "身份证丢了", "刷脸怎么弄", "提交完了，谢谢"),
        *other(SIGN_IN_SAYS, "激活收不到验证码", "密码重置收不到验证码", "没法激活", "密码忘了"),
        *other(OLD_PHONE, "换了手机怎么办", "收不到验证码", "不是这个问题", "没有智能手机怎么办"),
    ],
)  # fmt: skip
def test_message_with_its_own_subject_is_no_reply(asked: QuestionBack, text: str) -> None:
    assert understand(asked.id, text) is None


@given(
    st.sampled_from([PREFIX.id, FAILED_STEP.id, SIGN_IN_SAYS.id, OLD_PHONE.id, "unknown", ":", ""]),
    st.text(max_size=60),
)
def test_any_text_is_read_without_an_error(question_id: str, text: str) -> None:
    assert understand(question_id, text) is None or question_id.partition(":")[0] in (
        "phone_prefix",
        "failed_step",
        "sign_in_says",
        "old_phone",
    )


def test_a_question_of_another_release_is_not_understood() -> None:
    assert understand("who_knows", "是") is None


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
