"""Sign-in as a WeChat user."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Opened, Resource
from handlers.api.fields import WeChatCode
from handlers.auth import Auth
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in

resource = Resource("wechat_login")


class LoginBody(Body):
    """The code of wx.login."""

    code: WeChatCode


class LoginAnswer(Answer):
    """The session of the WeChat user."""

    token: str
    expires_in: int = Field(description="Seconds without use after which the token expires.")
    account: AccountSummary | None = Field(description="The account bound to this WeChat user.")


@resource.post(
    "/wechat/login",
    auth=Auth.NONE,
    body=LoginBody,
    answer=LoginAnswer,
    reasons=(
        Reason.TOO_MANY_ATTEMPTS,
        Reason.WECHAT_CODE_INVALID,
        Reason.WECHAT_USER_BLOCKED,
        Reason.WECHAT_UNAVAILABLE,
    ),
    # A stolen code with its key must give no session; wx.login is free to repeat.
    repeatable=False,
)
def log_in(call: Call, body: LoginBody) -> Opened:
    """Sign in as a WeChat user, and into the account bound to that user.

    An address that sent many invalid codes within a minute is slowed down: 429 with the scope
    wechat_logins may answer after two seconds; a call with a new code may succeed then.
    """
    signed_in = sign_in.as_wechat_user(call.services, body.code, call.address)
    answer = LoginAnswer(
        token=signed_in.session.token,
        expires_in=signed_in.session.expires_in,
        account=signed_in.account,
    )
    return Opened(answer, signed_in.session)
