"""The worker process: jobs in progress when it is stopped or killed."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.commands.processes import worker
from miniprogram_api import texts
from miniprogram_api.delivery.wechat_chat import UNCERTAIN
from miniprogram_api.health import heartbeats
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import Push
from models.chat import ChatReply
from models.heartbeats import Heartbeat
from tests.support.service.rules import Rules
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.waiting import eventually

Start = Callable[..., "subprocess.Popen[bytes]"]
OPENID = "o-wang"
numbers = itertools.count(1)


@pytest.fixture
def start(rules: Rules) -> Iterator[Start]:
    """Start a worker for the tables, the Valkey and the sandbox of the test."""
    settings = {name.upper(): str(value) for name, value in rules.overrides.items()}
    settings["DATABASE_URL"] = rules.services.settings.database_address
    started: list[subprocess.Popen[bytes]] = []

    def run(*words: str, **more: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", *words],
            cwd=REPOSITORY,
            env={**os.environ, **settings, **more},
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def send_picture() -> None:
    number = str(next(numbers))
    push = Push(OPENID, "image", "", number, int(time.time()), number, {"MediaId": "m"})
    chat_inbox.accept(push)


def arrived(rules: Rules) -> list[str]:
    return [message["text"] for message in rules.sandbox.wechat_messages(OPENID)]


def test_option_once_ends_after_the_waiting_jobs(rules: Rules, start: Start) -> None:
    send_picture()
    send_picture()
    assert start("--once").wait(timeout=60) == 0
    assert arrived(rules) == [texts.text("chat.kinds.image")] * 2


def test_job_in_progress_is_finished_on_stop(rules: Rules, start: Start) -> None:
    rules.sandbox.fault("wechat", "slow", action="custom/send", seconds=2)
    send_picture()
    worker = start()
    assert eventually(lambda: rules.sandbox.calls("custom/send"), 60)
    send_picture()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    # The second one is left to another worker.
    assert ChatReply.select().where(ChatReply.done_at.is_null(False)).count() == 1
    assert chat_inbox.count_waiting() == 1


@pytest.mark.parametrize("action", ["stable_token", "custom/send"])
def test_successor_resumes_at_once(rules: Rules, start: Start, action: str) -> None:
    """A reply is sent if the worker was killed before WeChat had it, else not again."""
    rules.sandbox.fault("wechat", "slow", action=action, seconds=3)
    send_picture()
    killed = start("--name", "desk")
    assert eventually(lambda: rules.sandbox.calls(action), 60)
    killed.kill()
    killed.wait()
    send_picture()
    start("--name", "desk")
    assert eventually(lambda: chat_inbox.count_waiting() == 0, 30)
    assert eventually(lambda: arrived(rules) == [texts.text("chat.kinds.image")] * 2)
    in_doubt = ChatReply.select().where(ChatReply.failed_at.is_null(False))
    assert [row.code for row in in_doubt] == ([UNCERTAIN] if action == "custom/send" else [])


def test_unexpected_failure_does_not_stop_other_jobs(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    signals: list[int] = []

    def fail_once(_services: object, channels: Sequence[object], _now: object) -> bool:
        # The slow jobs.
        if len(channels) == 1:
            return False
        looks.append(1)
        if len(looks) == 1:
            raise ValueError("An unexpected message.")
        signals.append(signal.SIGTERM)
        return False

    monkeypatch.setattr(worker.sending, "work_once", fail_once)
    # Its thread would open the next test's database before that has tables.
    monkeypatch.setattr(worker.publishing, "warm_up", lambda: None)
    # Other tests of this process train again.
    monkeypatch.setattr(worker.interruption, "interrupt", lambda: None)
    worker._work(rules.services, "", signals)
    assert len(looks) == 2


def test_signs_of_life_reach_the_database_and_systemd(
    rules: Rules, start: Start, tmp_path: Path
) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.settimeout(60)
        start("--name", "first", NOTIFY_SOCKET=address)
        assert {receiver.recv(64) for _ in range(2)} == {b"READY=1", b"WATCHDOG=1"}
    assert eventually(lambda: heartbeats.workers())
    assert next(iter(heartbeats.workers())).endswith(":first")


def test_long_job_is_no_death_and_a_stuck_loop_is(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "EVERY_SECONDS", 0.01)
    with worker._signs_of_life(rules.services, "busy") as turn:
        turn()
        assert eventually(lambda: heartbeats.workers())
        # The loop does not turn; the worker lives for LONGEST_JOB.
        Heartbeat.delete().execute()
        assert eventually(lambda: heartbeats.workers())
        monkeypatch.setattr(worker, "LONGEST_JOB", timedelta(0))
        time.sleep(0.2)
        Heartbeat.delete().execute()
        time.sleep(0.2)
        assert heartbeats.workers() == {}
