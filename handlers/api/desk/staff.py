"""Sign-in of staff, for the endpoints of windows and of the information centre."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import Filled, FilledSecret
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import sessions as staff_sessions

resource = Resource("staff")


class StaffSessionBody(Body):
    """User name, password and second factor."""

    username: Filled
    password: FilledSecret
    totp: FilledSecret | None = Field(
        None, description="The code of the authenticator, or a recovery code."
    )


class StaffSessionAnswer(Answer):
    """A new session of staff."""

    token: str
    expires_in: int = Field(description="Seconds without use after which the token expires.")
    username: str
    roles: list[str]
    window_id: int | None
    pending: list[str] = Field(
        description="What must be set up on the admin pages first: password, totp, passkey."
    )


@resource.post(
    "/staff/sessions",
    auth=Auth.NONE,
    body=StaffSessionBody,
    answer=StaffSessionAnswer,
    status=201,
    reasons=(Reason.STAFF_LOCKED, Reason.STAFF_SIGN_IN_REFUSED),
    repeatable=False,
)
def open_staff_session(call: Call, body: StaffSessionBody) -> StaffSessionAnswer:
    """Sign in; the token expires after 15 minutes without use, and after 12 hours."""
    signed_in = staff_sessions.sign_in(
        call.services, body.username, body.password, body.totp, address=call.address
    )
    return StaffSessionAnswer(
        token=signed_in.token,
        expires_in=signed_in.expires_in,
        username=signed_in.member.username,
        roles=sorted(signed_in.member.roles),
        window_id=signed_in.member.window_id,
        pending=sorted(signed_in.member.pending),
    )
