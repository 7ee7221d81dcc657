"""A flood of pushes while the worker is killed twice."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from faq.content import seed
from faq.content.entries import Content
from faq.release import publishing
from miniprogram_api import texts
from miniprogram_api.delivery import dead_letters
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.operations import maintenance
from models.chat import ChatMessage, ChatReply
from tests.support.api.pushes import PUSH_PATH, Partner, event_message, text_message
from tests.support.service.service import Service

CONNECTIONS, PEOPLE = 16, 48
QUESTIONS = (
    "收不到验证码怎么办",
    "199开头的手机号能注册吗",
    "登录提示用户不存在",
    "提示核验数据缺失",
    "怎么激活账号😭",
    "人脸识别一直不通过",
    "忘记密码了怎么办",
    "身份证是长期有效的怎么填",
)
PATIENCE_SECONDS = 60

Call = tuple[str, bytes]


@dataclass(frozen=True)
class Flood:
    """Define the load: of all pushes 30 % come twice and 5 % are garbage."""

    pushes: int

    @property
    def duplicates(self) -> int:
        return self.pushes * 30 // 100

    @property
    def garbage(self) -> int:
        return self.pushes * 5 // 100

    @property
    def messages(self) -> int:
        return self.pushes - self.duplicates - self.garbage


@pytest.fixture
def flooded(tmp_path: Path) -> Iterator[Service]:
    # A short time-out makes short leases, so users of a dead worker soon get another.
    service = Service(tmp_path, upstream_timeout=1)
    maintenance.connect(service.settings)
    maintenance.migrate(service.settings)
    publishing.publish(content_with_few_examples(), after=None)
    with service:
        yield service
        maintenance.disconnect()


def content_with_few_examples() -> Content:
    """Return all entries with few examples, to train fast."""
    whole = seed.load(None)
    few = [entry.model_copy(update={"questions": entry.questions[:9]}) for entry in whole.entries]
    return whole.model_copy(update={"entries": tuple(few)})


def partner_of(service: Service) -> Partner:
    settings = service.settings
    return Partner(
        settings.wechat_token.get_secret_value(),
        settings.wechat_encoding_aes_key.get_secret_value(),
        settings.wechat_appid,
    )


def make_calls(
    partner: Partner, dice: random.Random, flood: Flood
) -> list[list[tuple[Call, bool]]]:
    """Return for each connection its pushes in order, and whether each is valid.

    One user's messages use one connection, so their order is known; repetitions use any.
    """
    lanes: list[list[tuple[Call, bool]]] = [[] for _ in range(CONNECTIONS)]
    for number in range(flood.messages):
        person = number % PEOPLE
        openid = f"o-{person:03}"
        if number < PEOPLE:
            fields = event_message(openid, "user_enter_tempsession")
        elif number % 29 == 0:
            fields = text_message(openid, "", MsgType="image", MediaId="m", PicUrl="p")
        else:
            question = QUESTIONS[(number // PEOPLE + person) % len(QUESTIONS)]
            fields = text_message(openid, question)
        lane = lanes[person % CONNECTIONS]
        lane.append((partner.encrypted(fields), True))
        if number < flood.duplicates:
            # With the same or a new nonce, at once or much later.
            again = lane[-1][0] if dice.random() < 0.5 else partner.encrypted(fields)
            other = dice.choice(lanes)
            other.insert(dice.randint(max(0, len(other) - 3), len(other)), (again, True))
    for number in range(flood.garbage):
        path, body = partner.encrypted(text_message("o-garbage", "x"))
        stranger = Partner("wrong", partner.key, partner.appid)
        wrong = (
            (path, body[: len(body) // 2]),
            (path, dice.randbytes(200)),
            (path.replace("msg_signature=", "msg_signature=0"), body),
            partner.clear(text_message("o-garbage", "x")),
            stranger.encrypted(text_message("o-garbage", "x")),
            partner.encrypted_bytes(dice.randbytes(100)),
            (PUSH_PATH, b""),
        )[number % 7]
        lane = dice.choice(lanes)
        lane.insert(dice.randint(0, len(lane)), (wrong, False))
    return lanes


def send_all(service: Service, lanes: list[list[tuple[Call, bool]]], flood: Flood) -> None:
    """Send everything concurrently and kill the worker twice."""
    wrong: list[str] = []
    counted = itertools.count(1)
    sent = 0

    def run(lane: list[tuple[Call, bool]]) -> None:
        nonlocal sent
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        for (path, body), is_right in lane:
            connection.request("POST", path, body)
            response = connection.getresponse()
            said = response.read()
            sent = next(counted)
            if is_right and (response.status, said) != (200, b"success"):
                wrong.append(f"{response.status} {said.decode()}")
            if not is_right and not 400 <= response.status < 500:
                wrong.append(f"garbage: {response.status} {said.decode()}")
        connection.close()

    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    while sent < flood.pushes // 3:
        time.sleep(0.005)
    kill_worker(service)
    for thread in threads:
        thread.join()
    # Acknowledgements did not wait for answers.
    assert chat_inbox.count_waiting() > 0
    wait_for(lambda: chat_inbox.count_waiting() < 2 * flood.messages // 3)
    kill_worker(service)
    assert wrong == []


def kill_worker(service: Service) -> None:
    assert service.process is not None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for child in psutil.Process(service.process.pid).children():
            try:
                is_worker = "worker" in child.cmdline()
            except psutil.Error:
                continue
            if is_worker:
                child.kill()
                return
        time.sleep(0.01)
    raise AssertionError("no worker is running")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{chat_inbox.count_waiting()} messages wait"
        time.sleep(0.05)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("pushes", [500, pytest.param(2_000, marks=pytest.mark.slow)])
def test_each_message_is_answered_once_and_in_order(flooded: Service, pushes: int) -> None:
    flood = Flood(pushes)
    dice = random.Random(20261124)
    lanes = make_calls(partner_of(flooded), dice, flood)
    assert sum(map(len, lanes)) == pushes
    send_all(flooded, lanes, flood)
    wait_for(lambda: chat_inbox.count_waiting() == 0)

    assert ChatMessage.select().count() == flood.messages
    assert flooded.output.count("worker was killed by SIGKILL") == 2

    outcomes = Counter(message.outcome for message in ChatMessage.select())
    # A reply in progress when its worker was killed may have arrived: it becomes a dead letter (a
    # greeting is dropped) and is not sent again.
    uncertain = outcomes["failed"] + outcomes["ignored"]
    assert uncertain <= 2 * flooded.settings.worker_threads
    assert outcomes["answered"] + uncertain == flood.messages
    # None is lost: each uncertain reply is a dead letter.
    letters = {letter.key for letter in dead_letters.list_all()}
    failed = ChatReply.select().join(ChatMessage).where(ChatMessage.outcome == "failed")
    assert {f"reply-{reply.id}" for reply in failed} == letters
    assert len(letters) == outcomes["failed"]
    for person in range(PEOPLE):
        openid = f"o-{person:03}"
        came = [message["text"] for message in reversed(flooded.sandbox.wechat_messages(openid))]
        assert_in_order(came, expected_for(openid))


def expected_for(openid: str) -> list[tuple[str, bool]]:
    """Return the expected replies to this user, in order, and whether each is certain."""
    replies = {reply.message_id: reply for reply in ChatReply.select()}
    expected = []
    for message in (
        ChatMessage.select()
        .where(ChatMessage.openid == openid)
        .order_by(ChatMessage.sent_at, ChatMessage.id)
    ):
        reply = replies.get(message.id)
        if reply is not None:
            content = json.loads(reply.content)["text"]["content"]
            expected.append((content, reply.done_at is not None))
        else:
            # An uncertain greeting is not stored.
            assert message.event == chat_inbox.ENTERED
            expected.append((texts.text("chat.greeting"), False))
    return expected


def assert_in_order(came: list[str], expected: list[tuple[str, bool]]) -> None:
    """Check that replies follow the order of messages; uncertain ones may be missing."""
    # Equal replies are possible, so every choice of missing ones is tried.
    reached = {0}
    for content, is_certain in expected:
        taken = {n + 1 for n in reached if n < len(came) and came[n] == content}
        reached = taken if is_certain else taken | reached
        assert reached, f"not in its place: {content}"
    assert len(came) in reached
