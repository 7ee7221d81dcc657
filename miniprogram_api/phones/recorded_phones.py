"""The phone on record to which a code of the purposes ``activate`` and ``confirm`` must go."""

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones.sms_code_refusals import ACTIVATE, CONFIRM
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.activations import Activation


def asked(session: SessionInfo, purpose: str, phone_text: str | None) -> str:
    """Return the canonical phone that a code is asked for; None: the one on record (``confirm``).

    Raises Refused: INVALID_INPUT, PHONE_NOT_ON_RECORD (the account has none), UNAUTHENTICATED.
    """
    if phone_text is not None or purpose != CONFIRM:
        return phone_numbers.parse_phone("phone", phone_text or "")
    account_id, recorded = of_purpose(session, purpose, None)
    if recorded is None:
        raise Refused(Reason.PHONE_NOT_ON_RECORD, account_id=account_id, phone_hint=None)
    return recorded


def is_on_record(
    phone: str, session: SessionInfo, purpose: str, activation_token: str | None
) -> bool:
    """Return whether a code of this purpose would have to go to this phone."""
    if purpose != ACTIVATE:
        # The account is not known yet; assume the user's own number.
        return True
    try:
        return of_purpose(session, purpose, activation_token)[1] == phone
    except Refused:
        return False


def of_purpose(
    session: SessionInfo, purpose: str, activation_token: str | None
) -> tuple[int, str | None]:
    """Return the account that the code is for, and its phone on record, if any.

    Raises Refused: INVALID_INPUT without ``activation_token``, ACTIVATION_EXPIRED, UNAUTHENTICATED.
    """
    query = Account.select(Account.id, Account.phone)
    if purpose == CONFIRM:
        row = query.where(Account.id == session.account_id).tuples().first()
        if row is None:
            raise Refused(Reason.UNAUTHENTICATED)
    else:
        if not activation_token:
            raise invalid("sms_codes.activation_token.required")
        row = (
            query.join(Activation)
            .where(
                (Activation.token_hash == sessions.hash_of(activation_token))
                & (Activation.session_hash == session.token_hash)
                & (Activation.expires_at > clock.now())
                & (Account.status == UNACTIVATED)
            )
            .tuples()
            .first()
        )
        if row is None:
            raise Refused(Reason.ACTIVATION_EXPIRED)
    return row[0], row[1]
