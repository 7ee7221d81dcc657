import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import faq_quality
from faq import evaluation, seed
from faq.entries import Content
from faq.matching import MOST_OPTIONS, Matcher, compile_matcher, resemblance

REPOSITORY = Path(__file__).parents[2]

# None of these is an example of the shipped content.
UNSEEN = [
    ("等了老半天也没见到验证的短信进来", 1),
    ("您好，手机號一直收不到驗證簡訊，請問怎麼處理", 1),
    ("我手机是199的，注册时提示不支持这个号段", 2),
    ("登录的时候它讲用户不存在呀", 3),
    ("点提交就提示核验数据缺失，四要素到底哪项错了", 4),
    ("一天最多可以收几条验证码", 5),
    ("手机号不是用本人身份证开的，实名认证能通过吗", 6),
    ("家里老人没有智能手机，可以用我的号码注册吗", 7),
    ("刚重置了密码，登录又提示密码错误", 8),
    ("提示账号未激活，请问激活分几步", 9),
    ("试了好多次都通不过，能去窗口人工核验吗", 10),
    ("激活界面老是提示网络连接失败，验证码发不出", 11),
    ("刷脸的时候提示公安实名系统繁忙", 12),
    ("我是少数民族，姓名中间的点该怎么输", 13),
    ("身份证有效期是长期的，注册提示核验数据缺失", 14),
    ("激活要用以前的手机号，可那个号早就停用了", 15),
    ("注册时填成旧身份证的起止日期了，现在刷脸过不去", 16),
    ("shuaxin yanzhengma shoubudao zenme ban", 1),
    ("ji huo shi wang luo lian jie shi bai", 11),
    ("验政码一直收不道", 1),
]


@pytest.mark.parametrize(("question", "case"), UNSEEN)
def test_a_question_finds_its_case(
    matcher: Matcher, shipped: Content, question: str, case: int
) -> None:
    assert all(question not in entry.questions for entry in shipped.entries)
    match = matcher.match(question)
    assert (match.kind, match.entry and match.entry.case) == ("answer", case)
    assert 0.5 <= match.confidence <= 1
    assert match.nearest[0] is match.entry


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("我想给公司核名", "name_approval"),
        ("公司法人变更怎么办理呀", "change_registration"),
        ("办公司注销要多长时间", "deregistration"),
        ("是否办理工商登记注册那个开关在哪设置", "authorization_setting"),
        ("你们窗口周末上班吗", "windows"),
        ("帮我转人工客服", "human_help"),
    ],
)
def test_what_is_ours_without_being_a_case_is_pointed_to(
    matcher: Matcher, question: str, slug: str
) -> None:
    match = matcher.match(question)
    assert (match.kind, match.entry and match.entry.slug) == ("answer", slug)


@pytest.mark.parametrize(
    ("question", "service"),
    [
        ("支付宝刷脸老是失败怎么办", "支付宝"),
        ("12123登录提示用户不存在", "交管12123"),
        ("医保账户怎么激活", "医疗保障"),
        ("學信網收不到驗證碼", "学信网"),
        ("gongjijin zenme tiqu chulai", "住房公积金"),
    ],
)
def test_other_services_are_declined_by_name(matcher: Matcher, question: str, service: str) -> None:
    match = matcher.match(question)
    assert (match.kind, match.service, match.entry) == ("fallback", service, None)


@pytest.mark.parametrize("question", ["明天会下雨吗", "推荐一部电影", "qwerty", "怎么种西红柿"])
def test_what_is_not_ours_is_declined(matcher: Matcher, question: str) -> None:
    match = matcher.match(question)
    assert match.kind == "fallback"
    assert match.readable
    assert match.service is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("您好呀", "greeting"),
        ("nihao", "greeting"),
        ("非常感谢", "thanks"),
        ("拜拜啦", "goodbye"),
        ("你是不是机器人", "about_bot"),
        ("垃圾玩意", "abuse"),
        ("怎么办", "vague"),
    ],
)
def test_courtesies_are_answered_as_such(matcher: Matcher, question: str, topic: str) -> None:
    match = matcher.match(question)
    assert (match.kind, match.topic and match.topic.topic) == ("smalltalk", topic)


@pytest.mark.parametrize("question", ["", "。。。", "？？", "😂😂", "\x00", "   ", "…！"])
def test_what_holds_no_word_is_unreadable(matcher: Matcher, question: str) -> None:
    match = matcher.match(question)
    assert (match.kind, match.readable, match.nearest) == ("fallback", False, ())


def test_a_message_that_fits_several_entries_is_asked_back(matcher: Matcher) -> None:
    match = matcher.match("登不上去")
    assert match.kind == "clarify"
    assert match.entry is None
    assert 1 < len(match.options) <= MOST_OPTIONS
    assert len({option.slug for option in match.options}) == len(match.options)
    assert match.confidence < 0.5


@given(st.text(max_size=550))
def test_any_text_gets_one_decision(matcher: Matcher, text: str) -> None:
    match = matcher.match(text)
    assert 0 <= match.confidence <= 1
    assert (match.entry is not None) == (match.kind == "answer")
    assert (match.topic is not None) == (match.kind == "smalltalk")
    assert bool(match.options) == (match.kind == "clarify")
    assert len(match.nearest) <= MOST_OPTIONS


def test_cross_validation_holds_what_was_reached() -> None:
    questions = faq_quality.read(seed.QUESTIONS)
    figures = evaluation.measure(faq_quality.cross_validate(questions, strict=True))
    assert (figures.ours, figures.others) == (403, 117)
    assert figures.first / figures.ours >= 0.92
    assert figures.right / figures.ours >= 0.89
    assert figures.false_answers / figures.others <= 0.06


def test_the_matcher_knows_only_the_content(small: Content) -> None:
    matcher = compile_matcher(small)
    lost = matcher.match("我的借书证找不到了")
    assert (lost.kind, lost.entry) == ("answer", small.entries[0])
    late = matcher.match("书还晚了要罚多少")
    assert (late.kind, late.entry) == ("answer", small.entries[1])
    assert matcher.match("档案馆的借书证丢了").service == "档案馆"
    assert matcher.match("你好").topic == small.smalltalk[0]


def test_a_synonym_is_understood_as_its_word(small: Content) -> None:
    assert compile_matcher(small).match("读者证丢了").entry is small.entries[0]


def test_content_without_courtesies_and_services_can_be_matched(small: Content) -> None:
    state = small.model_dump(by_alias=True, exclude_none=True)
    state["smalltalk"] = []
    state["out_of_scope"] = {"other_services": [], "questions": []}
    state["synonyms"] = []
    bare = Content.model_validate(state)
    assert compile_matcher(bare).match("补办借书证").entry == bare.entries[0]


def test_an_answer_does_not_depend_on_the_process() -> None:
    code = (
        "from faq import seed; from faq.matching import compile_matcher;"
        "m = compile_matcher(seed.load()).match('注册不了，一直转圈');"
        "print(m.kind, m.confidence, [e.slug for e in m.nearest])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=REPOSITORY,
            env={"PYTHONHASHSEED": str(number), "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in (1, 2)
    }
    assert len(printed) == 1


def test_numpy_is_not_imported_before_a_matcher_is_compiled() -> None:
    code = "import sys, faq.answering, faq.help; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_resemblance_is_one_for_the_same_and_nothing_for_the_unlike() -> None:
    same, unlike = resemblance(["收不到短信", "公司注销"], ["收不到短信", "刷脸失败"])
    assert same == pytest.approx(1)
    assert unlike < 0.3
