"""Chat jobs: answers to texts, pictures and openings, and a failing bot."""

import itertools
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.conversation import answering
from faq.conversation.answering import Answer
from faq.conversation.help import help_of
from faq.release import publishing
from handlers.jobs import chat, chat_texts
from miniprogram_api import clock, texts
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import ENTERED, EVENT, Outcome, Push
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.sentences import sentence
from models.chat import ChatMessage, ChatUser
from models.subscriptions import Subscription
from tests.support.service.rules import Rules

OPENID = "o-wang"
numbers = itertools.count(1)
PLAIN = Answer(
    conversation_id="c",
    message_id="m",
    kind="answer",
    case=None,
    slug="x",
    title="题目",
    answer="请带身份证到窗口办理。",
    steps=[],
    confidence=1.0,
    diagnosis=[],
    actions=[],
    related=[],
    options=[],
    version=1,
)


def said(**changes: Any) -> str:
    return chat_texts.of_answer(PLAIN._replace(**changes), "wx0")


def push(kind: str, event: str = "", ago: int = 0, **content: Any) -> None:
    number = str(next(numbers))
    sent_at = int(time.time()) - ago
    chat_inbox.accept(Push(OPENID, kind, event, number, sent_at, number, content))


def work(rules: Rules) -> list[str]:
    """Answer all due messages."""
    while chat_inbox.work_once(rules.services, chat.answer, clock.now()):
        pass
    return [message["text"] for message in reversed(rules.sandbox.wechat_messages(OPENID))]


def outcome() -> str:
    return str(ChatMessage.select().order_by(ChatMessage.id.desc()).get().outcome)


# Words ------------------------------------------------------------------------------------------


def test_steps_and_options_are_numbered_differently() -> None:
    assert said() == "请带身份证到窗口办理。"
    assert said(steps=["只有一步。"]) == "请带身份证到窗口办理。\n只有一步。"
    assert said(steps=["一。", "二。"]).endswith("\n① 一。\n② 二。")
    assert said(steps=[f"{n}。" for n in range(12)]).endswith("\n⑩ 9。\n· 10。\n· 11。")
    options = [{"slug": "a", "case": None, "title": "甲"}, {"slug": "b", "case": 2, "title": "乙"}]
    assert said(kind="clarify", answer="哪一种？", options=options) == (
        "哪一种？\n1. 甲\n2. 乙\n回复数字就行。"
    )


def test_findings_come_first_and_related_entries_last() -> None:
    findings = [{"code": "x", "message": "10:43起可再发。", "severity": "warn", "data": {}}]
    assert said(diagnosis=findings) == "10:43起可再发。\n请带身份证到窗口办理。"
    near = [{"slug": "a", "title": "甲"}]
    assert said(related=near) == "请带身份证到窗口办理。"
    assert said(kind="fallback", related=near) == "请带身份证到窗口办理。\n· 甲"


def test_page_is_a_link_into_the_mini_program() -> None:
    actions = [
        {"type": "retry", "label": "重试", "retry": "sms_code"},
        {"type": "page", "label": "去<注册>", "page": 'pages/register/index?a="1"'},
        {"type": "ticket", "label": "提交", "ticket": "other"},
        {"type": "call", "label": "窗口电话", "call": "12345"},
        {"type": "copy", "label": "复制", "copy": "·"},
    ]
    assert said(actions=actions).split("\n")[1:] == [
        "窗口电话：12345",
        "复制：·",
        '→ <a data-miniprogram-appid="wx0" data-miniprogram-path='
        '"pages/register/index?a=&quot;1&quot;">去&lt;注册&gt;</a>',
        '→ <a data-miniprogram-appid="wx0" data-miniprogram-path='
        '"pages/tickets/index?kind=other">提交</a>',
    ]


@given(
    answer=st.text(min_size=1, max_size=900),
    steps=st.lists(st.text(min_size=1, max_size=300), max_size=12),
    labels=st.lists(st.text(min_size=1, max_size=40), max_size=5),
)
def test_answers_fit_the_limit_and_keep_their_links(
    answer: str, steps: list[str], labels: list[str]
) -> None:
    actions = [{"type": "page", "label": label, "page": "p" * 120} for label in labels]
    text = said(answer=answer, steps=steps, actions=actions)
    assert len(text.encode("utf-8", "replace")) <= 2048
    assert text.count("</a>") >= min(len(labels), 3)


# Other messages and events ----------------------------------------------------------------------


def test_pictures_cards_and_other_kinds_get_an_answer(rules: Rules) -> None:
    for kind in ("image", "miniprogrampage", "voice"):
        push(kind, MediaId="m")
    assert work(rules) == [
        texts.text("chat.kinds.image"),
        texts.text("chat.kinds.miniprogrampage"),
        texts.text("chat.other_kind"),
    ]


def test_opening_the_chat_is_greeted_once_in_time(rules: Rules) -> None:
    push(EVENT, ENTERED, ago=58, SessionFrom="")
    assert work(rules) == []
    assert outcome() == Outcome.IGNORED.value
    push(EVENT, ENTERED, SessionFrom="activation")
    assert work(rules) == [texts.text("chat.greeting")]
    assert outcome() == Outcome.ANSWERED.value
    push(EVENT, ENTERED, ago=-1, SessionFrom="")
    assert len(work(rules)) == 1


def test_opening_the_chat_from_a_refusal_brings_its_help(rules: Rules) -> None:
    publishing.seed_if_empty()
    session = SessionInfo(b"t" * 32, OPENID, None)
    full = Refused(Reason.SMS_RATE_LIMITED, window="hour", retry_after=600, remaining={})
    refusals.note(session, full, "13800000011")
    push(EVENT, ENTERED, SessionFrom="pages/register/index SMS_RATE_LIMITED")
    (said,) = work(rules)
    # What was noted of this very refusal, the steps of its entry, and how to go on.
    assert "一小时内已发满3条" in said
    assert "①" in said
    assert said.endswith(texts.text("chat.more"))
    # The chat was written to just now; another refusal is answered all the same.
    push(EVENT, ENTERED, ago=-1, SessionFrom="pages/face/index FACE_NOT_FINISHED")
    assert "刷脸没有完成" in work(rules)[-1]
    for number, source in enumerate(("wxapp", "pages/face/index", "pages/x OFFLINE", "x" * 900)):
        push(EVENT, ENTERED, ago=-2 - number, SessionFrom=source)
        assert len(work(rules)) == 2


def test_every_refusal_has_an_answer_that_fits(rules: Rules) -> None:
    publishing.seed_if_empty()
    assert len(Reason) > 80
    for reason in Reason:
        text = chat_texts.of_help(sentence(reason), help_of(Refused(reason)), "wx0")
        assert text.startswith(sentence(reason))
        assert len(text.encode()) <= 2048


def test_no_greeting_during_a_handover(rules: Rules) -> None:
    chat_inbox.hand_over(OPENID)
    push(EVENT, ENTERED)
    assert work(rules) == []


def test_failed_greeting_is_dropped(rules: Rules) -> None:
    push(EVENT, ENTERED, ago=50)
    rules.sandbox.fault("wechat", "busy", 3, action="custom/send")
    work(rules)
    later = clock.now() + timedelta(seconds=10)
    with clock.replaced(lambda: later):
        assert work(rules) == []
    assert outcome() == Outcome.IGNORED.value


def test_rejected_template_ends_its_subscriptions(rules: Rules) -> None:
    for template in ("t-1", "t-2"):
        Subscription.create(
            openid=OPENID, topic="ticket", template_id=template, accepted_at=clock.now()
        )
    entries = [
        {"TemplateId": "t-1", "SubscribeStatusString": "reject"},
        {"TemplateId": "t-2", "SubscribeStatusString": "accept"},
        "nonsense",
    ]
    push(EVENT, chat.SWITCHED, List=entries)
    push(EVENT, "subscribe_msg_popup_event", ago=-1, List=entries)
    assert work(rules) == []
    assert [row.template_id for row in Subscription.select()] == ["t-2"]


# The bot fails ----------------------------------------------------------------------------------


def test_failing_bot_hands_over_to_a_human(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_services: Services, _question: str, _openid: str) -> Answer:
        raise ZeroDivisionError

    monkeypatch.setattr(answering, "ask_in_chat", fail)
    push("text", Content="在吗")
    assert work(rules) == []
    began = clock.now()
    for seconds in (2, 6):
        at = began + timedelta(seconds=seconds)
        with clock.replaced(lambda at=at: at):  # type: ignore[misc]
            arrived = work(rules)
    assert arrived == [texts.text("chat.failed")]
    assert ChatUser.get_by_id(OPENID).with_humans_until > clock.now()
