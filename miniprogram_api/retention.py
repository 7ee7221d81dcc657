"""Retention periods: for each kind of data how long, why, and which module deletes it.

The texts of the rows about users are under ``kept`` in the locale file; the consent text is made
from both (``accounts/privacy``).
"""

from datetime import datetime, timedelta
from enum import Enum

from miniprogram_api import clock

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
REDIS = "Redis"
"""Expires with the time to live of its key."""


class Kept(Enum):
    """One kind of data, kept for the shortest time its purpose needs (PIPL, article 19).

    ``length``: the period, or the setting with the number of days (of years: ``…_years``).
    ``ended_by``: the module that deletes older data, called by the housekeeping job.
    """

    def __init__(self, length: timedelta | str, why: str, ended_by: str) -> None:
        self.length = length
        self.why = why
        self.ended_by = ended_by

    @property
    def time(self) -> timedelta:
        """The period, where no setting determines it."""
        if isinstance(self.length, str):
            raise TypeError(f"the setting {self.length} says how long")
        return self.length

    def cutoff(self, now: datetime | None = None) -> datetime:
        """Return the instant before which data have expired."""
        return (now or clock.now()) - self.time

    CANCELLED_ACCOUNTS = (
        "cancelled_accounts_kept",
        "a mistake or a dispute",
        "accounts/cancellation",
    )
    SESSIONS = 7 * DAY, "the longest sign-in (contract); two idle hours end it", "access/sessions"
    IDENTITY_CHECKS = (
        180 * DAY,
        "a dispute, by the source's number of the call",
        "identity/verification",
    )
    IDENTITY_CLEARANCES = (
        30 * DAY,
        "the user registers with the confirmed elements",
        "identity/clearances",
    )
    HELD_VERIFICATIONS = 30 * DAY, "a second person decides about it", "windows/holds"
    FACE_CHALLENGES = (
        30 * DAY,
        "answers of the bot, complaints about a check",
        "proofing/face_challenges",
    )
    HANDED_CHECKS = (
        30 * DAY,
        "a delayed check counts; its WeChat user disputes the account",
        "accounts/delayed_levels",
    )
    DISPUTE_FACES = 30 * DAY, "the decision about an identity dispute", "centre/dispute_faces"
    SMS_CODES = 7 * DAY, "support looks for a message of some days ago", "phones/sms_codes"
    PHONE_PROOFS = 7 * DAY, "longer than the three days of a proof by hand", "phones/proofs"
    REFUSALS = 7 * DAY, "a question to the bot after a weekend", "access/refusals"
    SIGN_IN_ORIGINS = (
        90 * DAY,
        "strangers cannot lock an account where its holder signs in",
        "access/sign_in_origins",
    )
    ATTEMPTS = DAY, "limits of moving 24 hours (contract)", REDIS
    CLIENT_REPORTS = (
        90 * DAY,
        "errors of a release of the mini program",
        "operations/client_reports",
    )
    HEARTBEATS = DAY, "which processes ran yesterday", "health/heartbeats"
    INCIDENTS = (
        3 * 365 * DAY,
        "authorities ask again; the impact assessments are kept as long (PIPL, article 56)",
        "incidents/register",
    )
    AUDIT_BATCHES = 30 * DAY, "questions of the log server's operators", "delivery/audit_stream"
    QUESTIONS = 180 * DAY, "editors improve the bot by them", "conversation/messages"
    CHAT_MESSAGES = (
        3 * DAY,
        "WeChat lets a message be answered for 48 hours",
        "messaging/chat_inbox",
    )
    CHAT_REPLIES_SENT = 3 * DAY, "questions about a reply just sent", "messaging/chat_replies"
    CHAT_REPLIES_FAILED = 30 * DAY, "an operator sends them again", "messaging/chat_replies"
    SUBSCRIPTIONS_WAITING = 365 * DAY, "an event that never came", "messaging/subscriptions"
    SUBSCRIPTIONS_DONE = (
        90 * DAY,
        "questions; failed ones are sent again",
        "messaging/subscriptions",
    )
    NOTICES = 30 * DAY, "questions about a notice by SMS", "messaging/notices"
    TICKETS = 3 * 365 * DAY, "going to court (Civil Code, article 188)", "tickets/retention"
    TICKET_PICTURES = 90 * DAY, "objections to a decision made by them", "desks/ticket_pictures"
    MATTERS = (
        "matter_record_years",
        "the registration file and disputes about it",
        "matter_lines/erasing",
    )
    MATTER_PICTURES = (
        "matter_pictures_days",
        "the registration file is made from the sheet",
        "sheets/pictures",
    )
    MATTER_PICTURES_UNFETCHED = (
        180 * DAY,
        "the sheet of an accepted matter was never fetched",
        "sheets/pictures",
    )
    MATTER_PICTURES_UNUSED = DAY, "a matter that ended without acceptance", "sheets/pictures"
    NAME_SLIPS = (
        180 * DAY,
        "a slip is shown at a window; the register has changed by then",
        "sheets/name_slips",
    )
    DESK_PICTURES = 30 * DAY, "objections to the review of an act at a desk", "captures/pictures"
    DESK_PICTURES_UNREVIEWED = (
        180 * DAY,
        "a second person reviews an act at a desk late",
        "captures/pictures",
    )
    CARD_NONCES = timedelta(hours=4), "a sitting that read a card is resumed", "captures/readings"
    DATA_EXPORTS = DAY, "the user fetches the copy (contract)", "own_data/exports"
    FACE_HANDOVERS = DAY, "questions about a code just opened", "proofing/handovers"
    DESK_CODES = 180 * SECOND, "the person stands at the desk (contract)", "accounts/desk_codes"
    SITTINGS = timedelta(hours=4), "a clerk resumes an interrupted form", "staff/sittings"
    REGISTRAR_RECEIPTS = 3 * 365 * DAY, "disputes (Civil Code, article 188)", "registrars/queries"
    REGISTRAR_WATCHES = 90 * DAY, "systems learn of changes of their persons", "registrars/watches"
    REGISTRAR_EVENTS = 180 * DAY, "questions; failed ones are sent again", "registrars/watches"
    REGISTRAR_NONCES = 600 * SECOND, "twice the 300 s that clocks may differ", REDIS
    DAILY_FIGURES = (
        3 * 366 * DAY,
        "figures of three years; they name no person",
        "operations/figures",
    )
    FREE_NAMES = 30 * DAY, "questions about a name that has just become free", "register/changes"
    DISTINCT_VISITORS = 3 * DAY, "the figures of a day are counted the day after", REDIS
    IDEMPOTENT_CALLS = DAY, "the same answer for a repeated call (contract)", "access/idempotency"
    STAFF_DEVICES = (
        90 * DAY,
        "strangers cannot lock a member out of a known browser",
        "staff/devices",
    )
    PASSKEY_CHALLENGES = (
        3_600 * SECOND,
        "an answer of a passkey is accepted once",
        "staff/passkeys",
    )
    JOBS = 30 * DAY, "an operator looks for the cause of a failure", "outbox"
    CONTENT_TASKS = 7 * DAY, "an editor returns to a result", "editing/tasks"
    CONTENT_CHECKS = 7 * DAY, "an editor publishes what was checked", "editing/workflow"
