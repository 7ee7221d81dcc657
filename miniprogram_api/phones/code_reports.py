"""What is known of the arrival of a code, in the words of the program, the bot and the desk.

Why a code did not arrive tells about the phone's holder. The exact reason is for a phone that is on
the asker's record or was proved in this session, and for the desk that handles the person; to all
others a failed code was switched off, suspended, without signal or blocked, one of them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from miniprogram_api import clock, masking
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import has, text
from miniprogram_api.texts.sentences import past
from models.accounts import sms_codes
from models.accounts.accounts import Account
from models.accounts.activations import Activation
from models.accounts.sms_codes import PhoneProofToken, SmsCode
from models.delivery_reports import DELIVERED

State = Literal["submitted", "delivered", "failed", "unknown"]
SUBMITTED: State = "submitted"
NOT_SENT = "not_sent"
EXPLAINED = (Reason.SMS_RATE_LIMITED, Reason.SMS_UNAVAILABLE, Reason.SMS_NUMBER_BLOCKED)
"""Refusals whose help begins with what is known of the last code."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of the arrival of one code."""

    sent_at: datetime
    state: State
    reason: str | None
    """Why it failed; None where it is not for the asker. NOT_SENT: the gateway did not take it."""
    at: datetime
    """When the phone got it, or when the carrier gave it up; without a report ``sent_at``."""
    phone: str = field(repr=False)

    @property
    def sentence(self) -> str:
        """Return it in words, with what to do."""
        key = f"code_reports.{self.state}"
        if self.state == "failed":
            key = f"code_reports.reasons.{self.reason or 'coarse'}"
            key = key if has(key) else "code_reports.reasons.unknown"
        return text(key, time=past(self.at), phone=masking.phone(self.phone))


@answer_class
class LastCode:
    """The arrival of the asker's last code."""

    sent_at: datetime
    state: State
    reason: str | None
    """Of a failed one; only for a phone on record or proved in this session."""
    sentence: str
    """For the user, with what to do."""


def of_row(row: Any, *, is_known: bool) -> Arrival:
    """Return the arrival of a row of the table; ``is_known``: the reason is for the asker."""
    at = row.reported_at or row.created_at
    if row.state in sms_codes.NOT_SENT:
        return Arrival(row.created_at, "failed", NOT_SENT, row.created_at, row.phone)
    if row.report is None:
        state: State = SUBMITTED if row.state == sms_codes.SENT else "unknown"
        return Arrival(row.created_at, state, None, at, row.phone)
    if row.report == DELIVERED:
        return Arrival(row.created_at, "delivered", None, at, row.phone)
    return Arrival(row.created_at, "failed", row.report_reason if is_known else None, at, row.phone)


def last(session: SessionInfo, activation_token_hash: bytes | None = None) -> LastCode:
    """Return the arrival of the last code that the asker requested within a day.

    With an activation's token: of the last one to its phone on record. Raises Refused: NOT_FOUND
    without one, or without the activation.
    """
    asked = sms_codes.requested_by(session.openid, session.account_id)
    if activation_token_hash is not None:
        phone = _phone_of(activation_token_hash, session)
        asked = asked & SmsCode.phone_index.matches(phone) if phone else None
    arrival = None if asked is None else _newest(session, asked)
    if arrival is None:
        raise Refused(Reason.NOT_FOUND)
    return LastCode(arrival.sent_at, arrival.state, arrival.reason, arrival.sentence)


def tell(refused: Refused, session: SessionInfo, phone: str | None) -> None:
    """Let the help of a refusal begin with what is known of the asker's last code to the phone."""
    if refused.reason not in EXPLAINED or phone is None:
        return
    asked = sms_codes.requested_by(session.openid, session.account_id)
    arrival = _newest(session, asked & SmsCode.phone_index.matches(phone))
    if arrival is not None and arrival.reason != NOT_SENT:
        refused.known = arrival.sentence


def is_known(session: SessionInfo, phone: str) -> bool:
    """Return whether a phone is on the asker's record, or was proved in this session."""
    if session.account_id is not None:
        own = Account.select(Account.phone).where(Account.id == session.account_id).scalar()
        if own == phone:
            return True
    entered = SmsCode.phone_index.matches(phone) & (SmsCode.confirmed_by == session.token_hash)
    if session.token_hash and SmsCode.select().where(entered).exists():
        return True
    if session.openid is None:
        return False
    proved = (
        PhoneProofToken.phone_index.matches(phone)
        & (PhoneProofToken.openid == session.openid)
        & (PhoneProofToken.expires_at > clock.now())
    )
    return bool(PhoneProofToken.select().where(proved).exists())


def _newest(session: SessionInfo, asked: Any) -> Arrival | None:
    recent = SmsCode.created_at > clock.now() - sms_codes.LOOKED_BACK
    row = SmsCode.select().where(asked & recent).order_by(SmsCode.id.desc()).first()
    return None if row is None else of_row(row, is_known=is_known(session, row.phone))


def _phone_of(activation_token_hash: bytes, session: SessionInfo) -> str | None:
    """Return the phone on record of an activation that this session began."""
    under_way = (
        (Activation.token_hash == activation_token_hash)
        & (Activation.session_hash == session.token_hash)
        & (Activation.expires_at > clock.now())
    )
    phone: str | None = Account.select(Account.phone).join(Activation).where(under_way).scalar()
    return phone
