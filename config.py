"""Settings of the service: typed, validated at start, the only reader of the environment.

The environment overrides a ``.env`` file. In the sandbox profile both override the defaults of
`miniprogram_api.operations.profiles`. The production profile requires every secret and the vendors'
real addresses.
"""

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, ConfigDict, Field, Json, SecretStr, ValidationError

import production_settings
from key_lists import SettingsError as SettingsError
from key_lists import parse_keys as parse_keys
from production_settings import is_local
from redis_urls import is_redis_url
from sms_settings import LEAST_SECRET, SmsSettings
from subscription_templates import SubscriptionTemplate, SubscriptionTopic

# Bytes of a Unix socket's path that fit into struct sockaddr_un on macOS and Linux.
LONGEST_SOCKET_PATH = 100

# Stored data cannot be read or verified without these.
KEY_SETTINGS = ("data_keys", "index_keys", "ledger_keys", "ledger_seal_keys")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(value: str | tuple[Network, ...]) -> tuple[Network, ...]:
    parts = value.split(",") if isinstance(value, str) else ()
    return tuple(ipaddress.ip_network(part.strip()) for part in parts if part.strip())


Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
"""CIDRs separated by commas."""
Defaults = Callable[[Mapping[str, object]], Mapping[str, object]]


class Settings(SmsSettings):
    """All settings; the environment has their names in upper case."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    profile: Literal["sandbox", "staging", "production"] = "sandbox"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    sandbox_port: int = Field(8001, ge=1, le=65535)
    public_origin: str = Field("", description="https://HOST of the links that the service writes")
    var_dir: Path = Path("var")
    database_url: str = ""
    migration_database_url: str = Field("", description="of the owner of the tables, to migrate")
    redis_url: str = ""
    database_pool_timeout: float = Field(5.0, gt=0, description="seconds to wait for a connection")
    web_workers: int = Field(2, ge=1, le=64)
    web_threads: int = Field(16, ge=1, le=128)
    worker_threads: int = Field(4, ge=1, le=64, description="that answer in the WeChat chat")
    trusted_proxies: Networks = Field((), description="whose X-Forwarded-For is trusted")
    hall_networks: Networks = Field((), description="of halls: ten times the limits by address")
    min_client_version: str = Field("", pattern=r"^(\d{1,4}(\.\d{1,4}){0,3})?$")
    notify_socket: str = Field("", description="of systemd, which sets it")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_token: SecretStr = SecretStr("")
    worker_metrics_port: int = Field(0, ge=0, le=65535)
    faq_encoder: Literal["on", "off"] = Field("on", description="read questions with the encoder")
    faq_reader_url: str = Field("", description="what /chat/completions follows; empty: no reader")
    faq_reader_model: str = ""
    faq_reader_key: SecretStr = SecretStr("")
    faq_reader_provider: str = Field("", max_length=128, description="name, contact, for /privacy")

    data_keys: SecretStr = SecretStr("")
    index_keys: SecretStr = SecretStr("")
    data_cipher: Literal["aes-256-gcm", "sm4-gcm"] = "aes-256-gcm"
    ledger_keys: SecretStr = SecretStr("")
    ledger_seal_keys: SecretStr = SecretStr("")
    ledger_seal_dir: str = Field("", description="a folder on another disk that gets every seal")
    ledger_seal_webhook: str = Field("", description="an https address that gets every seal")
    admin_initial_password: SecretStr = SecretStr("")

    wechat_appid: str = ""
    wechat_secret: SecretStr = SecretStr("")
    wechat_token: SecretStr = SecretStr("")
    wechat_encoding_aes_key: SecretStr = SecretStr("")
    wechat_encoding_aes_key_previous: SecretStr = SecretStr("")
    wechat_push_mode: Literal["plain", "compatible", "secure"] = "secure"
    wechat_push_format: Literal["xml", "json"] = "json"
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_templates: Json[dict[SubscriptionTopic, SubscriptionTemplate]] = Field(
        "{}", validate_default=True
    )
    wechat_program_state: Literal["developer", "trial", "formal"] = "formal"
    wechat_typing_path: str = Field("/cgi-bin/message/custom/business/typing", pattern=r"^/")

    tencentcloud_secret_id: str = ""
    tencentcloud_secret_key: SecretStr = SecretStr("")
    tencentcloud_region: str = "ap-guangzhou"
    tencentcloud_endpoint_scheme: Literal["http", "https"] = "https"
    tencentcloud_faceid_endpoint: str = "faceid.tencentcloudapi.com"
    tencentcloud_iai_endpoint: str = "iai.tencentcloudapi.com"
    ctid_base: str = ""
    phone_owner_check: Literal["off", "warn"] = "off"
    face_mode: Literal["wechat", "photo"] = "wechat"
    face_compare: Literal["off", "tencent"] = "off"
    card_reader_address: str = Field(
        "http://127.0.0.1:17654",
        pattern=r"^http://(127\.0\.0\.1|localhost):\d{1,5}$",
        description="of the card reader's program on the clerk's computer",
    )
    card_ocr: Literal["off", "wechat"] = Field("off", description="reads photos of ID cards")
    wechat_url_link: Literal["off", "on"] = "off"

    operator_name: str = Field("", max_length=64, description="who processes the data")
    operator_address: str = Field("", max_length=128)
    operator_phone: str = Field("", pattern=r"^([ -]*(\d[ -]*){5,})?$", max_length=20)
    operator_dpo: str = Field("", max_length=128, description="data protection officer, contact")
    ctid_provider: str = Field("", max_length=128, description="name and contact, for /privacy")
    program_name: str = Field("", max_length=64, description="of the mini program in WeChat")
    icp_number: str = Field("", max_length=64, description="of the filing, at the foot of pages")
    police_number: str = Field("", max_length=64, description="of the filing with the police")

    upstream_timeout: float = Field(5.0, gt=0, le=30, description="seconds a vendor may take")
    breaker_failures: int = Field(10, ge=1, description="failed calls in a row that open it")
    breaker_seconds: int = Field(30, ge=1)

    publish_needs_review: bool = Field(False, description="three people write, review, publish")
    content_webhook_url: str = Field("", description="an https address told of every hand-in")

    authorization_max_working_days: int = Field(10, ge=1, le=60)
    accounts_per_phone: int = Field(5, ge=1)
    identity_attempts_per_person: int = Field(5, ge=1, description="of one asker, in 24 h")
    identity_attempts_of_all: int = Field(20, ge=1, description="for a person, in 24 h")
    face_attempts_per_account: int = Field(5, ge=1, description="in a moving 24 h")
    ctid_attempts_per_account: int = Field(5, ge=1, description="in a moving 24 h")
    face_checks_per_account: int = Field(30, ge=1, description="opened in a moving hour")
    client_reports_per_user: int = Field(60, ge=1, description="in a moving hour")
    failures_per_address: int = Field(100, ge=1, description="in a moving hour")
    wechat_failures_per_address: int = Field(2_000, ge=1, description="with a WeChat token")
    questions_per_address: int = Field(60, ge=1, description="of visitors, in a moving minute")
    wechat_codes_per_address: int = Field(
        120, ge=1, description="invalid ones in a moving minute, after which it is slowed down"
    )
    unknown_logins_per_wechat_user: int = Field(20, ge=1, description="in a moving minute")
    unknown_logins_per_address: int = Field(120, ge=1, description="in a moving minute")
    cancelled_accounts_kept: int = Field(
        30, ge=0, le=30, description="days until personal data is erased; the consent text says 30"
    )
    staff_passkeys: Literal["optional", "required"] = "optional"
    second_person_days: int = Field(3, ge=0, le=30)
    desk_lookups_per_hour: int = Field(60, ge=1, description="of people, by a member of staff")
    desk_hours: str = Field(
        "08:00-18:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="of the windows on working days; look-ups outside are shown to the auditor",
    )
    phones_per_wechat_user: int = Field(10, ge=1, description="different phones in a moving hour")
    phones_per_device: int = Field(5, ge=1, description="of a browser without WeChat, in an hour")
    phones_per_address: int = Field(60, ge=1, description="different phones in a moving hour")
    matter_days: int = Field(30, ge=1, le=365, description="until an open matter expires")
    matter_confirmed_days: int = Field(
        30, ge=1, le=365, description="for which a confirmation counts at acceptance"
    )
    matter_guard: Literal["matter", "either", "switch"] = Field(
        "matter", description="what an acceptance asks for: confirmed lines, or the switch"
    )
    matter_face: Literal["person", "role"] = Field(
        "person", description="one face check for all of a person's lines, or one for each"
    )
    matter_redo: Literal["changed", "all"] = Field(
        "changed", description="lines that begin anew when only persons change"
    )
    matter_signature: Literal["required", "optional", "off"] = "required"
    matter_desk_photo: Literal["required", "optional", "off"] = "required"
    matter_pictures_days: int = Field(
        30, ge=1, le=30, description="after the sheet was fetched; the consent text says 30"
    )
    syslog_url: str = Field(
        "",
        pattern=r"^((tcp|tls)://[^/\s?#@]+)?$",
        description="`tcp://HOST:601` or `tls://HOST:6514`: gets the audit log",
    )
    incident_report_hours: int = Field(
        4, ge=1, le=24, description="from when an incident is known until the authority is told"
    )
    matter_record_years: int = Field(
        10, ge=1, le=10, description="that ended matters are kept; the consent text says 10"
    )
    ledger_years: int = Field(
        10,
        ge=10,
        le=100,
        description="that personal parts of the ledger are kept after the account's end",
    )
    matter_minors: Literal["window", "online"] = Field(
        "window", description="where minors confirm: with a guardian at a window, or as others"
    )
    checks_per_address: int = Field(60, ge=1, description="of codes of sheets, in a moving minute")
    name_checks_per_address: int = Field(
        60, ge=1, description="of names without a token, in a moving hour"
    )
    name_checks_per_user: int = Field(300, ge=1, description="of names with a token, in an hour")

    @cached_property
    def data_key_ring(self) -> dict[str, bytes]:
        """Return key id → 32 bytes, SM4's 16; the first encrypts, all decrypt."""
        return parse_keys("DATA_KEYS", self.data_keys.get_secret_value())

    @cached_property
    def index_key_ring(self) -> dict[str, bytes]:
        """Return key id → 32 bytes of the blind index; the first is written, all are looked up."""
        return parse_keys("INDEX_KEYS", self.index_keys.get_secret_value())

    @cached_property
    def ledger_key_ring(self) -> dict[str, bytes]:
        """Return key id → 32 bytes of the ledger's hashes; the first writes, all verify."""
        return parse_keys("LEDGER_KEYS", self.ledger_keys.get_secret_value())

    @cached_property
    def ledger_seal_key_ring(self) -> dict[str, bytes]:
        """Return key id → 32 bytes: first the Ed25519 seed that signs, then old public keys."""
        return parse_keys("LEDGER_SEAL_KEYS", self.ledger_seal_keys.get_secret_value())

    @property
    def ledger_seal_directory(self) -> Path | None:
        """Return the folder that gets every seal, if there is one."""
        return Path(self.ledger_seal_dir) if self.ledger_seal_dir else None

    @property
    def lacks_trusted_proxies(self) -> bool:
        """Return whether a proxy on this machine, not trusted, hides all client addresses."""
        is_behind_proxy = self.profile != "sandbox" and is_local(self.host)
        return is_behind_proxy and not self.trusted_proxies

    @property
    def wide_proxies(self) -> tuple[Network, ...]:
        """Return the trusted networks with more than 256 addresses (IPv6: more than a /64).

        Every machine in them can write the address that limits count.
        """
        widest = {4: 24, 6: 64}
        return tuple(n for n in self.trusted_proxies if n.prefixlen < widest[n.version])

    @property
    def origin(self) -> str:
        """Return what links begin with: PUBLIC_ORIGIN, by default this machine's address."""
        return self.public_origin.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def longest_call(self) -> timedelta:
        """Return the longest duration of a call, the minimum for leases.

        It is three times the time-out: connecting, a check, and its retry.
        """
        return timedelta(seconds=max(30.0, 3 * self.upstream_timeout + 5))

    @property
    def database_address(self) -> str:
        """Return the database URL, by default a SQLite file in VAR_DIR."""
        return self.database_url or f"sqlite:///{self.var_dir.absolute() / 'service.sqlite3'}"

    @property
    def valkey_socket(self) -> Path:
        """Return the embedded Valkey's socket in VAR_DIR, or in /tmp if that path is too long."""
        path = self.var_dir.absolute() / "valkey" / "valkey.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        name = base64.b32encode(os.fsencode(path)).decode()[-16:].lower().strip("=")
        return Path("/tmp") / f"identity-verification-{os.getuid()}-{name}" / "valkey.sock"  # noqa: S108

    @property
    def redis_address(self) -> str:
        """Return the Redis URL, by default of the embedded Valkey."""
        return self.redis_url or f"unix://{self.valkey_socket}"


def load(sandbox_defaults: Defaults | None = None, **overrides: object) -> Settings:
    """Read and validate the environment and ``.env``.

    `sandbox_defaults` takes the values so far and returns defaults of the sandbox profile.
    `overrides` (setting name → value) have precedence. Raises SettingsError with all problems.
    """
    values: dict[str, object] = {**read_environment(), **overrides}
    if sandbox_defaults is not None and (values.get("profile") or "sandbox") == "sandbox":
        try:
            made = sandbox_defaults(values)
        except OSError as error:
            raise SettingsError([f"VAR_DIR: {error.filename}: {error.strerror}."]) from None
        values = {**made, **{k: v for k, v in values.items() if v != ""}}
    known = {name: values[name] for name in Settings.model_fields if name in values}
    try:
        settings = Settings.model_validate(known)
    except ValidationError as error:
        raise SettingsError(
            [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}." for e in error.errors()]
        ) from None
    problems = _problems(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def child_environment(**more: str) -> dict[str, str]:
    """Return the environment for a child process, with ``more`` (NAME → value) set."""
    return {**os.environ, **more}


def read_environment() -> dict[str, object]:
    """Return the values of ``.env`` and the environment, which has precedence, by setting name.

    A value may stand in the file that ``NAME_FILE`` names. Raises SettingsError.
    """
    given = {**dotenv_values(".env"), **os.environ}.items()
    values: dict[str, object] = {name.lower(): v for name, v in given if v is not None}
    for name in Settings.model_fields:
        path = values.get(f"{name}_file")
        if path and not values.get(name):
            try:
                values[name] = Path(str(path)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise SettingsError([f"{name.upper()}_FILE cannot be read."]) from None
    return values


def _problems(settings: Settings) -> list[str]:
    problems: list[str] = []
    for name in KEY_SETTINGS:
        try:
            if not parse_keys(name.upper(), getattr(settings, name).get_secret_value()):
                problems.append(f"{name.upper()} is not set.")
        except SettingsError as error:
            problems.extend(error.problems)
    is_aes = settings.data_cipher == "aes-256-gcm"
    if not problems and is_aes and len(next(iter(settings.data_key_ring.values()))) != 32:
        problems.append("The first of DATA_KEYS is a key of SM4, and DATA_CIPHER is not.")
    if settings.migration_database_url and not settings.database_url:
        problems.append("MIGRATION_DATABASE_URL is for PostgreSQL, and DATABASE_URL is not set.")
    schemes = ("postgresql", "postgres", "sqlite")
    if settings.database_url and urlsplit(settings.database_url).scheme not in schemes:
        problems.append(f"DATABASE_URL must begin with {'://, '.join(schemes)}://.")
    if settings.redis_url and not is_redis_url(settings.redis_url):
        problems.append(
            "REDIS_URL cannot be read. Write redis://HOST:PORT/0, rediss://HOST:PORT/0, "
            "unix:///PATH or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/0."
        )
    for name in ("wechat_encoding_aes_key", "wechat_encoding_aes_key_previous"):
        key = getattr(settings, name).get_secret_value()
        if key and not (len(key) == 43 and key.isascii() and key.isalnum()):
            problems.append(f"{name.upper()} must be the 43 letters and digits of the console.")
    if settings.public_origin and not production_settings.is_origin(settings.public_origin):
        problems.append("PUBLIC_ORIGIN must be https://HOST or https://HOST:PORT, without a path.")
    reader = settings.faq_reader_url
    if reader and not reader.startswith(("http://", "https://")):
        problems.append("FAQ_READER_URL must be an address, such as https://HOST/v1.")
    if reader and not settings.faq_reader_model.strip():
        problems.append("FAQ_READER_MODEL is not set, and FAQ_READER_URL is.")
    if settings.face_mode == "photo" and find_spec("cv2") is None:
        problems.append("FACE_MODE=photo needs OpenCV: pip install opencv-python-headless.")
    path = settings.sms_receipts_path.get_secret_value()
    if path and not re.fullmatch(rf"[A-Za-z0-9_-]{{{LEAST_SECRET},128}}", path):
        problems.append(f"SMS_RECEIPTS_PATH must be {LEAST_SECRET} letters and digits or more.")
    if settings.profile != "sandbox":
        problems.extend(production_settings.problems(settings))
    return problems
