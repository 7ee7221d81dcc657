"""The code that a person shows to a clerk's scanner."""

import segno
from pydantic import Field

from handlers.api.endpoint import Answer, Call, Resource
from handlers.auth import Auth
from miniprogram_api.accounts import desk_codes

resource = Resource("desk_codes")


class DeskCodeAnswer(Answer):
    """A code that works once."""

    code: str
    qr: str = Field(description="The code as a QR code: an SVG picture as a data URL.")
    expires_in: int = Field(description="Seconds.")


@resource.post("/account/desk-codes", auth=Auth.ACCOUNT, answer=DeskCodeAnswer, status=201)
def issue_desk_code(call: Call) -> DeskCodeAnswer:
    """Make a code for the clerk's scanner: one use, three minutes, nothing personal in it."""
    issued = desk_codes.issue(call.account_id)
    picture = segno.make(issued.code, error="m").svg_data_uri(scale=6)
    return DeskCodeAnswer(code=issued.code, qr=picture, expires_in=issued.expires_in)
