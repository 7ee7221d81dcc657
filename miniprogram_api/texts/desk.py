"""Composed texts of the desks."""

from datetime import date, datetime

from miniprogram_api.texts import text, word
from miniprogram_api.texts.sentences import day_in_words, past


def phone_report(kind: str, step: str, detail: str | None) -> str:
    """Return a phone's error report as text; ``step`` is the place in the program."""
    what = word("desk.reports", kind)
    if step:
        what = text("desk.report.place", kind=what, step=step)
    detail = detail or text("desk.report.no_detail")
    return text("desk.report.whole", what=what, detail=detail)


def message_state(
    state: str, report: str | None, reason: str | None, reported_at: datetime | None
) -> str:
    """Return what became of a code: the gateway's answer, and the carrier's report if there is one.

    ``reason``: why it was not delivered; the desk that handles the person reads it.
    """
    said = word("desk.messages", state)
    if report is None or reported_at is None:
        return said
    result = word("code_reports.results", report if reason is None else reason)
    key = "desk.facts.delivered" if reason is None else "desk.facts.not_delivered"
    return text(key, state=said, time=past(reported_at), result=result)


def switch_state(reason: str, until: date | None, *, needed: bool, cause: str | None = None) -> str:
    """Return the state of 是否办理工商登记注册 and what to do; ``reason`` as in the contract.

    ``until``: the last day while it is effective; ``needed``: whether a registration system asks;
    ``cause``: reset, where a reset keeps it off.
    """
    if not needed and reason in ("ok", "off", "ended"):
        reason = "not_needed"
    elif reason == "off" and cause is not None:
        reason = cause
    return text(f"desk.switch.{reason}", day="" if until is None else day_in_words(until))
