"""Sign-in of a browser, without WeChat."""

from typing import Annotated

from pydantic import Field, StringConstraints

from handlers.api.endpoint import Body, Call, Opened, Resource
from handlers.api.person.wechat_login import LoginAnswer
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import sign_in

resource = Resource("web_login")

Device = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class WebLoginBody(Body):
    """The secret that the browser made for itself."""

    device: Device = Field(description="128 random bits, kept in the browser.")


@resource.post(
    "/web/login",
    auth=Auth.NONE,
    body=WebLoginBody,
    answer=LoginAnswer,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def log_in_web(call: Call, body: WebLoginBody) -> Opened:
    """Sign in as a visitor without WeChat: the same calls, with stricter limits.

    Until they sign in to an account, all visitors of one address also share limits: 429 with
    `scope` tickets, cards, reports, web_logins, questions or address. All browsers of an address
    share phones_of_address.
    """
    session = sign_in.as_web_visitor(call.services, body.device, call.address)
    answer = LoginAnswer(token=session.token, expires_in=session.expires_in, account=None)
    return Opened(answer, session)
