"""Proof of a phone by WeChat, without an SMS."""

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import WeChatCode
from handlers.auth import Auth
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.phones.proofs import ProvedPhone
from miniprogram_api.reasons import Reason

resource = Resource("wechat_phones")


class PhoneCode(Body):
    """The code of getPhoneNumber."""

    code: WeChatCode


@resource.post(
    "/wechat/phone",
    auth=Auth.WECHAT,
    body=PhoneCode,
    answer=ProvedPhone,
    reasons=(
        Reason.WECHAT_USER_BLOCKED,
        Reason.PHONE_PROOF_INVALID,
        Reason.PHONE_FOREIGN,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.WECHAT_UNAVAILABLE,
    ),
)
def prove_phone(call: Call, body: PhoneCode) -> ProvedPhone:
    """Prove the phone of the WeChat user."""
    return phone_proofs.prove_by_wechat(call.services, session=call.holder, code=body.code)
