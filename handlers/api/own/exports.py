"""The copy of one's own data."""

import secrets

from handlers.api.endpoint import Call, File, Resource
from handlers.api.person.sms_codes import HOLDER_PROOF_REASONS
from handlers.api.phone_proofs import PhoneProofBody
from handlers.auth import Auth
from miniprogram_api.own_data import exports
from miniprogram_api.own_data.exports import RequestedExport
from miniprogram_api.reasons import Reason

resource = Resource("exports")

_ZIP = "application/zip"


@resource.post(
    "/account/export",
    auth=Auth.ACCOUNT,
    body=PhoneProofBody,
    answer=RequestedExport,
    status=202,
    reasons=(Reason.ACCOUNT_FROZEN, *HOLDER_PROOF_REASONS),
)
def request_export(call: Call, body: PhoneProofBody) -> RequestedExport:
    """Request a copy of one's own data; the worker makes it within minutes."""
    return exports.request(
        call.account_id, secrets.token_urlsafe(16), body.proof, session=call.holder
    )


@resource.get(
    "/account/export/<export_id>",
    auth=Auth.ACCOUNT,
    files=(_ZIP,),
    reasons=(Reason.ACCOUNT_FROZEN, Reason.NOT_FOUND, Reason.EXPORT_NOT_READY),
)
def fetch_export(call: Call, export_id: str) -> File:
    """Fetch the copy as ZIP with JSON and PDF, for a day; 409 until it is made."""
    content = exports.fetch(call.services, call.account_id, export_id)
    headers = {"Content-Disposition": 'attachment; filename="data.zip"'}
    return File(content, _ZIP, is_personal=True, headers=headers)
