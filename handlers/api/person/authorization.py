"""The switch 是否办理工商登记注册 and its last day."""

from pydantic import Field

from handlers.api.endpoint import Call, Resource
from handlers.api.fields import RawText
from handlers.api.person.sms_codes import HOLDER_PROOF_REASONS
from handlers.api.phone_proofs import PhoneProofBody
from handlers.auth import Auth
from miniprogram_api.accounts import authorisation
from miniprogram_api.accounts.authorisation import Authorisation
from miniprogram_api.reasons import Reason

resource = Resource("authorization")


class AuthorizationBody(PhoneProofBody):
    """The switch with the proof of the phone."""

    enabled: bool
    until: RawText | None = Field(
        None, description="The last day, inclusive; required to switch it on."
    )


@resource.get("/account/authorization", auth=Auth.ACCOUNT, answer=Authorisation)
def show_authorization(call: Call) -> Authorisation:
    """Show the authorisation."""
    return authorisation.current(call.services, call.account_id)


@resource.put(
    "/account/authorization",
    auth=Auth.ACCOUNT,
    body=AuthorizationBody,
    answer=Authorisation,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.LEVEL_TOO_LOW, *HOLDER_PROOF_REASONS),
)
def set_authorization(call: Call, body: AuthorizationBody) -> Authorisation:
    """Switch the authorisation on until a day, or off."""
    return authorisation.switch(
        call.services,
        call.account_id,
        body.proof,
        enabled=body.enabled,
        until=body.until,
        session=call.holder,
    )
