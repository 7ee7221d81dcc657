"""The privacy notice: what is kept of users, why, on which ground, how long, and its receivers.

The list is made from the retention table and the locale file. ``consent_writing`` makes the consent
text from it, ``notice`` the answer of ``GET /privacy``. 个人信息保护法 art. 13, 17, 23 and 44-50;
网络数据安全管理条例 art. 21.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Literal, cast

from config import Settings
from miniprogram_api.accounts import consents, processor
from miniprogram_api.accounts.processor import Processor
from miniprogram_api.answers import answer_class
from miniprogram_api.registrars import systems
from miniprogram_api.retention import DAY, Kept
from miniprogram_api.texts import has, text, word, words
from miniprogram_api.texts.pages import TITLES

WITHOUT_PERIOD = ("IDENTITY", "ACCOUNTS", "CONSENTS", "LEDGER", "AUDIT")
"""Kinds of data without a fixed period."""
NOT_OF_USERS = frozenset(
    {
        Kept.REGISTRAR_NONCES,
        # Counts without a person.
        Kept.DAILY_FIGURES,
        Kept.DISTINCT_VISITORS,
        Kept.FREE_NAMES,
        # Names of enterprises, without whom they were checked for.
        Kept.NAME_SLIPS,
        # How the accounts are found, without a list of them.
        Kept.INCIDENTS,
        # Numbers of lines.
        Kept.AUDIT_BATCHES,
        # Of processes.
        Kept.HEARTBEATS,
        # Ids of other rows.
        Kept.JOBS,
        # Random; the account that it is of lives longer.
        Kept.DESK_CODES,
        Kept.FACE_HANDOVERS,
        # Of staff.
        Kept.STAFF_DEVICES,
        Kept.PASSKEY_CHALLENGES,
        Kept.CARD_NONCES,
        Kept.CONTENT_TASKS,
        Kept.CONTENT_CHECKS,
    }
)
RECEIVERS = ("wechat", "identity_source", "compare", "sms", "ctid", "registrars", "desks")
READER = "reader"
"""Another receiver, of `QUESTIONS`, where the operator has a reader (FAQ_READER_URL)."""
SMS, SECOND_SMS = "sms", "sms_aliyun"
"""The second gets what the first gets, where the operator has a second SMS vendor."""
RIGHTS: dict[str, tuple[str, ...]] = {
    "look": ("pages/account/index", "pages/account/receipts"),
    "copy": ("pages/account/export",),
    "correct": (
        "pages/account/identity-dates",
        "pages/account/phone",
        "pages/tickets/index?kind=name_correction",
    ),
    "delete": (
        "pages/account/conversations",
        "pages/account/cancellation",
        "pages/tickets/index?kind=other",
    ),
    "withdraw": ("pages/account/consents",),
    "explain": ("pages/tickets/index?kind=refusal_reason", "pages/tickets/index?kind=other"),
    "transfer": ("pages/account/export", "pages/tickets/index?kind=data_transfer"),
    "complain": ("pages/tickets/index?kind=complaint",),
    "children": ("pages/windows/index", "pages/tickets/index?kind=complaint"),
    "relatives": ("pages/windows/index", "pages/tickets/index?kind=relatives_request"),
}
"""Each right and the pages where it is used."""

GroundKind = Literal["statute", "consent"]


@answer_class
class Ground:
    """Why something may be processed."""

    kind: GroundKind
    basis: str
    """Its short name."""
    source: str
    """The articles that it rests on."""
    withdrawal: str | None
    """How a consent is withdrawn; null for a statute."""


@answer_class
class PersonalData:
    """One kind of data that is kept of users."""

    key: str
    what: str
    purpose: str
    ground: GroundKind
    basis: str
    """The short name of the ground."""
    source: str
    """The articles that the ground rests on."""
    withdrawal: str | None
    """How the consent is withdrawn; null for a statute."""
    period: str
    receivers: tuple[str, ...]
    """Their names."""


@answer_class
class Receiver:
    """A receiver of personal data, and what it gets."""

    key: str
    name: str
    company: str
    contact: str
    what: str
    systems: tuple[str, ...]
    """The registration systems in force, by name."""


@answer_class
class Way:
    """A page where a right is used."""

    label: str
    page: str


@answer_class
class Right:
    """A right of the person, and how it is used."""

    key: str
    title: str
    how: str
    source: str
    """The articles that grant it."""
    ways: tuple[Way, ...]


@answer_class
class Notice:
    """The processor, what is kept of users, its receivers, and the rights of users."""

    version: str
    """Of the consent text in force."""
    processor: Processor
    data: tuple[PersonalData, ...]
    receivers: tuple[Receiver, ...]
    rights: tuple[Right, ...]


def notice(settings: Settings) -> Notice:
    """Return the notice with what only the running service knows: processor and systems."""
    receivers: tuple[str, ...] = RECEIVERS
    data = personal_data()
    if "aliyun" in settings.sms_providers:
        receivers = (*receivers, SECOND_SMS)
        first = text(f"receivers.{SMS}.name")
        data = [_with(row, SECOND_SMS) if first in row.receivers else row for row in data]
    if settings.faq_reader_url:
        receivers = (*receivers, READER)
        data = [_with(row, READER) if row.key == Kept.QUESTIONS.name else row for row in data]
    return Notice(
        version=consents.current_text().version,
        processor=processor.of(settings),
        data=tuple(data),
        receivers=tuple(_receiver(settings, key) for key in receivers),
        rights=tuple(_right(key, pages) for key, pages in RIGHTS.items()),
    )


def personal_data() -> list[PersonalData]:
    """Return what is kept of users: first without a fixed period, then by the retention table."""
    periods = dict.fromkeys(WITHOUT_PERIOD, "")
    periods |= {row.name: in_words(_time(row)) for row in Kept if row not in NOT_OF_USERS}
    return [_of_row(key, time) for key, time in periods.items()]


def grounds() -> list[Ground]:
    """Return the grounds of all rows, each once."""
    return list(dict.fromkeys(_ground(data.key) for data in personal_data()))


def receiver_names() -> dict[str, str]:
    """Return key → name of all receivers."""
    return {key: text(f"receivers.{key}.name") for key in RECEIVERS}


def what_receives(key: str) -> str:
    """Return what a receiver gets."""
    return text(f"receivers.{key}.what", watched=in_words(Kept.REGISTRAR_WATCHES.time))


def in_words(time: timedelta) -> str:
    """Return a period in words."""
    units = words("periods")
    for name, unit in (("year", 365 * DAY), ("day", DAY), ("hour", DAY / 24)):
        if time >= unit and time % unit == timedelta(0):
            return units[name].format(count=time // unit)
    raise ValueError(f"no words for {time}")


def _of_row(key: str, time: str) -> PersonalData:
    ground = _ground(key)
    period = text(f"kept.{key}.period", time=time) if has(f"kept.{key}.period") else time
    return PersonalData(
        key=key,
        what=text(f"kept.{key}.what"),
        purpose=text(f"kept.{key}.purpose"),
        ground=ground.kind,
        basis=ground.basis,
        source=ground.source,
        withdrawal=ground.withdrawal,
        period=period,
        receivers=tuple(text(f"kept.{key}.receivers").split("、")),
    )


def _with(row: PersonalData, receiver: str) -> PersonalData:
    return replace(row, receivers=(*row.receivers, text(f"receivers.{receiver}.name")))


def _ground(key: str) -> Ground:
    """Return the ground of a kind of data."""
    name = text(f"kept.{key}.ground")
    withdrawal = f"grounds.{name}.withdrawal"
    return Ground(
        kind=cast("GroundKind", text(f"grounds.{name}.kind")),
        basis=text(f"grounds.{name}.basis"),
        source=text(f"grounds.{name}.source"),
        withdrawal=text(withdrawal) if has(withdrawal) else None,
    )


def _receiver(settings: Settings, key: str) -> Receiver:
    named = {"name": settings.operator_name, "phone": settings.operator_phone}
    company = text(f"receivers.{key}.company", **named)
    contact = text(f"receivers.{key}.contact", **named)
    providers = {"ctid": settings.ctid_provider, READER: settings.faq_reader_provider}
    if provider := providers.get(key, "").strip():
        company = contact = provider
    in_force = [system.name for system in systems.all_systems() if system.active]
    return Receiver(
        key=key,
        name=text(f"receivers.{key}.name"),
        company=company,
        contact=contact,
        what=what_receives(key) + _with_phone(settings, key),
        systems=tuple(in_force) if key == "registrars" else (),
    )


def how(key: str) -> str:
    """Return how a right is used."""
    times = {
        "export_time": in_words(Kept.DATA_EXPORTS.time),
        "cancelled_time": in_words(_time(Kept.CANCELLED_ACCOUNTS)),
    }
    return text(f"rights.{key}.how", **times)


def _with_phone(settings: Settings, key: str) -> str:
    """Return what the identity source gets besides, where it is asked about phones."""
    is_asked = key == "identity_source" and settings.phone_owner_check == "warn"
    return text("receivers.identity_source.with_phone") if is_asked else ""


def _right(key: str, pages: tuple[str, ...]) -> Right:
    return Right(
        key=key,
        title=text(f"rights.{key}.title"),
        how=how(key),
        source=text(f"rights.{key}.source"),
        ways=tuple(Way(_label(page), page) for page in pages),
    )


def _label(page: str) -> str:
    """Return the title of a page, or the kind of the ticket that it opens."""
    path, _, kind = page.partition("?kind=")
    return word("tickets.kinds", kind) if kind else TITLES[path]


def _time(row: Kept) -> timedelta:
    """Return the period, of a setting its default, which is the longest allowed."""
    if isinstance(row.length, str):
        unit = 365 * DAY if row.length.endswith("_years") else DAY
        return Settings.model_fields[row.length].default * unit
    return row.length
