"""Password reset: prove the phone, then set a new password."""

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText, Secret, Token
from handlers.api.person.sms_codes import HOLDER_PROOF_REASONS
from handlers.api.phone_proofs import PhoneProofBody
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.sign_in import password_resets
from miniprogram_api.sign_in.password_resets import BegunReset, FaceForm

resource = Resource("password_resets")


class ResetBody(PhoneProofBody):
    """The account and the proof of its phone; with ``challenge_id`` of a new phone."""

    login: RawText = Field("", description="ID number, phone or user name; required without face.")
    phone: RawText = Field(description="The account's; with challenge_id a new one.")
    challenge_id: Token | None = Field(
        None, description="A passed face check of the purpose reset, in this session."
    )
    name: RawText = Field("", description="Of the face check.")
    id_number: RawText = Field("", description="Of the face check.")
    sms_code: RawText | None = Field(
        None, description="Of the purpose reset_password; with challenge_id change_phone."
    )


class NewPasswordBody(Body):
    """The new password."""

    password: Secret = Field(description="The new one.")


@resource.post(
    "/password-resets",
    auth=Auth.WECHAT,
    body=ResetBody,
    answer=BegunReset,
    reasons=(
        *HOLDER_PROOF_REASONS,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.LOGIN_AMBIGUOUS,
        Reason.ACTIVATION_REQUIRED,
        Reason.ACCOUNT_FROZEN,
        Reason.NOT_FOUND,
        Reason.USER_NOT_FOUND,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.PHONE_ACCOUNT_LIMIT,
    ),
)
def begin_reset(call: Call, body: ResetBody) -> BegunReset:
    """Prove the account's phone (step 1), or with a passed face a new one.

    With a face the new phone is on record at once, the old one is notified, 是否办理 goes off and
    all other sessions end.
    """
    if body.challenge_id is not None:
        form = FaceForm(
            body.challenge_id,
            body.name,
            body.id_number,
            body.phone,
            body.proof,
        )
        return password_resets.begin_by_face(call.services, form, session=call.holder)
    return password_resets.begin(
        call.services,
        body.login,
        body.phone,
        body.proof,
        session=call.holder,
        address=call.address,
    )


@resource.post(
    "/password-resets/<token>/password",
    auth=Auth.WECHAT,
    body=NewPasswordBody,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.NOT_FOUND),
)
def finish_reset(call: Call, body: NewPasswordBody, token: str) -> None:
    """Set the new password (step 2); ends other sessions and locks."""
    password_resets.finish(call.services, token, body.password, session=call.holder)
