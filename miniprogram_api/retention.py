"""How long data are kept: what, how long, why, and which job or time to live ends it."""

from datetime import datetime, timedelta
from enum import Enum

from miniprogram_api import clock

REDIS = "Redis"
"""Ended by the time to live of its key."""


class Kept(Enum):
    """One kind of data, kept for the shortest time that its purpose needs (PIPL, article 19).

    ``length``: the time, or the setting that says how many days. ``ended_by``: the function that
    deletes what is older.
    """

    def __init__(self, length: timedelta | str, why: str, ended_by: str) -> None:
        self.length = length
        self.why = why
        self.ended_by = ended_by

    @property
    def time(self) -> timedelta:
        """The time of a row that no setting changes."""
        if isinstance(self.length, str):
            raise TypeError(f"the setting {self.length} says how long")
        return self.length

    def cutoff(self, now: datetime | None = None) -> datetime:
        """Return the moment before which data are too old."""
        return (now or clock.now()) - self.time

    CANCELLED_ACCOUNTS = (
        "cancelled_accounts_kept",
        "a mistaken cancellation or a dispute",
        "cancellation.erase_old",
    )
    IDENTITY_CHECKS = (
        timedelta(days=180),
        "a dispute, with the source's own number of the call",
        "verification.remove_old_checks",
    )
    FACE_CHALLENGES = (
        timedelta(days=30),
        "the bot's answers and complaints about a check",
        "face_challenges.remove_old",
    )
    DISPUTE_FACES = (
        timedelta(days=30),
        "the decision about an identity dispute",
        "dispute_faces.remove_old",
    )
    SMS_CODES = (
        timedelta(days=7),
        "support can see whether a message was refused some days ago",
        "sms_codes.remove_old",
    )
    PHONE_PROOFS = (
        timedelta(days=7),
        "longer than the three days of a proof by hand",
        "phone_proofs.remove_old",
    )
    REFUSALS = (
        timedelta(days=7),
        "a question to the bot after a weekend",
        "refusals.remove_old",
    )
    CLIENT_REPORTS = (
        timedelta(days=90),
        "errors of a release of the mini program",
        "client_reports.remove_old",
    )
    QUESTIONS = (
        timedelta(days=180),
        "editors improve the bot by them",
        "messages.remove_old",
    )
    CHAT_MESSAGES = (
        timedelta(days=3),
        "longer than the 48 hours in which WeChat lets a message be answered",
        "chat_inbox.remove_old",
    )
    CHAT_REPLIES_SENT = (
        timedelta(days=3),
        "questions about a reply just sent",
        "chat_replies.remove_old",
    )
    CHAT_REPLIES_FAILED = (
        timedelta(days=30),
        "an operator sends them again",
        "chat_replies.remove_old",
    )
    SUBSCRIPTIONS_WAITING = (
        timedelta(days=365),
        "an event that never came",
        "subscriptions.remove_old",
    )
    SUBSCRIPTIONS_DONE = (
        timedelta(days=90),
        "questions about a message, and failed ones are sent again",
        "subscriptions.remove_old",
    )
    NOTICES = (timedelta(days=30), "questions about a notice by SMS", "notices.remove_old")
    TICKETS = (
        timedelta(days=3 * 365),
        "time to go to court about what was decided (Civil Code, article 188)",
        "ticket_retention.erase_old",
    )
    TICKET_PICTURES = (
        timedelta(days=90),
        "objections to a decision made by them",
        "ticket_evidence.remove_old",
    )
    REGISTRAR_RECEIPTS = (
        timedelta(days=3 * 365),
        "time to dispute a matter (Civil Code, article 188)",
        "registrars.remove_old",
    )
    REGISTRAR_EVENTS = (
        timedelta(days=180),
        "questions of a registration system, and failed ones are sent again",
        "registrar_watches.remove_old",
    )
    REGISTRAR_NONCES = (
        timedelta(seconds=600),
        "twice the 300 s that a request's time may be off",
        REDIS,
    )
    DAILY_FIGURES = (
        timedelta(days=3 * 366),
        "figures of three years; they name no person",
        "figures.remove_old",
    )
    DISTINCT_VISITORS = (
        timedelta(days=3),
        "the figures of a day are counted the day after",
        REDIS,
    )
    IDEMPOTENT_CALLS = (
        timedelta(hours=24),
        "the same answer for a repeated call (contract)",
        "idempotency.remove_old",
    )
    JOBS = (
        timedelta(days=30),
        "an operator looks for the cause of a failure",
        "outbox.forget_done",
    )
    CONTENT_TASKS = (timedelta(days=7), "an editor returns to a result", "tasks.forget_old")
    CONTENT_CHECKS = (
        timedelta(days=7),
        "an editor publishes what was checked",
        "workflow.checked",
    )
