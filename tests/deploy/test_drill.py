"""A drill on this machine: two web servers, two workers, a standby, Sentinel and nginx.

Parts run with the kit's files for Redis, Sentinel and nginx. People register through nginx while
the web servers are rolled and one part after the other is killed; what was acknowledged must be
there at the end. The figures are printed: ``pytest -m slow -s tests/deploy/test_drill.py``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis.sentinel import MasterNotFoundError, Sentinel

from tests.scenarios.test_killed_parts import NeverAnswered, Record, register
from tests.support.deploy.parts import TOOLS, Part, Postgres, nginx, redis_server, sentinel
from tests.support.service.postgres import PostgresServer
from tests.support.service.sandbox import CREDENTIALS, REPOSITORY, SandboxServer
from tests.support.service.service import API, KEYS, Service, data_of, free_port
from tests.support.service.tls import certificate_for_loopback
from tests.support.service.waiting import eventually

CALLERS = 3
FAIL_TIMEOUT_SECONDS = 10
ENTRY = "segment_199"
SENTENCE = "演练时发布的一句话。"


class ByProxy(Service):
    """Call the installation through nginx, as people do."""

    def __init__(self, directory: Path, url: str, certificate: Path, **settings: Any) -> None:
        super().__init__(directory, **settings)
        self.url, self._certificate = url, certificate

    def request(self, *words: Any, **options: Any) -> requests.Response:
        return super().request(*words, verify=str(self._certificate), **options)


class Probe(threading.Thread):
    """Ask one question ten times a second through nginx, and note the times without an answer."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.service, self.begun = service, time.monotonic()
        self.asked, self.failed = 0, list[float]()
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.wait(0.1):
            self.asked += 1
            try:
                is_answered = self.service.get("/consent", timeout=5).ok
            except requests.RequestException:
                is_answered = False
            if not is_answered:
                self.failed.append(time.monotonic())


@dataclass
class Installation:
    """All parts, and what is measured of them."""

    room: Path
    service: ByProxy
    primary: Postgres
    standby: Postgres
    redis: list[Part]
    sentinels: list[Part]
    webs: list[Part]
    workers: list[Part]
    proxy: Part
    ports: list[int]
    sentinel_ports: list[int]
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> list[Part]:
        return [
            *(self.proxy, *self.webs, *self.workers, *self.sentinels, *self.redis),
            *(self.standby, self.primary),
        ]

    def ready(self, number: int) -> bool:
        """Return whether a web server can serve people, with every part behind it."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.ports[number]}/readyz", timeout=10)
        except requests.RequestException:
            return False
        return answer.ok and not answer.json().get("degraded")

    def manage(self, *words: str) -> str:
        """Run a command on the first machine."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=REPOSITORY,
            env={**os.environ, **self.workers[0].environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    @contextmanager
    def measured(self, what: str, until: Callable[[], object]) -> Iterator[None]:
        """Note how long it takes from the block's begin until the condition holds."""
        begun = time.monotonic()
        yield
        assert eventually(until, 120), what
        self.figures[what] = f"{time.monotonic() - begun:.1f} s"


@pytest.fixture
def installation(tmp_path: Path, postgres: PostgresServer) -> Iterator[Installation]:
    """Start all parts with their data in a folder that PostgreSQL's own user can enter."""
    with tempfile.TemporaryDirectory(prefix="drill-", dir="/dev/shm") as name:
        room = Path(name)
        room.chmod(0o755)
        made = _prepared(room)
        with SandboxServer(port=made.service.sandbox_port):
            try:
                for part in made.parts[::-1]:
                    if part is not made.standby:
                        part.start()
                assert eventually(lambda: made.ready(0) and made.ready(1)), made.webs[0].log
                yield made
            finally:
                for part in made.parts:
                    part.kill()


def _prepared(room: Path) -> Installation:
    primary, standby = Postgres(room, "primary"), Postgres(room, "standby")
    primary.create()
    primary.start()
    primary.execute("CREATE DATABASE service")
    address = f"postgresql://postgres@127.0.0.1:{primary.port}/service"
    with Service(room / "first", database_url=address) as first:
        first.stop()
        keys = (first.settings.var_dir / KEYS).read_text()
    standby.follow(primary)
    standby.start()
    primary.stop()

    ports = [free_port() for _ in range(2)]
    redis_ports, sentinel_ports = ([free_port() for _ in range(3)] for _ in range(2))
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    watchers = ",".join(f"127.0.0.1:{port}" for port in sentinel_ports)
    certificate = certificate_for_loopback(room, timedelta(days=1))
    listen = free_port()
    (room / "called").mkdir()
    service = ByProxy(
        room / "called",
        f"https://127.0.0.1:{listen}",
        certificate,
        database_url=f"postgresql://postgres@{hosts}/service?target_session_attrs=read-write",
        redis_url=f"redis+sentinel://{watchers}/mymaster/0",
        ledger_seal_dir=room / "seals",
        wechat_failures_per_address=10_000,
        phones_per_address=10_000,
        **{name.lower(): value for name, value in CREDENTIALS.items()},
    )

    def part(name: str, number: int, *words: str) -> Part:
        folder = room / f"machine-{number}"
        folder.mkdir(exist_ok=True)
        (folder / KEYS).write_text(keys)
        (folder / KEYS).chmod(0o600)
        own = {"VAR_DIR": str(folder), "PORT": str(ports[number])}
        command = [sys.executable, *words]
        environment = {**service.environment, **own}
        log = room / f"{name}-{number}.log"
        return Part(f"{name}-{number}", command, log, environment, REPOSITORY)

    (room / "seals").mkdir()
    server = ("-m", "gunicorn", "--config", "gunicorn.conf.py")
    return Installation(
        room=room,
        service=service,
        primary=primary,
        standby=standby,
        redis=[
            redis_server(room, port, redis_ports[0] if number else None)
            for number, port in enumerate(redis_ports)
        ],
        sentinels=[sentinel(room, port, redis_ports[0]) for port in sentinel_ports],
        webs=[part("web", number, *server) for number in range(2)],
        workers=[part("worker", number, "manage.py", "worker") for number in range(2)],
        proxy=nginx(room, ports, listen, certificate),
        ports=ports,
        sentinel_ports=sentinel_ports,
    )


@contextmanager
def people(service: Service, record: Record) -> Iterator[None]:
    """Let people register during the block; ``record`` holds what was acknowledged."""
    consent = data_of(service.get("/consent"))["version"]
    enough = threading.Event()
    numbers = iter(range(1, 10_000))
    lock = threading.Lock()

    def work() -> None:
        while not enough.is_set():
            with lock:
                number = next(numbers)
            try:
                register(service, number, consent, record)
            except NeverAnswered as never:
                record.given_up[number] = f"never answered: {never}"
            # A laptop has two cores, and all parts share them.
            time.sleep(0.3)

    callers = [threading.Thread(target=work) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        enough.set()
        for caller in callers:
            caller.join()


@contextmanager
def probing(service: Service) -> Iterator[Probe]:
    """Let the probe ask during the block."""
    probe = Probe(service)
    probe.start()
    try:
        yield probe
    finally:
        probe.enough.set()
        probe.join()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_installation_survives_the_loss_of_each_part(installation: Installation) -> None:
    place, record = installation, Record()
    with probing(place.service) as probe, people(place.service, record):
        publish_here_and_read_there(place)
        roll(place, probe)
        kill_each(place, record)
        # Some more register with everything back.
        before = len(record.registered)
        assert eventually(lambda: len(record.registered) >= before + 5, 120)

    share = 1 - len(probe.failed) / probe.asked
    seconds = time.monotonic() - probe.begun
    place.figures["availability"] = f"{share:.4f} of {probe.asked} calls in {seconds:.0f} s"
    restore_elsewhere(place)
    place.figures["registered"] = f"{len(record.registered)}, given up {len(record.given_up)}"
    print("\n" + "\n".join(f"{what}: {figure}" for what, figure in place.figures.items()))

    # Nothing acknowledged is lost, with one server of each kind killed.
    for token in record.registered.values():
        assert place.service.get("/account", token=token).ok
    assert len(record.registered) > 5 * len(record.given_up), record.given_up
    assert "whole" in place.manage("ledger", "verify")


def publish_here_and_read_there(place: Installation) -> None:
    """Publish an entry on the first machine and read it on the second."""
    file = place.room / "all.yaml"
    place.manage("faq", "export", str(file))
    entries = yaml.safe_load(file.read_text())
    [entry] = [one for one in entries["entries"] if one["slug"] == ENTRY]
    entry["answer"] = SENTENCE
    file.write_text(yaml.safe_dump(entries, allow_unicode=True))
    place.manage("faq", "import", str(file))

    def is_read() -> bool:
        address = f"http://127.0.0.1:{place.ports[1]}{API}/faq/entries/{ENTRY}"
        return SENTENCE in requests.get(address, timeout=10).text

    with place.measured("published, read on the other machine", is_read):
        place.manage("faq", "publish", "--note", "drill", "--override", "drill")


def roll(place: Installation, probe: Probe) -> None:
    """Restart web servers and workers one after the other; no call fails."""
    before = len(probe.failed)
    for number, web in enumerate(place.webs):
        web.restart()
        assert eventually(lambda number=number: place.ready(number))
        # deploy/common.sh waits likewise: nginx leaves out a server that did not answer.
        time.sleep(FAIL_TIMEOUT_SECONDS)
    for worker in place.workers:
        worker.restart()
    assert len(probe.failed) == before
    place.figures["rolling restart"] = "0 calls failed"


def kill_each(place: Installation, record: Record) -> None:
    """Kill one part after the other; what systemd would start again is started."""
    consent = data_of(place.service.get("/consent"))["version"]
    numbers = iter(range(10_000, 20_000))

    def registers() -> bool:
        number = next(numbers)
        with suppress(NeverAnswered):
            register(place.service, number, consent, record)
        return number in record.registered

    for part in (place.webs[0], place.workers[0], place.proxy):
        with place.measured(f"{part.name} killed until a person is registered", registers):
            part.kill()
            if part is place.proxy:
                part.start()
        if part is not place.proxy:
            part.start()
    assert eventually(lambda: place.ready(0))

    def has_other_redis() -> bool:
        with suppress(MasterNotFoundError):
            _, port = watcher.discover_master("mymaster")
            return port != killed and registers() and place.ready(0) and place.ready(1)
        return False

    watcher = Sentinel([("127.0.0.1", port) for port in place.sentinel_ports])
    _, killed = watcher.discover_master("mymaster")
    with place.measured("Redis primary killed until counted elsewhere", has_other_redis):
        place.redis[0].kill()
    place.redis[0].start()
    with place.measured("PostgreSQL primary killed until a person is registered", registers):
        place.primary.kill()
        place.standby.promote()
    assert eventually(lambda: place.ready(0) and place.ready(1))


def restore_elsewhere(place: Installation) -> None:
    """Dump the promoted server with the kit's script and restore it into another database."""
    environment = {
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "DUMP_DIR": str(place.room / "dumps"),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(place.standby.port),
        "PGUSER": "postgres",
    }
    (place.room / "dumps").mkdir()
    begun = time.monotonic()
    script = REPOSITORY / "deploy/postgresql/dump"
    subprocess.run([script], env={**environment, "PGDATABASE": "service"}, check=True)
    [dump] = (place.room / "dumps").glob("*.dump")
    place.standby.execute("CREATE DATABASE elsewhere")
    words = ["--exit-on-error", "--single-transaction", "--no-owner", "--dbname=elsewhere"]
    subprocess.run([TOOLS / "pg_restore", *words, str(dump)], env=environment, check=True)
    place.figures["dump and restore"] = f"{time.monotonic() - begun:.1f} s"
    counted = "SELECT count(*) FROM account"
    assert place.standby.execute(counted, "elsewhere") == place.standby.execute(counted, "service")
