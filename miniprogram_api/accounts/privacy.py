"""The list of personal data, with purpose, period and receivers, and the consent text made from it.

A published text never changes, so it is stored (``consent_texts``). When the list or the template
differs from the last one, ``write`` stores a new version.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from config import Settings
from miniprogram_api.answers import answer_class
from miniprogram_api.retention import DAY, Kept
from miniprogram_api.texts import has, text, words

TEMPLATE = Path(__file__).with_name("consent_template.yaml")

WITHOUT_PERIOD = ("ACCOUNTS", "CONSENTS", "LEDGER", "AUDIT")
"""Kinds of data without a fixed period."""
NOT_OF_USERS = frozenset(
    {
        Kept.REGISTRAR_NONCES,
        # Counts without a person.
        Kept.DAILY_FIGURES,
        Kept.DISTINCT_VISITORS,
        # Ids of other rows.
        Kept.JOBS,
        # Random; the account that it is of lives longer.
        Kept.DESK_CODES,
        Kept.FACE_HANDOVERS,
        # Of staff.
        Kept.STAFF_DEVICES,
        Kept.CONTENT_TASKS,
        Kept.CONTENT_CHECKS,
    }
)


@answer_class
class PersonalData:
    """One kind of data that is kept of users."""

    key: str
    what: str
    purpose: str
    period: str
    receivers: tuple[str, ...]
    """Their names."""


@answer_class
class Receiver:
    """A receiver of personal data, and what it gets."""

    name: str
    what: str


def personal_data() -> list[PersonalData]:
    """Return what is kept of users: first without a fixed period, then by the retention table."""
    periods = dict.fromkeys(WITHOUT_PERIOD, "")
    periods |= {row.name: _in_words(_time(row)) for row in Kept if row not in NOT_OF_USERS}
    return [_of_row(key, time) for key, time in periods.items()]


def receivers() -> list[Receiver]:
    """Return all receivers."""
    watched = _in_words(Kept.REGISTRAR_WATCHES.time)
    keys = ("wechat", "identity_source", "sms", "ctid", "registrars", "desks")
    return [
        Receiver(text(f"receivers.{key}.name"), text(f"receivers.{key}.what", watched=watched))
        for key in keys
    ]


def render() -> dict[str, Any]:
    """Return the consent text from the template and the list."""
    content: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    rows = [
        text(
            "privacy.row",
            number=number,
            what=data.what,
            purpose=data.purpose,
            period=data.period,
            receivers="、".join(data.receivers),
        )
        for number, data in enumerate(personal_data(), 1)
    ]
    receiver_rows = [
        text("privacy.receiver", number=number, name=one.name, what=one.what)
        for number, one in enumerate(receivers(), 1)
    ]
    filled = content["text"].format(kept="\n".join(rows), receivers="\n".join(receiver_rows))
    return {**content, "text": filled}


def write(day: date, folder: Path) -> Path:
    """Store the consent text as the version of that day and return the file."""
    path = folder / f"{day.isoformat()}.yaml"
    head = "# Made by accounts/privacy.py; immutable once published, as consents refer to it.\n"
    body = yaml.dump(render(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)
    path.write_text(head + body, encoding="utf-8")
    return path


def _of_row(key: str, time: str) -> PersonalData:
    period = text(f"kept.{key}.period", time=time) if has(f"kept.{key}.period") else time
    return PersonalData(
        key,
        text(f"kept.{key}.what"),
        text(f"kept.{key}.purpose"),
        period,
        tuple(text(f"kept.{key}.receivers").split("、")),
    )


def _time(row: Kept) -> timedelta:
    """Return the period, of a setting its default, which is the longest allowed."""
    if isinstance(row.length, str):
        unit = 365 * DAY if row.length.endswith("_years") else DAY
        return Settings.model_fields[row.length].default * unit
    return row.length


def _in_words(time: timedelta) -> str:
    units = words("periods")
    for name, unit in (("year", 365 * DAY), ("day", DAY), ("hour", DAY / 24)):
        if time >= unit and time % unit == timedelta(0):
            return units[name].format(count=time // unit)
    raise ValueError(f"no words for {time}")


class _Dumper(yaml.SafeDumper):
    """Write texts of several lines as blocks."""


def _as_block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _as_block)
