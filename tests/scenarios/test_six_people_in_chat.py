"""The six states again, in the WeChat chat, encrypted by independent code."""

import itertools
import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.scenarios import test_six_people as six
from tests.scenarios.test_six_people import QUESTION, User
from tests.support.api.pushes import PUSH_PATH, text_message
from tests.support.service.node import NodePartner
from tests.support.service.service import Service, data_of

OPENID = "o-zhang"
PATIENCE_SECONDS = 60
WAYS = itertools.cycle(itertools.product(("wechat-crypto", "@wecom/crypto"), ("json", "xml")))


@pytest.fixture(scope="module")
def wechat(_service: Service) -> Iterator[NodePartner]:
    settings = _service.settings
    with NodePartner(
        url=_service.url,
        token=settings.wechat_token.get_secret_value(),
        key=settings.wechat_encoding_aes_key.get_secret_value(),
        appid=settings.wechat_appid,
        path=PUSH_PATH,
    ) as partner:
        # The bot is trained before its first answer, here and in the worker.
        data_of(_service.post("/faq/ask", json={"question": QUESTION}, timeout=100))
        partner.push(text_message("o-first", QUESTION), library="wechat-crypto", form="json")
        answered(_service, openid="o-first")
        yield partner


def answered(service: Service, number: int = 1, openid: str = OPENID) -> list[str]:
    """Wait for so many messages and return them in order."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(came := service.sandbox.wechat_messages(openid)) < number:
        assert time.monotonic() < deadline, f"{len(came)} of {number} answers came"
        time.sleep(0.05)
    return [message["text"] for message in reversed(came)]


def without_seconds(text: str) -> str:
    """Remove the seconds left, which go on between two answers."""
    return re.sub(r"\d+秒", "秒", text)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "happens",
    [
        six.fresh,
        six.blocked_range,
        six.window_used_up,
        six.sent_and_unused,
        six.wrong_phone,
        six.network_errors,
    ],
)
def test_chat_answers_match_the_state(
    service: Service, wechat: NodePartner, happens: Callable[[User], None]
) -> None:
    one = User(service)
    happens(one)
    expected = one.ask()
    library, form = next(WAYS)
    message = text_message(OPENID, f"{QUESTION}😭", MsgId="24326232326538752")
    for _ in range(2):
        taken = wechat.push(message, library=library, form=form)
        assert taken == {"status": 200, "body": "success"}
    [text] = answered(service)
    # In the chat a clarifying question is at the end, after the steps.
    for line in expected["answer"].splitlines():
        assert without_seconds(line) in without_seconds(text)
    for finding in expected["diagnosis"]:
        assert without_seconds(finding["message"]) in without_seconds(text)
    for phone in (six.PHONE, six.OTHER_PHONE, six.BLOCKED):
        assert phone not in text


def test_chat_answers_in_order_and_hands_over(service: Service, wechat: NodePartner) -> None:
    """Two turns are answered in order, then WeChat's customer service takes over."""
    library, form = next(WAYS)
    for number, said in enumerate((QUESTION, "199开头的手机号能注册吗🙏"), start=1):
        wechat.push(
            text_message(OPENID, said, MsgId=f"conversation-{number}"), library=library, form=form
        )
    first, second = answered(service, 2)
    assert "199" in second
    assert first != second
    answer = wechat.push(
        text_message(OPENID, "转人工", MsgId="conversation-3"), library=library, form=form
    )
    assert answer["opened"]["MsgType"] == "transfer_customer_service"
    assert len(answered(service, 2)) == 2
