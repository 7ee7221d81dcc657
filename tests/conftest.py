"""Fixtures for all tests: sandbox, PostgreSQL, rules in this process, the whole service."""

import atexit
import gc
import ipaddress
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from faq.content import seed
from faq.matching import encoder
from miniprogram_api import clients
from miniprogram_api.operations import profiles
from miniprogram_api.services import Services
from tests.support import chromium
from tests.support.service import shared
from tests.support.service.postgres import PostgresServer
from tests.support.service.rules import Rules, settings_of_sandbox
from tests.support.service.sandbox import SandboxServer
from tests.support.service.service import Service
from tests.support.service.tables import Tables, settings_for
from tests.support.service.valkey import ValkeyServer

TESTS = Path(__file__).parent

# The machine's environment must not influence tests.
for _name in Settings.model_fields:
    os.environ.pop(_name.upper(), None)


# Reading its files takes as long as most tests that publish it.
seed.load = cache(seed.load)  # type: ignore[assignment]


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Fail the test that connects to another machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"A test tried to reach {host}.")


sys.addaudithook(_stay_on_this_machine)


# The slowest modules run first, so that all test processes end together.
_LONGEST = (
    "miniprogram/test_built_programs.py",
    "test_gunicorn.py",
    "handlers/commands/processes/test_serve.py",
    "handlers/api/test_conformance.py",
    "scenarios/test_editors_day_in_browser.py",
    "miniprogram/test_sixteen_cases.py",
    "handlers/admin/frame/test_accessibility.py",
    "scenarios/test_killed_parts.py",
    "handlers/test_outages.py",
    "faq/development/test_development.py",
    "handlers/api/test_bad_input.py",
    "handlers/commands/operations/test_backup.py",
    "handlers/admin/content/test_entry_editor_in_browser.py",
    "handlers/admin/content/test_autosave_in_browser.py",
    "miniprogram/test_enrolment_in_browser.py",
    "scenarios/test_inbox_hour.py",
    "faq/matching/test_matcher.py",
    "handlers/admin/content/test_publishing_in_browser.py",
    "handlers/admin/window/test_desk_in_browser.py",
    "scenarios/test_conversations.py",
    "miniprogram/test_matters_in_browser.py",
    "miniprogram/test_account_in_browser.py",
    "handlers/admin/content/test_content_in_browser.py",
    "models/storage/test_postgresql.py",
    "miniprogram/test_all_pages_in_browser.py",
    "handlers/admin/frame/test_access.py",
    "miniprogram_api/staff/test_attempts.py",
    "handlers/commands/processes/test_worker.py",
    "scenarios/matters/test_at_the_desk.py",
    "handlers/commands/operations/test_doctor.py",
    "miniprogram/test_first_time.py",
    "miniprogram/test_chat_in_browser.py",
    "miniprogram/test_tickets_in_browser.py",
)


# Collecting makes hundreds of thousands of objects that stay, at which the collector would look
# again and again, at the end as well.
gc.disable()
atexit.register(gc.freeze)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


# What the module of a test imports that opens Chromium without the fixture ``browser``.
_OPENERS = {"browsing", "chromium", "visit_in"}


def _opens_a_browser(item: pytest.Item) -> bool:
    if "browser" in getattr(item, "fixturenames", ()):
        return True
    return not _OPENERS.isdisjoint(vars(getattr(item, "module", None) or object))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in filter(_opens_a_browser, items):
        item.add_marker("browser")

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(TESTS).as_posix()
        return _LONGEST.index(path) if path in _LONGEST else len(_LONGEST)

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    shared.use(tmp_path_factory.getbasetemp())
    yield
    chromium.stop()


@pytest.fixture(autouse=True)
def _without_encoder() -> Iterator[None]:
    """Turn off the encoder, which a command in this process turns on."""
    yield
    encoder.configure(is_on=False)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    """Return the simulated vendors, cleared."""
    sandbox_process.clear()
    return sandbox_process


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Start a real PostgreSQL server; ``postgres.new_database()`` makes a database."""
    with PostgresServer.shared_by_run() as server:
        yield server


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return Tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture
def tables(request: pytest.FixtureRequest, _tables: Tables) -> Iterator[Settings]:
    """Bind a migrated, empty database to the models of this process; return its settings.

    SQLite, unless ``@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)``
    asks for both, also for tests of ``rules``.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        context = _tables.sqlite()
    else:
        context = _tables.postgresql(request.getfixturevalue("postgres"))
    with context as settings:
        yield settings


@pytest.fixture(scope="session")
def _valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with ValkeyServer(settings_for(tmp_path_factory.mktemp("valkey"))) as server:
        yield server


@pytest.fixture
def valkey(_valkey: ValkeyServer) -> ValkeyServer:
    """Return an empty embedded Valkey; ``valkey.url`` is its address."""
    _valkey.clear()
    return _valkey


@pytest.fixture
def rules(tables: Settings, valkey: ValkeyServer, sandbox: SandboxServer) -> Rules:
    """Return database, Valkey and the real clients in this process; ``rules.services``."""
    overrides = {
        "profile": "sandbox",
        "var_dir": tables.var_dir,
        "database_url": tables.database_url,
        "redis_url": valkey.url,
        **settings_of_sandbox(sandbox),
    }
    key = repr(sorted(overrides.items()))
    if key not in _built:
        settings = profiles.load_settings(**overrides)
        _built[key] = Services(settings, clients.build(settings))
    return Rules(_built[key], sandbox, overrides)


# By settings, because reading these and connecting is slow.
_built: dict[str, Services] = {}


@pytest.fixture(scope="session")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def service(_service: Service) -> Service:
    """Return the whole service over HTTP in its initial state.

    On SQLite. For PostgreSQL or other settings start ``Service(tmp_path,
    database_url=database_for_service(postgres), …)``.
    """
    _service.clear()
    return _service


@pytest.fixture(scope="module")
def reading_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that reads questions with the encoder, as it does by default."""
    with Service(tmp_path_factory.mktemp("reading"), faq_encoder="on") as running:
        yield running
