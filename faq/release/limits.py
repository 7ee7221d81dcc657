"""The limits and periods of the rules, by which placeholders in the answers of points are filled.

The locale file names the placeholders (`claims.placeholders`).
"""

import re
from datetime import timedelta

from config import Settings
from miniprogram_api.access import passwords, sessions
from miniprogram_api.access.password_attempts import LOCK_RULE
from miniprogram_api.accounts import delayed_levels, identity_dates
from miniprogram_api.delivery import matter_messages, quiet_hours
from miniprogram_api.enrolment import activation
from miniprogram_api.identity.documents.check import GUARDIAN_AGE
from miniprogram_api.identity.documents.dates import ADULT_AGE
from miniprogram_api.identity.documents.names import MAX_LENGTH
from miniprogram_api.matters import own
from miniprogram_api.phones import proofs, sms_codes, sms_limits
from miniprogram_api.phones.sms_code_entries import MOST_WRONG_ATTEMPTS, RESERVED
from miniprogram_api.proofing import face_challenges, handovers
from miniprogram_api.retention import Kept
from miniprogram_api.sign_in import password_resets
from miniprogram_api.texts import words
from miniprogram_api.tickets import due

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def values(settings: Settings) -> dict[str, int]:
    """Return each limit by its name: numbers of tries or messages, minutes, days, years."""
    return {
        **{f"codes_per_{window.name}": window.limit for window in sms_limits.WINDOWS},
        "code_minutes": sms_codes.VALID // _MINUTE,
        "code_tries": MOST_WRONG_ATTEMPTS,
        "code_reserved_minutes": RESERVED // _MINUTE,
        "phones_per_user": settings.phones_per_wechat_user,
        "password_tries": LOCK_RULE.attempts,
        "lock_shortest_minutes": LOCK_RULE.lock_seconds[0] // 60,
        "lock_longest_minutes": LOCK_RULE.lock_seconds[-1] // 60,
        "accounts_per_phone": settings.accounts_per_phone,
        "dates_changes": identity_dates.MOST_CHANGES,
        "dates_days": identity_dates.WINDOW // _DAY,
        "authorization_days": settings.authorization_max_working_days,
        "identity_tries": settings.identity_attempts_per_person,
        "face_tries": settings.face_attempts_per_account,
        "ctid_tries": settings.ctid_attempts_per_account,
        "activation_minutes": activation.VALID // _MINUTE,
        "reset_minutes": password_resets.VALID // _MINUTE,
        "phone_proof_minutes": proofs.VALID // _MINUTE,
        "manual_proof_days": proofs.VALID_MANUAL // _DAY,
        "handover_minutes": handovers.VALID // _MINUTE,
        "password_shortest": passwords.SHORTEST,
        "password_longest": passwords.LONGEST,
        "guardian_age": GUARDIAN_AGE,
        "adult_age": ADULT_AGE,
        "matter_days": settings.matter_days,
        "matter_confirmed_days": settings.matter_confirmed_days,
        "matter_record_years": settings.matter_record_years,
        "matter_pictures_days": settings.matter_pictures_days,
        "matter_check_hours": face_challenges.PASSED_FOR // _HOUR,
        "matter_messages": matter_messages.MOST_PER_PHONE,
        "matter_messages_from": quiet_hours.DAY_BEGINS.hour,
        "matter_messages_until": quiet_hours.DAY_ENDS.hour,
        "matter_done_days": own.DONE_SHOWN // _DAY,
        "questions_days": Kept.QUESTIONS.time // _DAY,
        "exports_days": Kept.DATA_EXPORTS.time // _DAY,
        "name_longest": MAX_LENGTH,
        "sessions_days": Kept.SESSIONS.time // _DAY,
        "sessions_idle_hours": sessions.IDLE // _HOUR,
        "handed_hours": delayed_levels.DELAY // _HOUR,
        "ticket_pictures_days": Kept.TICKET_PICTURES.time // _DAY,
        "cancelled_days": settings.cancelled_accounts_kept,
        **{f"ticket_days.{kind}": days for kind, days in due.WORKING_DAYS.items()},
    }


def placeholders(settings: Settings) -> dict[str, str]:
    """Return the value of each placeholder by its Chinese name."""
    names = words("claims.placeholders")
    return {names[name]: str(value) for name, value in values(settings).items()}


def filled(text: str, known: dict[str, str]) -> str | None:
    """Return a text with its placeholders filled in; None if a value is not known."""
    if not {*_PLACEHOLDER.findall(text)} <= known.keys():
        return None
    return _PLACEHOLDER.sub(lambda found: known[found[1]], text)
