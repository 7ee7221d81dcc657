"""Which registration systems asked about the holder of an account."""

from flask import Blueprint

from handlers.api.endpoint import Answer, Call, endpoint
from handlers.auth import Auth
from miniprogram_api.registrars import queries as registrars
from miniprogram_api.registrars.queries import Receipt

blueprint = Blueprint("receipts", __name__)


class ReceiptsAnswer(Answer):
    receipts: list[Receipt]


@endpoint(blueprint, "GET", "/account/receipts", auth=Auth.ACCOUNT, answer=ReceiptsAnswer)
def list_receipts(call: Call) -> ReceiptsAnswer:
    """Which registration systems asked about the holder, and what they were answered."""
    return ReceiptsAnswer(receipts=registrars.receipts_of(call.account_id))
