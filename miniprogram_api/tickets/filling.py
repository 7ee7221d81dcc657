"""Prefilling of tickets opened by a button of the bot, for staff's eyes only."""

from dataclasses import replace
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text
from miniprogram_api.tickets.forms import TicketForm
from models.accounts.accounts import Account
from models.accounts.activations import Activation
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityCheck

LOOKED_BACK = timedelta(days=7)
ASKED = text("tickets.asked_of_bot")

_CHECKED = frozenset({"identity_review", "manual_verification", "re_registration"})


def prefill(form: TicketForm, session: SessionInfo) -> TicketForm:
    """Fill in missing fields from the record of the session's holder."""
    return replace(
        form,
        description=form.description or ASKED,
        phone=form.phone or _phone(form.kind, session),
        id_number=form.id_number or _id_number(form.kind, session),
    )


def _phone(kind: str, session: SessionInfo) -> str | None:
    """Return the phone refused during activation, or the last one that a code was sent to."""
    if kind == "activation_phone":
        noted = refusals.last(session.openid, session.account_id)
        wrong = (note.phone for note in noted if note.reason is Reason.PHONE_NOT_ON_RECORD)
        return next(wrong, None)
    if kind == "phone_verification" and session.openid is not None:
        asked = (SmsCode.openid == session.openid) & (
            SmsCode.created_at > clock.now() - LOOKED_BACK
        )
        row = SmsCode.select(SmsCode.phone).where(asked).order_by(SmsCode.id.desc()).first()
        return None if row is None else str(row.phone)
    return None


def _id_number(kind: str, session: SessionInfo) -> str | None:
    """Return the ID number of the session's activation, or of the user's last check."""
    if kind == "activation_phone":
        under_way = (Activation.session_hash == session.token_hash) & (
            Activation.expires_at > clock.now()
        )
        return (
            Account.select(Account.id_number)
            .join(Activation)
            .where(under_way)
            .order_by(Activation.created_at.desc())
            .scalar()
        )
    if kind in _CHECKED and session.openid is not None and session.account_id is None:
        asked = (IdentityCheck.openid == session.openid) & (
            IdentityCheck.checked_at > clock.now() - LOOKED_BACK
        )
        row = (
            IdentityCheck.select(IdentityCheck.id_number)
            .where(asked)
            .order_by(IdentityCheck.id.desc())
            .first()
        )
        return None if row is None else str(row.id_number)
    return None
