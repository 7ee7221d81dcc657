import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.content.seed import load
from faq.conversation.turns.handover_intent import calls_in

WHOLE = (
    "人工",
    "转人工",
    "找人",
    "給我轉人工客服",
    "有没有人工？",
    "找个真人",
    "zhuan rengong",
    "客服",
    "搵客服",
    "转接坐席",
    "我要跟人讲",
    "能不能打个电话给我",
    "麻烦叫人给我回个电话",
)
# The call, and what else is said.
INSIDE = (
    ("我要投诉，转人工", "我要投诉"),
    ("转人工啊气死我了", "气死我"),
    ("不想跟机器人说，转人工", "不想跟机器人说"),
    ("机器人滚，要人工", "机器人滚"),
    ("转人工 收不到验证码", "收不到验证码"),
    ("轉人工，收不到驗證碼", "收不到验证码"),
    ("收不到验证码 人工", "收不到验证码"),
    ("收不到验证码转人工", "收不到验证码"),
    ("人工 验证码收不到", "验证码收不到"),
    ("我想找人工问一下激活的事", "问一下激活的事"),
    ("你听不懂，换个人", "你听不懂"),
    ("能不能帮我转人工处理一下我的账号", "我的账号"),
    ("我不要机器人我要人工", ""),
    ("没有人工吗", ""),
    ("我想跟真人说话，刷脸不过", "刷脸不过"),
    ("怎么转人工", ""),
)


@pytest.mark.parametrize("message", WHOLE)
def test_call_for_staff_is_recognised(message: str) -> None:
    assert calls_in(message).wants_human
    assert not calls_in(message).rest


@pytest.mark.parametrize(("message", "rest"), INSIDE)
def test_call_for_staff_inside_a_message_is_recognised(message: str, rest: str) -> None:
    calls = calls_in(message)
    assert calls.wants_human
    assert rest in calls.rest
    # What was called for is not among it any more.
    assert not calls_in(calls.rest).wants_human


@pytest.mark.parametrize(
    "message",
    [
        "要不要转人工",
        "要不转人工吧",
        "怎么还不转人工",
        "再不转人工我就投诉",
        "为什么转不了人工",
        "不给转人工吗",
    ],
)
def test_negation_of_another_word_does_not_refuse_the_call(message: str) -> None:
    assert calls_in(message).wants_human


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("不要转人工", ""),
        ("别转人工", ""),
        ("先不转人工", ""),
        ("不用人工", ""),
        ("不需要人工", ""),
        ("别给我转人工客服", ""),
        ("不要转人工，告诉我怎么激活", "告诉我怎么激活"),
    ],
)
def test_refusal_of_staff_is_recognised(message: str, rest: str) -> None:
    calls = calls_in(message)
    assert (calls.wants_human, calls.refuses_human, calls.rest) == (False, True, rest)


@pytest.mark.parametrize(
    "message",
    [
        # About people, and what only sounds like them.
        "有人吗",
        "人工核验怎么办",
        "人工核验在哪里办",
        "窗口人工核验",
        "窗口人工核验要带什么",
        "窗口 人工 核验 怎么弄",
        "有没有人工窗口",
        "需要人工审核吗",
        "不需要人工核验吧",
        "怎么转人工核验",
        "我的申请转人工审核了，要等多久",
        "转人工要等多久",
        "可以人工激活吗",
        "人工注册要带什么",
        "去窗口找人工",
        "人工几点上班",
        "人工智能是什么",
        "我要人脸识别",
        "我要真人刷脸吗",
        "找人代办可以吗",
        "我跟人说好了用他的手机号",
        "刚才有人给我打电话说我注册了公司",
        "能给我打电话发验证码吗",
        "你们什么时候能给我打电话",
        "提示请联系我们",
        "不想跟人说话",
        "转让股权",
        "法人换人了，怎么变更",
        "人",
        # About how they are reached.
        "客服电话是多少",
        "人工客服在哪里",
        "怎么联系客服",
        "联系微信客服",
        "我找过客服了没用",
        # What was read or heard, and a form of address.
        "操作失败，请联系客服",
        "提示请联系客服",
        "工作人员让我重新注册",
        "你是机器人还是真人",
        "客服，我收不到验证码",
        "客服你好，我激活不了",
    ],
)
def test_similar_words_are_no_call(message: str) -> None:
    calls = calls_in(message)
    assert (calls.wants_human, calls.refuses_human) == (False, False)


def test_question_about_manual_service_is_no_call() -> None:
    calling = {
        question
        for entry in load().entries
        if entry.slug != "human_help"
        for question in entry.questions
        if calls_in(question).wants_human
    }
    assert calling == {"折腾死人了，给我来个人工", "搞了半天搞不起，能不能人工"}


def test_change_of_an_office_holder_is_no_call() -> None:
    for message in ("监事，换人，怎么变更", "换人，法人", "转人，股权"):
        assert not calls_in(message).wants_human
    assert calls_in("换人").wants_human


def test_distress_is_recognised_anywhere_in_a_message() -> None:
    for message in ("办了三天都办不成，真的不想活了。", "再这样我就去跳樓"):
        assert calls_in(message).is_distress
    assert not calls_in("急死人了，气死我了，手机死机了").is_distress
    for near_miss in (
        "公司在网上吊销了怎么恢复",
        "营业执照马上吊销了怎么办",
        "年轻生意人怎么注册公司",
        "早上吊装公司怎么注册",
        "线上吊牌厂怎么注册",
        "亲自残疾人证可以吗",
        "跳楼价，自杀式价格，想死亡登记，想死心了",
        "公司实在活不下去了，怎么注销",
        "轻生活馆怎么核名",
    ):
        assert not calls_in(near_miss).is_distress, near_miss
    for meant in ("公司活不下去，我也活不下去了", "昨晚上吊没死成", "人还年轻，可是想轻生"):
        assert calls_in(meant).is_distress, meant
    both = calls_in("不想活了，转人工")
    assert (both.is_distress, both.wants_human) == (True, True)


@given(st.text(alphabet="不要转找人工客服真的联系我在窗口核验， 。!a", max_size=300))
def test_reading_a_message_is_fast(message: str) -> None:
    calls = calls_in(message)
    assert not (calls.wants_human and calls.refuses_human)
    assert len(calls.rest) <= len(message) + 1
