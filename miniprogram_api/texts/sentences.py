"""The sentence that users read for each Reason: at most 60 characters, with the next step.

``details`` are those of the refusal; times are the moment when it works again, Asia/Shanghai, or
the seconds until then. The API and the bot share these sentences.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import has, placeholders, template, text

Details = Mapping[str, Any]
Choice = tuple[str, dict[str, object]]
"""The variant of a sentence, and the placeholders beyond the details."""

PLAIN = "sentence"
# Texts of a Reason that are not sentences for the user.
ASIDE = ("label", "page", "desk")
# Shorter waits are told in seconds, longer ones as a moment.
TOLD_IN_SECONDS = 120


def day_in_words(day: date) -> str:
    """Format a day as ``12月1日``, in another year as ``2028年1月5日``."""
    form = "month_day" if day.year == clock.today().year else "year_month_day"
    return text(f"times.{form}", year=day.year, month=day.month, day=day.day)


def past(instant: datetime) -> str:
    """Format a past time as ``10:42`` today, with the word for yesterday, or with the day."""
    day, today = instant.date(), clock.today()
    time = f"{instant:%H:%M}"
    if day == today:
        return time
    if day == today - timedelta(days=1):
        return text("times.yesterday", time=time)
    return f"{day_in_words(day)}{time}"


def moment_in_words(instant: datetime) -> str:
    """Format a time as ``10:30`` today, else as ``11月25日10:30``; rounded up to the minute."""
    rounded = instant.astimezone(clock.SHANGHAI)
    if rounded.second or rounded.microsecond:
        rounded = rounded.replace(second=0, microsecond=0) + timedelta(minutes=1)
    time = f"{rounded:%H:%M}"
    return time if rounded.date() == clock.today() else day_in_words(rounded.date()) + time


def wait_in_words(seconds: int) -> str:
    """Format a wait before “后” as ``40秒``, from two minutes on as the moment when it ends."""
    if seconds < TOLD_IN_SECONDS:
        return text("times.seconds", seconds=seconds)
    return moment_in_words(clock.now() + timedelta(seconds=seconds))


def _again(details: Details) -> str:
    return wait_in_words(int(details.get("retry_after", TOLD_IN_SECONDS)))


def _day(details: Details, name: str) -> str | None:
    day = details.get(name)
    return day_in_words(date.fromisoformat(day) if isinstance(day, str) else day) if day else None


def _segment(details: Details) -> Choice:
    now = "now"
    if "ticket" in details:
        now = "now_ticket"
    elif details.get("purpose") == "confirm":
        now = "now_confirm"
    day = _day(details, "supported_from")
    values = {"day": day, "now": text(f"reasons.PHONE_SEGMENT_UNSUPPORTED.{now}")}
    return "dated" if day else PLAIN, {"segment": details.get("segment", ""), **values}


def _sms_unavailable(details: Details) -> Choice:
    if details.get("side") in ("rate", "operator"):
        return ("again" if details["side"] == "rate" else "operator"), {}
    if details.get("purpose") != "activate":
        return PLAIN, {}
    number = str(details.get("report_number", ""))[-8:]
    return "activate_reported" if number else "activate", {"number": number}


def _code_wrong(details: Details) -> Choice:
    if details.get("tries_left"):
        return "tries_left", {}
    cause = details.get("cause")
    return cause if cause in ("no_code", "others") else PLAIN, {}


def _password_wrong(details: Details) -> Choice:
    left, tries = details.get("attempts_left"), ""
    if not left and details.get("retry_after"):
        tries = text("reasons.WRONG_PASSWORD.tries_again", again=_again(details))
    elif left:
        tries = text("reasons.WRONG_PASSWORD.tries_left", attempts_left=left)
    elif left is not None:
        tries = text("reasons.WRONG_PASSWORD.tries_used_up")
    return "was_reset" if details.get("was_reset") else PLAIN, {"tries": tries}


def _counted(reason: Reason) -> Callable[[Details], Choice]:
    """Return the choice for a refusal that counts: how often it may be tried, where it is known."""

    def choose(details: Details) -> Choice:
        left, tries = details.get("attempts_left"), ""
        if left:
            tries = text(f"reasons.{reason.name}.tries", attempts_left=left)
        return "used_up" if left == 0 else PLAIN, {"tries": tries}

    return choose


def _cancelled(details: Details) -> Choice:
    day = _day(details, "cancelled_on")
    return "dated" if day else PLAIN, {"day": day}


def _too_large(details: Details) -> Choice:
    megabytes = details.get("limit_bytes", 0) // (1024 * 1024)
    return "file" if megabytes else PLAIN, {"megabytes": megabytes}


def _named(reason: Reason, details: Details) -> Choice:
    """Choose the variant named by the value of a detail, if there is one."""
    name = str(details.get(_NAMED_BY[reason]))
    is_variant = name not in ASIDE and has(f"reasons.{reason.name}.{name}")
    return name if is_variant else PLAIN, {}


def _matter_closed(details: Details) -> Choice:
    state = str(details.get("state"))
    if state == "withdrawn" and details.get("phone"):
        return "withdrawn_phone", {}
    return state if state in ("accepted", "withdrawn", "refused") else PLAIN, {}


def _rate_limited(details: Details) -> Choice:
    is_of_others = details.get("window") == "day" and details.get("cause") == "others"
    return ("others", {}) if is_of_others else _named(Reason.SMS_RATE_LIMITED, details)


def _by_way(variant: str, details: Details) -> str:
    """Choose the variant for a browser, where WeChat checks no face."""
    return f"{variant}_ctid" if details.get("way") == "ctid" else variant


def _too_many(details: Details) -> Choice:
    variant, values = _named(Reason.TOO_MANY_ATTEMPTS, details)
    if variant == "person":
        return _by_way(variant, details), values
    return "again" if variant == PLAIN and details.get("retry_after") else variant, values


COUNTED = (
    Reason.FOUR_ELEMENTS_MISMATCH,
    Reason.IDENTITY_NO_RECORD,
    Reason.FACE_MISMATCH,
    Reason.CTID_REJECTED,
)
"""Refusals of which a limited number is permitted, and whose sentence says how many are left."""

_NAMED_BY = {
    Reason.SIGNATURE_INVALID: "cause",
    Reason.PUSH_UNREADABLE: "cause",
    Reason.OWN_MATTER: "cause",
    Reason.GUARDIAN_REQUIRED: "cause",
    Reason.NOT_APPLICABLE: "cause",
    Reason.LEVEL_TOO_LOW: "cause",
    Reason.VERIFICATION_HELD: "cause",
    Reason.SECOND_PERSON_REQUIRED: "cause",
    Reason.SMS_RATE_LIMITED: "window",
    Reason.SMS_NUMBER_BLOCKED: "cause",
    Reason.TOO_MANY_ATTEMPTS: "scope",
    Reason.IDENTITY_SOURCE_BUSY: "step",
    Reason.FACE_IMAGE_QUALITY: "reason",
    Reason.CARD_IMAGE_QUALITY: "reason",
    Reason.NOT_FOUND: "cause",
    Reason.ALREADY_REGISTERED: "cause",
    Reason.UPSTREAM_UNAVAILABLE: "cause",
    Reason.FACE_NOT_FINISHED: "cause",
    Reason.WECHAT_UNAVAILABLE: "side",
}
_CHOICES: dict[Reason, Callable[[Details], Choice]] = {
    Reason.INVALID_INPUT: lambda d: (PLAIN, {"count": max(1, len(d.get("fields", ())))}),
    Reason.BODY_TOO_LARGE: _too_large,
    Reason.WRONG_PASSWORD: _password_wrong,
    Reason.ACCOUNT_LOCKED: lambda d: (
        _by_way("needs_code", d) if d.get("needs_code") else PLAIN,
        {},
    ),
    Reason.SMS_RATE_LIMITED: _rate_limited,
    Reason.ACCOUNT_CANCELLED: _cancelled,
    Reason.PHONE_SEGMENT_UNSUPPORTED: _segment,
    Reason.PHONE_NOT_ON_RECORD: lambda d: ("hint" if d.get("phone_hint") else PLAIN, {}),
    Reason.SMS_UNAVAILABLE: _sms_unavailable,
    Reason.SMS_CODE_WRONG: _code_wrong,
    Reason.TOO_MANY_ATTEMPTS: _too_many,
    **{reason: _counted(reason) for reason in COUNTED},
    Reason.IDENTITY_CHECK_IN_PROGRESS: lambda d: (PLAIN, {"retry_after": d.get("retry_after", 30)}),
    Reason.LOOKUP_LIMIT: lambda d: (PLAIN, {"count": d.get("count", 60)}),
    Reason.PUBLICATION_LOSES_QUESTIONS: lambda d: (PLAIN, {"count": d.get("count", 0)}),
    Reason.MATTER_CLOSED: _matter_closed,
    Reason.MATTER_EXPIRED: lambda d: (PLAIN, {"days": d.get("days", 30)}),
    Reason.MATTERS_OPEN: lambda d: (PLAIN, {"count": d.get("count", 1)}),
    Reason.REVIEWS_OVERDUE: lambda d: (PLAIN, {"count": d.get("count", 1)}),
    Reason.MATTER_NOT_READY: lambda d: (PLAIN, {"count": d.get("count", 1)}),
}


OF_PERSON = ("clear_limit", "reset", "activate")
"""The purposes of a check of a person without the account."""


def _choice(reason: Reason, details: Details) -> Choice:
    variant, values = PLAIN, dict[str, object]()
    if reason in _CHOICES:
        variant, values = _CHOICES[reason](details)
    elif reason in _NAMED_BY:
        variant, values = _named(reason, details)
    # Without the account some ways are closed.
    alone = f"{variant}_clear_limit"
    is_alone = details.get("purpose") in OF_PERSON and has(f"reasons.{reason.name}.{alone}")
    return alone if is_alone else variant, values


def sentence(reason: Reason, details: Details | None = None) -> str:
    """Return the sentence for the user; ``details`` as in ``Refused.details``.

    An operator's notice about a switched-off source replaces the sentence.
    """
    details = details or {}
    if "notice" in details:
        return str(details["notice"])
    fields: Sequence[Details] = details.get("fields") or ()
    if reason is Reason.DOCUMENT_NEEDS_WINDOW and len(fields) == 1:
        # The single finding says more, such as the age of a child. It is looked up by its code,
        # because a stored refusal has no sentences.
        finding = f"findings.{fields[0].get('code')}"
        if has(finding):
            return text(finding)
    variant, values = _choice(reason, details)
    defaults = {"retry_after": 60, "again": _again(details)}
    return text(f"reasons.{reason.name}.{variant}", **{**defaults, **details, **values})


def fixed_sentences() -> dict[Reason, str]:
    """Return the sentences that do not depend on the details of a refusal."""
    plain = {reason: template(f"reasons.{reason.name}.{PLAIN}") for reason in Reason}
    chosen = {*_CHOICES, *_NAMED_BY, Reason.DOCUMENT_NEEDS_WINDOW}
    # Its other variant is about matters alone.
    chosen -= {Reason.LEVEL_TOO_LOW}
    return {r: said for r, said in plain.items() if r not in chosen and not placeholders(said)}
