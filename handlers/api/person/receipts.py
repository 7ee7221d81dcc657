"""Receipts of the queries of registration systems."""

from flask import Blueprint

from handlers.api.endpoint import Answer, Call, endpoint
from handlers.auth import Auth
from miniprogram_api.registrars import queries as registrars
from miniprogram_api.registrars.queries import Receipt

blueprint = Blueprint("receipts", __name__)


class ReceiptsAnswer(Answer):
    """The receipts of an account."""

    receipts: list[Receipt]


@endpoint(blueprint, "GET", "/account/receipts", auth=Auth.ACCOUNT, answer=ReceiptsAnswer)
def list_receipts(call: Call) -> ReceiptsAnswer:
    """List the queries of registration systems about the user, with their answers."""
    return ReceiptsAnswer(receipts=registrars.receipts_of(call.account_id))
