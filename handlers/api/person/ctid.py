"""CTID (网证), the alternative to the face check."""

from typing import Annotated

from pydantic import Field, StringConstraints

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import NoControls
from handlers.auth import Auth
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.proofing import ctid as ctid_verifications
from miniprogram_api.reasons import Reason

resource = Resource("ctid")

CtidToken = Annotated[
    str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=True), NoControls
]


class CtidBody(Body):
    """The token of a CTID verification."""

    ctid_token: CtidToken = Field(description="From the CTID app or mini program.")


@resource.post(
    "/ctid-verifications",
    auth=Auth.ACCOUNT,
    body=CtidBody,
    answer=AccountSummary,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_VERIFIED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.CTID_REJECTED,
        Reason.CTID_UNAVAILABLE,
    ),
)
def verify_ctid(call: Call, body: CtidBody) -> AccountSummary:
    """Verify the person by CTID; the account gets level 4."""
    return ctid_verifications.verify(
        call.services,
        session=call.holder,
        account_id=call.account_id,
        address=call.address,
        ctid_token=body.ctid_token,
    )
