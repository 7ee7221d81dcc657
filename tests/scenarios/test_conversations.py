"""24 conversations over all cases, through the API and the WeChat chat, judged turn by turn.

The conversations (``conversations/*.yaml``, form: ``tests.support.faq.conversations``) were written
without the bot's content and are never used to improve it. ``pytest -s`` prints every wrong turn
with its causes.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from models.faq.messages import FaqMessage
from tests.support.faq.conversations import Conversation, Said, hold, measure, read, through_api
from tests.support.people.accounts import tables_of
from tests.support.people.chats import Chat
from tests.support.people.conversation_states import Asker
from tests.support.service.service import Service, data_of

FILES = Path(__file__).parent / "conversations"

# Right first turns and right follow-ups, at least, and harmful answers, at most: what was measured,
# less a little; the bot for which the conversations were written had 23, 40 and 1.
FLOORS = {"api": (23, 80, 0), "chat": (23, 80, 0)}


def through_chat(one: Asker, conversation: Conversation) -> list[Said]:
    chat, said = Chat(one.service, one.wechat), []
    for turn in conversation["turns"]:
        before = len(chat.received())
        passed_on = chat.write(turn["say"]) != "success"
        # The addresses of windows are no answer of the bot.
        text = "" if passed_on else re.sub("(?m)^.*，工作日 .*$", "", chat.wait_for(before))
        said.append(Said(text))
    return said


def complete(one: Asker, said: list[Said]) -> None:
    """Add what the chat does not show, as it was stored."""
    answers = [answer for answer in said if answer.shown]
    rows = FaqMessage.select().where(FaqMessage.openid == f"o-{one.wechat}").order_by(FaqMessage.id)
    for answer, row in zip(answers, rows, strict=True):
        answer.kind, answer.case, answer.block = row.kind, row.case, row.answer


CHANNELS: dict[str, Callable[[Asker, Conversation], list[Said]]] = {
    "api": through_api,
    "chat": through_chat,
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("channel", CHANNELS)
def test_conversations_do_not_get_worse(reading_service: Service, channel: str) -> None:
    talks = read(FILES.glob("[0-9]*.yaml"))
    held = hold(reading_service, talks, 9700 if channel == "api" else 9750, CHANNELS[channel])
    if channel == "chat":
        with tables_of(reading_service):
            for one in held:
                complete(one.asker, one.said)

    figures = measure(held)
    print(f"{channel}: {figures}")
    assert figures.conversations == 24
    least_firsts, least_follow_ups, most_harmful = FLOORS[channel]
    assert figures.firsts >= least_firsts
    assert figures.follow_ups >= least_follow_ups
    assert figures.harmful <= most_harmful


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("姓名中间的点怎么打出来", "姓名中间的点还是打不出来"),
        ("收不到验证码", "还是收不到验证码"),
        ("提示核验数据缺失", "我填的都对"),
        ("激活怎么弄", "按你说的做了，还是不行啊，怎么办呢急死我了"),
    ],
)
def test_complaint_about_the_same_matter_leads_to_its_next_step(
    reading_service: Service, asked: str, complaint: str
) -> None:
    first = data_of(reading_service.post("/faq/ask", json={"question": asked}))
    body = {"question": complaint, "conversation_id": first["conversation_id"]}
    said = data_of(reading_service.post("/faq/ask", json=body))
    assert (said["slug"], said["steps"]) == (first["slug"], first["steps"][1:2])
