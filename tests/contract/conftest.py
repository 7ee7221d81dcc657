"""Fixtures: the real clients connected to the sandbox and to the Valkey of this process."""

import socket
from collections.abc import Callable, Iterator

import pytest
import structlog

from config import Settings
from miniprogram_api import clients
from miniprogram_api.clients import Clients, upstream
from miniprogram_api.operations import profiles
from tests.contract.canned import CannedServer
from tests.support.service.rules import settings_of_sandbox
from tests.support.service.sandbox import SandboxServer
from tests.support.service.valkey import ValkeyServer

Build = Callable[..., Clients]

# Short, so that tests of time-outs are fast.
TIMEOUT = 1.0


@pytest.fixture(autouse=True)
def _log_as_by_default() -> None:
    """Forget how a command in this process configured logging; a used logger keeps it."""
    structlog.reset_defaults()
    vars(upstream.log).pop("bind", None)


@pytest.fixture
def settings(
    tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer, sandbox: SandboxServer
) -> Settings:
    return profiles.load_settings(
        profile="sandbox",
        var_dir=tmp_path_factory.getbasetemp() / "contract",
        database_url="",
        redis_url=valkey.url,
        upstream_timeout=TIMEOUT,
        sms_timeout=TIMEOUT,
        **settings_of_sandbox(sandbox),
    )


@pytest.fixture
def build(settings: Settings) -> Build:
    """Build the clients with changed settings, which are not validated."""
    return lambda **changes: clients.build(settings.model_copy(update=changes))


@pytest.fixture
def outside(build: Build) -> Clients:
    return build()


@pytest.fixture
def closed_port() -> Iterator[str]:
    """Return ``host:port`` of a port that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    """Serve answers that the sandbox never gives."""
    with CannedServer() as server:
        yield server
