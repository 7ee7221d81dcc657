"""Questions about a name are answered by its check, in the words of the check and no others."""

import pytest

from faq.content.entries import Content
from faq.conversation.turns import name_questions
from faq.diagnosis.asker import ANONYMOUS
from faq.release import published_names
from miniprogram_api.names.check import Candidate
from tests.support.faq.bot import ADDRESS, Bot

ENTRY = "name_approval"
# Question → the parts of the name that is checked; twelve ways to ask.
ASKED = {
    "杭州红光科技能不能注册": ("杭州", "红光", "科技", "有限公司"),
    "我想叫杭州红光餐饮有限公司行不行": ("杭州", "红光", "餐饮", "有限公司"),
    "想给公司取名叫上海新天地餐饮，可以吗？": ("上海", "新天地", "餐饮", "有限公司"),
    "“杭州红光餐饮有限公司”这个名字有人用了吗": ("杭州", "红光", "餐饮", "有限公司"),
    "杭州红光科技会不会重名": ("杭州", "红光", "科技", "有限公司"),
    "能不能注册杭州红光科技": ("杭州", "红光", "科技", "有限公司"),
    "可以叫杭州红光餐饮吗": ("杭州", "红光", "餐饮", "有限公司"),
    "查一下杭州红光科技有限公司": ("杭州", "红光", "科技", "有限公司"),
    "请问杭州毛泽东餐饮有限公司能注册吗": ("杭州", "毛泽东", "餐饮", "有限公司"),
    "我的店名想叫杭州老王饭店行吗": ("杭州", "老王", "", "饭店"),
    "杭州市西湖区红光餐饮店可不可以用": ("杭州市西湖区", "红光", "餐饮", "店"),
    "杭州美国科技有限公司行不行": ("杭州", "美国", "科技", "有限公司"),
}
# They ask for something else, although some name a trade or end as a name does.
OTHERS = [
    "公司名称重名了",
    "身份证能不能用",
    "我想叫人帮我注册行不行",
    "名称里能用英文吗",
    "换个县名成不",
    "开奶茶店能不能注册",
    "外国人能注册公司吗",
    "别人的手机能用吗",
    "老人手机能注册吗",
    "老公司改名要重新核名吗",
    "个体户能叫公司吗",
    "人家卖酒我卖鞋能叫一样的不",
    "查一下注册进度",
    "收不到验证码怎么办",
]


def is_check(answer: object) -> bool:
    """Return whether the first button leads to the page of names."""
    actions = getattr(answer, "actions", [])
    return bool(actions) and str(actions[0].get("page", "")).startswith(name_questions.PAGE)


@pytest.mark.parametrize("question", ASKED)
def test_question_about_a_name_is_checked(bot: Bot, question: str) -> None:
    division, word, industry, form = ASKED[question]
    answer = bot.ask(question)
    found = published_names.check("330106", [Candidate(word, industry, form, division)])
    if division == "上海":
        found = published_names.check("310000", [Candidate(word, industry, form, division)])
    candidate = found.candidates[0]
    assert (answer.kind, answer.slug) == ("answer", ENTRY)
    assert is_check(answer)
    assert f"“{candidate.name}”" in answer.answer
    assert answer.answer.endswith(found.note)
    if candidate.findings:
        assert candidate.findings[0].message in answer.answer
    assert ("不能用" in answer.answer.partition("：")[0]) is (candidate.result == "refused")


@pytest.mark.parametrize("question", OTHERS)
def test_other_questions_keep_their_answer(bot: Bot, question: str) -> None:
    assert not is_check(bot.ask(question))


def test_example_questions_of_entries_are_no_names(bot: Bot, shipped: Content) -> None:
    asked = [q for entry in shipped.entries for q in entry.questions]
    found = {q: typed for q in asked if (typed := name_questions.name_in(q)) and not typed.is_bare}
    assert len(asked) > 1000
    hijacked = [q for q in [*found][:60] if is_check(bot.ask(q))]
    assert hijacked == []


@pytest.mark.parametrize("question", ["我想叫红光行不行", "红光科技能不能注册"])
def test_missing_parts_are_asked_for(bot: Bot, question: str) -> None:
    answer = bot.ask(question)
    assert "住所" in answer.answer
    assert is_check(answer)


def test_too_many_checks_lead_to_the_page(bot: Bot) -> None:
    from miniprogram_api.access import attempts

    settings = bot.services.settings
    for _ in range(settings.name_checks_per_address):
        attempts.take_name_check(bot.services, None, ADDRESS)
    answer = bot.ask("杭州红光科技能不能注册", asker=ANONYMOUS)
    assert "查得太多" in answer.answer
    assert is_check(answer)
