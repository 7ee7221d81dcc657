"""Template filters: days, instants in Asia/Shanghai, and texts of the desks.

``{{ ticket.due_at|moment }}``, ``{{ ticket.kind|ticket_kind }}``
"""

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from miniprogram_api.desks.people import KnownAccount
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.desk import message_state, phone_report, switch_state
from miniprogram_api.texts.sentences import sentence
from miniprogram_api.tickets.due import is_estimated


def _base64(content: bytes) -> str:
    """Return bytes for an address ``data:``."""
    return base64.b64encode(content).decode()


_COLOURS = {
    "open": "yellow",
    "with_centre": "blue",
    "resolved": "green",
    "rejected": "red",
    "verified": "green",
    "registered": "yellow",
    "unactivated": "yellow",
    "frozen": "red",
    "pending": "yellow",
    "held": "red",
    "confirmed": "green",
    "approved": "green",
    "revoked": "red",
    "refused": "red",
}


def moment(at: datetime | None) -> str:
    """Format an instant: ``2026年11月25日 09:30``."""
    return "—" if at is None else f"{day(at)} {at:%H:%M}"


def day(day: date | None) -> str:
    """Format a day: ``2026年11月25日``."""
    if day is None:
        return "—"
    return text("times.year_month_day", year=day.year, month=day.month, day=day.day)


class Fact(NamedTuple):
    """One fact known when a ticket was opened."""

    at: datetime | None
    text: str
    transaction: str | None


def fact_lines(facts: Mapping[str, Any]) -> list[Fact]:
    """Word the stored facts of a ticket, newest first."""
    parts = [
        *_told(facts, "checks", _check),
        *_told(facts, "faces", _face),
        *_told(facts, "sms", _message),
        *_told(
            facts,
            "reports",
            _report,
        ),
        *_told(facts, "refusals", lambda fact: _refusal(fact["reason"], fact["details"])),
    ]
    return sorted(parts, key=lambda fact: str(fact.at), reverse=True)


def _told(facts: Mapping[str, Any], name: str, tell: Callable[[dict[str, Any]], str]) -> list[Fact]:
    return [
        Fact(datetime.fromisoformat(fact["at"]), tell(fact), fact.get("transaction"))
        for fact in facts.get(name, ())
    ]


def _face(fact: dict[str, Any]) -> str:
    outcome = word("desk.faces", fact["outcome"] or "not_finished")
    return text("desk.facts.face", outcome=outcome)


def _check(fact: dict[str, Any]) -> str:
    return text("desk.facts.check", outcome=word("desk.checks", fact["outcome"]))


def _message(fact: dict[str, Any]) -> str:
    purpose = words("desk.purposes").get(fact["purpose"], "")
    at = fact.get("reported_at")
    state = message_state(
        fact["state"],
        fact.get("report"),
        fact.get("report_reason"),
        None if at is None else datetime.fromisoformat(at),
    )
    return text("desk.facts.message", phone=fact["phone"], purpose=purpose, state=state)


def _report(fact: dict[str, Any]) -> str:
    return phone_report(fact["kind"], fact["step"], fact["detail"])


def _refusal(name: str, details: dict[str, Any]) -> str:
    if name not in Reason.__members__:
        return text("desk.facts.refused", name=name)
    return text("desk.facts.refusal", sentence=sentence(Reason[name], details))


def _whose(actor: str, names: Mapping[str, str]) -> str:
    """Word the actor of a ticket's step; ``names`` as from ``names.actor_names``."""
    if actor.startswith(("account:", "wechat:")):
        return text("desk.whose.own")
    return text("desk.whose.service") if actor == "service" else names.get(actor, actor)


def _card_day(recorded: str | None) -> str:
    """Format a day of a record (ISO 8601, 长期 or nothing)."""
    if not recorded:
        return text("approvals.not_recorded")
    try:
        read = date.fromisoformat(recorded)
    except ValueError:
        return recorded
    return day(read)


def _estimated(due_at: datetime) -> str:
    """Return the note on a due time in a year whose holidays are unknown."""
    return text("calendar.estimated") if is_estimated(due_at) else ""


def _switch_state(account: KnownAccount) -> str:
    """Word whether 是否办理工商登记注册 is on, and what to do."""
    return switch_state(
        account.authorization_reason,
        account.authorized_until,
        needed=account.authorization_needed,
        cause=account.authorization_cause,
    )


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "base64": _base64,
    "day": day,
    "role_name": partial(word, "staff.roles"),
    "role_text": partial(word, "staff.role_texts"),
    "ticket_kind": partial(word, "tickets.kinds"),
    "ticket_state": partial(word, "tickets.states"),
    "ticket_source": partial(word, "tickets.sources"),
    "ticket_event": partial(word, "tickets.events"),
    "account_status": partial(word, "accounts.statuses"),
    "account_source": partial(word, "accounts.sources"),
    "verification_outcome": partial(word, "second_person.outcomes"),
    "verified_by": partial(word, "accounts.verified_by"),
    "phone_verified_by": partial(word, "accounts.phone_verified_by"),
    "switch_state": _switch_state,
    "state_colour": lambda state: _COLOURS.get(state, "secondary"),
    "fact_lines": fact_lines,
    "card_day": _card_day,
    "whose": _whose,
    "estimated": _estimated,
}
