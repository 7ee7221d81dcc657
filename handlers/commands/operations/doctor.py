"""Check settings, keys, files, database, Redis, clocks, vendors and background jobs.

Changes nothing and sends no personal data. Exits with 1 when something is wrong; a warning is
something to do soon.
"""

import http.client
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from config import Settings
from faq.matching import encoder
from handlers.commands.environment import connected, with_settings
from handlers.commands.operations import vendor_checks
from handlers.commands.operations.findings import Finding
from handlers.commands.operations.vendor_remedies import remedy
from handlers.logs import configure_logs
from miniprogram_api import clients, clock, working_days
from miniprogram_api.clients import reader
from miniprogram_api.clients.vendors import certificates
from miniprogram_api.delivery import backlog
from miniprogram_api.health import heartbeats, readiness, status, vendors
from miniprogram_api.operations import client_reports, maintenance
from miniprogram_api.services import Services, StoreUnavailable
from miniprogram_api.staff import first_administrator

TIMEOUT_SECONDS = 5
# Tencent Cloud refuses signatures that are 300 s off.
MOST_SKEW = timedelta(seconds=60)
LEAST_FREE_BYTES = 1 << 30
SM4_KEY_BYTES = 16
SANDBOX_HEADER = "X-Sandbox"
SHORT_CERTIFICATE = timedelta(days=30)


@click.command(help=__doc__)
@click.option("--offline", is_flag=True, help="do not call vendors")
@click.option("--vendors", "asks", is_flag=True, help="ask each vendor, without effect or cost")
@with_settings
def command(settings: Settings, *, offline: bool, asks: bool) -> int:
    """Print one line per finding and, below it, what to do."""
    # The findings replace the log.
    configure_logs("CRITICAL")
    wrong = 0
    with connected(settings):
        general = _findings(settings, offline=offline)
        for finding in chain(general, vendor_checks.findings(settings) if asks else ()):
            wrong += bool(finding.trouble) and not finding.is_warning
            print(f"{finding.mark} {finding.subject}: {finding.state}")
            if finding.trouble:
                print(f"      → {finding.trouble}")
    print("Everything is in order." if not wrong else f"{wrong} found wrong.")
    return 1 if wrong else 0


def _findings(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    yield Finding("settings", f"{settings.profile} profile")
    yield from _files(settings)
    yield _client_addresses(settings)
    yield _proxies(settings)
    yield _processor(settings)
    if settings.faq_reader_url:
        yield _reader_provider(settings)
    has_database = False
    for finding in _parts(settings):
        has_database |= finding.subject == "migrations" and not finding.trouble
        yield finding
    if has_database:
        yield _keys(settings)
        yield _skew("clock of the database", maintenance.database_clock())
        yield _administrator()
        yield from _deliveries()
        yield _worker()
        yield _phone_numbers()
        yield _connections(settings)
        yield _calendar()
    yield from _redis(settings)
    yield from _seal_folder(settings)
    if not offline:
        for name, address in _vendors(settings):
            yield from _vendor(settings, name, address)
            yield from _certificate(name, address)
        if settings.faq_reader_url:
            yield _reader(settings)


def _files(settings: Settings) -> Iterator[Finding]:
    directory = settings.var_dir.absolute()
    free = shutil.disk_usage(directory if directory.exists() else directory.parent).free
    trouble = "Make room: with a full disk nothing can be written." * (free < LEAST_FREE_BYTES)
    yield Finding("disk", f"{free / 1e9:.1f} GB free for {directory}", trouble)
    if directory.exists():
        is_ours = os.access(directory, os.W_OK | os.X_OK)
        trouble = "Let this user write there, or set VAR_DIR to a folder of its own." * (
            not is_ours
        )
        yield Finding("VAR_DIR", "may be written" if is_ours else "may not be written", trouble)
        readable = 0
        if directory.stat().st_mode & 0o077:
            files = (path for path in directory.rglob("*") if path.is_file())
            readable = sum(bool(path.stat().st_mode & 0o077) for path in files)
        trouble = f"Type: chmod -R go= {directory}" * bool(readable)
        yield Finding("files of VAR_DIR", f"{readable} readable by others", trouble)
    secrets = directory / "secrets.env"
    if secrets.exists():
        mode = stat.S_IMODE(secrets.stat().st_mode)
        trouble = f"Others may read the keys. Type: chmod 600 {secrets}" if mode & 0o077 else ""
        yield Finding("secrets.env", f"mode {mode:04o}", trouble)


def _client_addresses(settings: Settings) -> Finding:
    trusted = ", ".join(map(str, settings.trusted_proxies))
    state = f"X-Forwarded-For of {trusted}" if trusted else "those that connect"
    trouble = (
        "HOST is this machine alone, so callers come through a proxy here, and all count as one "
        "address: one of them can lock all others out. Set TRUSTED_PROXIES (127.0.0.1)."
    )
    return Finding("callers' addresses", state, trouble * settings.lacks_trusted_proxies)


def _proxies(settings: Settings) -> Finding:
    wide = ", ".join(map(str, settings.wide_proxies))
    trouble = (
        f"Every machine in {wide} can claim any address in X-Forwarded-For and so evade the limits "
        "by address. Name the proxies in TRUSTED_PROXIES, or their network of at most a /24."
    )
    state = f"{len(settings.trusted_proxies)} networks"
    return Finding("trusted proxies", state, trouble if wide else "", is_warning=True)


def _processor(settings: Settings) -> Finding:
    trouble = (
        "Set CTID_PROVIDER to the firm that CTID is bought of, and its contact: users must be told "
        "who receives their data (PIPL, article 23)."
    )
    is_unnamed = settings.profile != "sandbox" and not settings.ctid_provider.strip()
    state = f"{settings.operator_name}, {settings.operator_dpo}"
    return Finding("processor", state, trouble if is_unnamed else "", is_warning=True)


def _reader_provider(settings: Settings) -> Finding:
    provider = settings.faq_reader_provider.strip()
    trouble = (
        "Set FAQ_READER_PROVIDER to the firm or office that runs the language model, and its "
        "contact: users must be told who receives their questions (PIPL, article 23)."
    )
    is_unnamed = settings.profile != "sandbox" and not provider
    state = provider or "not named"
    return Finding("provider of the reader", state, trouble * is_unnamed, is_warning=True)


def _administrator() -> Finding:
    is_there = first_administrator.exists()
    trouble = "Nobody can sign in at /admin/, /window/ and /centre/. Type: manage.py migrate"
    return Finding("administrator", "there" if is_there else "missing", trouble * (not is_there))


def _parts(settings: Settings) -> Iterator[Finding]:
    embedded = " It is embedded: it runs while the service does (make run)."
    remedies = {
        "database": "Start it, or correct DATABASE_URL.",
        "migrations": "Type: make migrate",
        "redis": "Start it, or correct REDIS_URL." + embedded * (not settings.redis_url),
    }
    for part in readiness.parts(Services(settings, clients.build(settings))):
        if part.name == "disk":
            continue  # See _files.
        yield Finding(part.name, part.state, "" if part.works else remedies[part.name])
    # No trouble without it: the bot falls back to characters and pinyin.
    yield Finding("encoder", encoder.state())


def _keys(settings: Settings) -> Finding:
    state = (
        f"data {', '.join(settings.data_key_ring)}; index {', '.join(settings.index_key_ring)}; "
        f"written with {settings.data_cipher}"
    )
    columns = maintenance.unreadable_columns()
    trouble = (
        f"Stored values need other keys than these ({', '.join(columns)}). Put the former "
        "DATA_KEYS and INDEX_KEYS back, after the present ones."
    )
    if not columns and _derives_sm4(settings):
        derived = (
            "The key of SM4 is derived from one of 32 bytes. Make it one of its own: "
            'docs/runbook.md, "Rotating keys".'
        )
        return Finding("keys", state, derived, is_warning=True)
    return Finding("keys", state, trouble if columns else "")


def _derives_sm4(settings: Settings) -> bool:
    first = next(iter(settings.data_key_ring.values()))
    return settings.data_cipher == "sm4-gcm" and len(first) != SM4_KEY_BYTES


def _skew(subject: str, theirs: datetime) -> Finding:
    skew = theirs - clock.now()
    trouble = "Let NTP set this machine's clock: signatures and limits need the right time."
    return Finding(
        subject, f"{skew.total_seconds():+.0f} s from ours", trouble * (abs(skew) > MOST_SKEW)
    )


def _deliveries() -> list[Finding]:
    figures = backlog.by_channel()
    jobs = figures.pop("job").failed
    unsent = sum(one.failed for one in figures.values())
    trouble = "Type: manage.py dead-letters list"
    return [
        Finding("background jobs", f"{jobs} given up", trouble if jobs else ""),
        Finding("messages", f"{unsent} could not be sent", trouble if unsent else ""),
    ]


def _worker() -> Finding:
    age = heartbeats.worker_age()
    trouble = (
        "Start it (manage.py worker), or look at its log: until then no message is sent and the "
        "WeChat chat is not answered."
    )
    is_dead = age is None or age > heartbeats.DEAD_AFTER_SECONDS
    state = "no sign of life for a day" if age is None else f"last sign of life {age} s ago"
    return Finding("worker", state, trouble * is_dead)


def _phone_numbers() -> Finding:
    """Tell a used-up quota of phone numbers, which WeChat tells on users' phones alone."""
    users = client_reports.without_phone_number()
    trouble = remedy("wechat", "phone_quota") if users >= client_reports.MANY else ""
    state = f"not given to {users} users in the last hour"
    return Finding("WeChat's phone numbers", state, trouble)


def _connections(settings: Settings) -> Finding:
    """Compare the pools of one machine with what the server allows."""
    facts = status.database_server()
    # One more in each pool, for a health check; migrations and commands take the rest.
    web = settings.web_workers * (settings.web_threads + 1)
    pools = web + settings.worker_threads + 7
    trouble = (
        f"Two machines may open {2 * pools} connections. Raise max_connections, or lower "
        "WEB_WORKERS and WEB_THREADS, or put PgBouncer in between."
    )
    is_short = 0 < facts.most_connections < 2 * pools
    state = f"{pools} a machine at most; the server allows {facts.most_connections or 'any'}"
    return Finding("connections", state, trouble * is_short, is_warning=True)


def _redis(settings: Settings) -> Iterator[Finding]:
    """Say what a restart or a full memory would lose; the embedded server is ours."""
    try:
        facts = Services(settings, clients.build(settings)).clients.store_status.facts()
    except StoreUnavailable:
        return
    trouble = (
        "Set appendonly yes: after a restart limits, sign-ins and the nonces of signed calls are "
        "gone."
    )
    state = "kept" if facts.persists else "lost"
    yield Finding("Redis after a restart", state, trouble * (not facts.persists))
    trouble = "Set maxmemory-policy noeviction: else limits are forgotten when memory is full."
    state = "forgets keys" if facts.evicts else "refuses writes"
    yield Finding("Redis with full memory", state, trouble * facts.evicts)


def _seal_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.ledger_seal_directory
    if folder is None:
        return
    is_ours = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    trouble = f"Let this user write to {folder} (LEDGER_SEAL_DIR): seals are not carried out."
    # The service makes the sandbox's folder itself.
    is_wrong = not is_ours and (folder.exists() or settings.profile != "sandbox")
    state = "may be written" if is_ours else "may not be written" if is_wrong else "not made yet"
    yield Finding("folder of the seals", state, trouble * is_wrong)


def _calendar() -> Finding:
    missing = working_days.missing_year(clock.today())
    trouble = (
        "Import the State Council's announcement: manage.py calendar import FILE. Until then the "
        "days of authorisations and tickets are estimated from Monday to Friday."
    )
    state = "known" if missing is None else f"{missing} is missing"
    return Finding("holidays", state, trouble * (missing is not None), is_warning=True)


def _vendors(settings: Settings) -> list[tuple[str, str]]:
    named = list(vendors.addresses(settings).items())
    # The sandbox is one server for all of them.
    return [
        (name, address)
        for number, (name, address) in enumerate(named)
        if address not in (earlier for _, earlier in named[:number])
    ]


def _certificate(name: str, address: str) -> Iterator[Finding]:
    try:
        end = certificates.ends_at(address, TIMEOUT_SECONDS)
    except certificates.CertificateRefused as error:
        trouble = (
            f"The clients refuse its certificate. Correct {name}, this machine's clock, or its "
            "certificates (REQUESTS_CA_BUNDLE); a proxy that reads TLS needs its own in there."
        )
        yield Finding(f"certificate of {address}", str(error), trouble)
    except OSError:
        return
    else:
        if end is not None:
            left = end - clock.now()
            trouble = f"Ask the vendor when {name} gets its next certificate."
            yield Finding(
                f"certificate of {address}",
                f"valid until {end:%Y-%m-%d}",
                trouble if left < SHORT_CERTIFICATE else "",
                is_warning=True,
            )


def _reader(settings: Settings) -> Finding:
    """Ask the reader a question without personal data."""
    answer = clients.build(settings).reader.choose("password?", (), ("password", "address"))
    is_answer = answer.outcome in (reader.ReaderOutcome.CHOSE, reader.ReaderOutcome.NONE)
    trouble = (
        "Correct FAQ_READER_URL, FAQ_READER_MODEL or FAQ_READER_KEY; it must answer within "
        f"{reader.TIMEOUT_SECONDS:g} s and know response_format json_schema. Until then the bot "
        "answers without it."
    )
    state = f"{settings.faq_reader_model}, {answer.outcome.value}"
    return Finding("reader", state, trouble * (not is_answer), is_warning=True)


def _vendor(settings: Settings, name: str, address: str) -> Iterator[Finding]:
    try:
        with urlopen(Request(address, method="HEAD"), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            headers = answer.headers
    except HTTPError as error:
        headers = error.headers
        error.close()
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        trouble = f"Correct {name}, or let this machine reach it (firewall, DNS, proxy)."
        yield Finding(address, f"does not answer ({reason})", trouble)
        return
    is_sandbox = SANDBOX_HEADER in headers
    trouble = f"{name} is a sandbox: it proves no identity." * (
        is_sandbox and settings.profile == "production"
    )
    yield Finding(address, "answers" + " (sandbox)" * is_sandbox, trouble)
    if headers.get("Date"):
        theirs = parsedate_to_datetime(headers["Date"])
        yield _skew(f"clock of {address}", theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))
