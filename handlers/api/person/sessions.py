"""Sign-in with a password, and sign-out."""

from pydantic import Field

from handlers.api.endpoint import Answer, Call, Opened, Resource
from handlers.api.fields import Filled, FilledSecret, RawText
from handlers.api.person.sms_codes import HOLDER_PROOF_REASONS
from handlers.api.phone_proofs import PhoneProofBody
from handlers.auth import Auth
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import OpenedSession
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in

resource = Resource("sessions")


class SignInBody(PhoneProofBody):
    """A login with its password."""

    login: Filled = Field(description="ID number, phone or user name.")
    password: FilledSecret
    bind: bool = Field(False, description="Bind the account to the WeChat user of the token.")
    sms_code: RawText | None = Field(
        None, description="Of the purpose reset_password; unlocks an account with needs_code."
    )


class SessionAnswer(Answer):
    """A new session."""

    token: str = Field(description="Of the new session; the token of the call is invalid now.")
    expires_in: int = Field(description="Seconds without use after which the token expires.")
    account: AccountSummary


def opened(session: OpenedSession, account: AccountSummary) -> Opened:
    """Build the answer that opens a session."""
    answer = SessionAnswer(token=session.token, expires_in=session.expires_in, account=account)
    return Opened(answer, session)


@resource.post(
    "/sessions",
    auth=Auth.OPTIONAL,
    body=SignInBody,
    answer=SessionAnswer,
    reasons=(
        Reason.USER_NOT_FOUND,
        Reason.WRONG_PASSWORD,
        Reason.ACTIVATION_REQUIRED,
        Reason.LOGIN_AMBIGUOUS,
        Reason.ACCOUNT_LOCKED,
        Reason.ACCOUNT_CANCELLED,
        Reason.ACCOUNT_FROZEN,
        Reason.TOO_MANY_ATTEMPTS,
        *HOLDER_PROOF_REASONS,
    ),
)
def open_session(call: Call, body: SignInBody) -> Opened:
    """Sign in with a login and a password."""
    signed_in = sign_in.with_password(
        call.services,
        sign_in.Credentials(body.login, body.password, body.bind, body.proof),
        session=call.session,
        address=call.address,
    )
    return opened(signed_in.session, signed_in.account)


@resource.delete("/sessions/current", auth=Auth.WECHAT)
def close_session(call: Call) -> None:
    """Sign out; the token expires at once."""
    sessions.end(call.holder.token_hash)
