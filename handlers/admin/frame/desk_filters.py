"""The words of the desks for templates: ``{{ ticket.kind|ticket_kind }}``."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from handlers.admin.frame import dates
from miniprogram_api import desk_words as words
from miniprogram_api import ledger_words, ticket_news
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence

_COLOURS = {
    "open": "yellow",
    "with_centre": "blue",
    "resolved": "green",
    "rejected": "red",
    "verified": "green",
    "registered": "yellow",
    "unactivated": "yellow",
    "frozen": "red",
}


class Fact(NamedTuple):
    """One thing that the service knew when a ticket was opened."""

    at: datetime | None
    text: str
    transaction: str | None


def fact_lines(facts: Mapping[str, Any]) -> list[Fact]:
    """The facts of a ticket in plain words, newest first; ``Ticket.facts`` as it is kept."""
    found = [
        *_told(facts, "checks", _check),
        *_told(
            facts, "faces", lambda fact: f"刷脸：{words.FACES.get(fact['outcome'], '没有做完')}"
        ),
        *_told(facts, "sms", _message),
        *_told(
            facts,
            "reports",
            _report,
        ),
        *_told(facts, "refusals", lambda fact: _refusal(fact["reason"], fact["details"])),
    ]
    return sorted(found, key=lambda fact: str(fact.at), reverse=True)


def _told(facts: Mapping[str, Any], name: str, tell: Callable[[dict[str, Any]], str]) -> list[Fact]:
    return [
        Fact(datetime.fromisoformat(fact["at"]), tell(fact), fact.get("transaction"))
        for fact in facts.get(name, ())
    ]


def _check(fact: dict[str, Any]) -> str:
    return f"核验四要素：{words.CHECKS.get(fact['outcome'], fact['outcome'])}"


def _message(fact: dict[str, Any]) -> str:
    purpose = words.PURPOSES.get(fact["purpose"], "")
    state = words.MESSAGES.get(fact["state"], fact["state"])
    return f"向{fact['phone']}发{purpose}验证码：{state}"


def _report(fact: dict[str, Any]) -> str:
    return words.phone_report(fact["kind"], fact["step"], fact["detail"])


def _refusal(name: str, details: dict[str, Any]) -> str:
    if name not in Reason.__members__:
        return f"被拒绝：{name}"
    return f"系统提示：{sentence(Reason[name], details)}"


def _whose(actor: str, names: Mapping[str, str]) -> str:
    """Who did a step of a ticket; ``names`` as from ``names.actor_names``."""
    if actor.startswith(("account:", "wechat:")):
        return "本人"
    return "系统" if actor == "service" else names.get(actor, actor)


def _card_day(text: str | None) -> str:
    """A day as records have it (ISO 8601, 长期 or nothing), as people here write it."""
    if not text:
        return "未登记"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return dates.day(day)


FILTERS: dict[str, Callable[..., Any]] = {
    "ticket_kind": lambda kind: ticket_news.KIND_WORDS.get(kind, kind),
    "ticket_state": lambda state: ticket_news.STATE_WORDS.get(state, state),
    "ticket_source": lambda source: words.TICKET_SOURCES.get(source, source),
    "ticket_event": lambda action: words.TICKET_EVENTS.get(action, action),
    "account_status": lambda status: words.ACCOUNT_STATUSES.get(status, status),
    "account_source": lambda source: words.ACCOUNT_SOURCES.get(source, source),
    "verified_by": lambda how: words.VERIFIED_BY.get(how, how),
    "phone_verified_by": lambda how: words.PHONE_VERIFIED_BY.get(how, how),
    "authorisation_reason": lambda reason: words.AUTHORISATIONS.get(reason, reason),
    "state_colour": lambda state: _COLOURS.get(state, "secondary"),
    "fact_lines": fact_lines,
    "card_day": _card_day,
    "whose": _whose,
    "ledger_fault": ledger_words.fault,
}
