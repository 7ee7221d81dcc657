"""Which registration systems asked about the holder of an account."""

from datetime import date, datetime

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Call, endpoint
from handlers.auth import Auth
from miniprogram_api import registrars

blueprint = Blueprint("receipts", __name__)


class ReceiptAnswer(Answer):
    number: str
    system: str = Field(description="Who asked.")
    matter: str
    role: str
    asked_at: datetime
    verified: bool = Field(description="What was answered.")
    authorized_until: date | None = Field(
        description="It was asked under an authorisation that held until then."
    )
    reason: str


class ReceiptsAnswer(Answer):
    receipts: list[ReceiptAnswer]


@endpoint(blueprint, "GET", "/account/receipts", auth=Auth.ACCOUNT, answer=ReceiptsAnswer)
def list_receipts(call: Call) -> ReceiptsAnswer:
    """Which registration systems asked about the holder, and what they were answered."""
    found = registrars.receipts_of(call.account_id)
    return ReceiptsAnswer(
        receipts=[ReceiptAnswer.model_validate(one, from_attributes=True) for one in found]
    )
