"""Start all parts of the service, print the addresses, restart parts that die until Ctrl-C.

The parts are the embedded Valkey (unless REDIS_URL is set), the web server, the worker and, in the
sandbox profile, the sandbox. The database is migrated first. This process holds the web server's
listening socket, so that callers wait while a killed server restarts.
"""

import errno
import http.client
import io
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import click
import segno

import config
from config import Settings
from faq.release import published_names, publishing
from handlers import mini_program
from handlers.commands.environment import connected, with_settings
from handlers.commands.processes import embedded_valkey
from handlers.commands.processes.instance import CannotStart, only_one
from handlers.commands.processes.processes import Part
from miniprogram_api.names.register import changes as name_changes
from miniprogram_api.operations import maintenance
from miniprogram_api.registrars import systems
from miniprogram_api.staff import first_administrator, windows

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 60.0
# Longer than gunicorn's graceful time-out.
STOP_SECONDS = 20.0
WATCH_SECONDS = 0.1
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


@click.command(help=__doc__)
@click.option(
    "--parent", type=int, metavar="PID", help="end when this process, which started us, ends"
)
@with_settings
def command(settings: Settings, parent: int | None) -> int:
    """Serve until a signal. Raises CannotStart."""
    with only_one(settings.var_dir) as was_killed:
        # The web server of a killed one holds its port until its last requests are answered.
        deadline = time.monotonic() + (STOP_SECONDS if was_killed else 0)
        with closing(_listen(settings, deadline)) as listener:
            return _Service(settings, listener, parent).run()


def _listen(settings: Settings, deadline: float) -> socket.socket:
    """Open the web server's socket; check the sandbox's port first."""
    if settings.profile == "sandbox":
        _bound("127.0.0.1", settings.sandbox_port, "SANDBOX_PORT", deadline).close()
    return _bound(settings.host, settings.port, "PORT", deadline)


def _bound(host: str, port: int, name: str, deadline: float) -> socket.socket:
    """Bind the port, and wait until the deadline while it is in use. Raises CannotStart."""
    is_ipv6 = ":" in host
    family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
    try:
        while True:
            try:
                return socket.create_server(
                    (host, port), family=family, backlog=2048, dualstack_ipv6=is_ipv6
                )
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)
    except OSError as error:
        # create_server adds the address in parentheses.
        reason = str(error.strerror).partition(" (")[0]
        raise CannotStart(
            f"Port {port} cannot be used ({reason}). "
            f"Set {name} to a free one, for example: make run {name}={min(port + 10, 65535)}"
        ) from None


class _Service:
    """All parts together, from the first start to the last stop."""

    def __init__(self, settings: Settings, listener: socket.socket, parent: int | None) -> None:
        self._settings = settings
        self._listener = listener
        self._parent = parent
        self._signals = 0
        self._first_administrator: first_administrator.FirstAdministrator | None = None
        self._logs = settings.var_dir.absolute() / "log"
        self._valkey = self._make_valkey() if not settings.redis_url else None
        # Made after the migrations, because it gets a key of the registration systems.
        self._sandbox: Part | None = None
        self._web = self._make_web()
        self._worker = self._make_worker()

    def run(self) -> int:
        """Start all parts, supervise them, stop them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)
        try:
            self._start()
            if not self._stopping():
                _show(self._addresses())
            while not self._stopping():
                for part in self._parts():
                    part.maintain(_say)
                time.sleep(WATCH_SECONDS)
            _show("Stopping …")
        finally:
            self._stop()
        return 0

    # Parts --------------------------------------------------------------------------------------

    def _parts(self) -> list[Part]:
        return [part for part in (self._valkey, self._sandbox, self._web, self._worker) if part]

    def _part(
        self,
        name: str,
        command: list[str],
        inherited: tuple[int, ...] = (),
        **environment: str,
    ) -> Part:
        return Part(
            name,
            command,
            # The parts do not migrate and get no rights of the owner.
            environment=config.child_environment(
                PYTHONPATH=str(REPOSITORY), MIGRATION_DATABASE_URL="", **environment
            ),
            log=self._logs / f"{name}.log",
            inherited=inherited,
        )

    def _make_valkey(self) -> Part:
        return self._part("valkey", embedded_valkey.prepare(self._settings))

    def _make_sandbox(self, system: systems.Issued) -> Part:
        settings = self._settings
        return self._part(
            "sandbox",
            [sys.executable, "-m", "sandbox", "--port", str(settings.sandbox_port)],
            WECHAT_APPID=settings.wechat_appid,
            WECHAT_SECRET=settings.wechat_secret.get_secret_value(),
            WECHAT_TOKEN=settings.wechat_token.get_secret_value(),
            WECHAT_ENCODING_AES_KEY=settings.wechat_encoding_aes_key.get_secret_value(),
            WECHAT_PUSH_MODE=settings.wechat_push_mode,
            WECHAT_PUSH_FORMAT=settings.wechat_push_format,
            WECHAT_PUSH_URL=f"{self._base}/wechat/push",
            SERVICE_URL=self._base,
            REGISTRAR_KEY_ID=system.key_id,
            REGISTRAR_SECRET=system.secret,
            TENCENTCLOUD_SECRET_ID=settings.tencentcloud_secret_id,
            TENCENTCLOUD_SECRET_KEY=settings.tencentcloud_secret_key.get_secret_value(),
        )

    def _make_web(self) -> Part:
        descriptor = self._listener.fileno()
        configuration = str(REPOSITORY / "gunicorn.conf.py")
        return self._part(
            "web",
            [sys.executable, "-m", "gunicorn", "--config", configuration,
             "--bind", f"fd://{descriptor}", "wsgi:create_app()"],
            inherited=(descriptor,),
        )  # fmt: skip

    def _make_worker(self) -> Part:
        # The same name at each restart, so that it takes over its own leases at once.
        name = secrets.token_hex(4)
        command = [sys.executable, str(REPOSITORY / "manage.py"), "worker", "--name", name]
        return self._part("worker", command)

    # Start --------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Start all parts. Raises CannotStart when one dies or is not ready in time."""
        if self._valkey is not None:
            _say("valkey: starting")
            self._valkey.start()
        _say("database: looking for migrations")
        self._migrate()
        if self._sandbox is not None:
            _say("sandbox: starting")
            self._sandbox.start()
        # From here, because training may take a minute on a busy machine.
        deadline = time.monotonic() + START_SECONDS
        if self._valkey is not None:
            path = self._settings.valkey_socket
            self._wait("valkey", lambda: embedded_valkey.answers(path), deadline)
        _say("web: starting")
        self._web.start()
        self._wait("web", self._web_answers, deadline)
        # After the web server, because they share the cores.
        _say("worker: starting")
        self._worker.start()
        if self._sandbox is not None:
            port = self._settings.sandbox_port
            self._wait("sandbox", lambda: _accepts(port), deadline)

    def _migrate(self) -> None:
        try:
            with connected(self._settings):
                applied = maintenance.migrate(self._settings)
                seeded = publishing.seed_if_empty()
                windows.seed_samples(self._settings)
                if self._settings.profile == "sandbox":
                    name_changes.load_sample(published_names.lists())
                    hook = f"http://127.0.0.1:{self._settings.sandbox_port}/sandbox/registrar/hook"
                    self._sandbox = self._make_sandbox(systems.of_sandbox(self._settings, hook))
                self._first_administrator = first_administrator.ensure(self._settings)
                is_learnt = publishing.current().fetch()
        except maintenance.DatabaseUnavailable as error:
            raise CannotStart(f"The database does not answer: {error}") from None
        for name in applied:
            _say(f"database: applied {name}")
        if seeded:
            _say("faq: published the shipped entries")
        if not is_learnt:
            _say("faq: learning from the entries in force; this may take a minute")
            # In its own process, to free the memory of the training.
            manage = str(REPOSITORY / "manage.py")
            environment = config.child_environment(PYTHONPATH=str(REPOSITORY))
            subprocess.run([sys.executable, manage, "migrate"], env=environment, check=False,  # noqa: S603
                           stdout=subprocess.DEVNULL)  # fmt: skip

    def _wait(self, name: str, ready: Callable[[], bool], deadline: float) -> None:
        while not self._stopping() and not ready():
            for part in self._parts():
                how = part.ended()
                if how is not None:
                    raise CannotStart(
                        f"{part.last_lines()}\nThe {part.name} part {how}: see {part.log}"
                    )
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The {name} part is not ready after {START_SECONDS:.0f} s: see {self._logs}"
                )
            time.sleep(0.02)

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection(self._base.removeprefix("http://"), timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def _base(self) -> str:
        """Return the service's address for a browser on this machine."""
        is_everywhere = self._settings.host in EVERYWHERE
        return _address("127.0.0.1" if is_everywhere else self._settings.host, self._settings.port)

    def _addresses(self) -> str:
        settings = self._settings
        base = self._base
        lines = [f"The service is up ({settings.profile} profile).",
                 f"  page     {base}/",
                 f"  admin    {base}/admin/",
                 f"  API docs {base}/docs"]  # fmt: skip
        if self._first_administrator is not None:
            said = self._first_administrator.said
            lines.insert(3, f"           first sign-in: {said} (shown only now)")
        if self._sandbox is not None:
            sandbox = f"http://127.0.0.1:{settings.sandbox_port}/sandbox"
            lines += [
                f"  inbox    {sandbox}/inbox",
                f"  chat     {sandbox}/wechat/chat",
                f"  matters  {sandbox}/registrar/matters/",
                f"  cards    {sandbox}/cards",
            ]
        lines += [f"  logs     {self._logs}/", *program_lines(settings), "Ctrl-C stops it."]
        return "\n".join(lines)

    # Stop ---------------------------------------------------------------------------------------

    def _note_signal(self, _number: int, _frame: object) -> None:
        self._signals += 1

    def _stopping(self) -> bool:
        orphaned = self._parent is not None and os.getppid() != self._parent
        return self._signals > 0 or orphaned

    def _stop(self) -> None:
        """Stop web server and worker, then the parts they need; a second signal kills them."""
        signals = self._signals
        for wanted in ((self._web, self._worker), (self._sandbox, self._valkey)):
            parts = [part for part in wanted if part is not None]
            for part in parts:
                part.terminate()
            deadline = time.monotonic() + STOP_SECONDS
            while any(part.is_running() for part in parts):
                if time.monotonic() > deadline or self._signals > signals:
                    break
                time.sleep(0.02)
            for part in parts:
                part.kill()


def program_lines(settings: Settings) -> list[str]:
    """Return the mini program's address with a QR code for phones, or how to build it."""
    if not mini_program.is_built():
        return ["  program  is not built yet: make app"]
    host = _network_address() if settings.host in EVERYWHERE else settings.host
    address = f"{_address(host, settings.port)}/m/"
    code = io.StringIO()
    segno.make(address).terminal(code, compact=True)
    return [f"  program  {address}", code.getvalue().rstrip()]


def _network_address() -> str:
    """Return the address under which other machines reach this one, or that of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, suppress(OSError):
        # Sends nothing; an address of RFC 5737, which is on no network.
        udp.connect(("192.0.2.1", 9))
        return str(udp.getsockname()[0])
    return "127.0.0.1"


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _say(sentence: str) -> None:
    _show(f"{time.strftime('%H:%M:%S')} {sentence}")


def _show(text: str) -> None:
    # Output to a file on a full disk must not end the supervisor.
    with suppress(OSError):
        print(text, flush=True)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
