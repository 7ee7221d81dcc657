"""Receipts of the queries of registration systems."""

from handlers.api.endpoint import Answer, Call, Resource
from handlers.auth import Auth
from miniprogram_api.matters import receipts
from miniprogram_api.registrars.queries import Receipt

resource = Resource("receipts")


class ReceiptsAnswer(Answer):
    """The receipts of an account."""

    receipts: list[Receipt]


@resource.get("/account/receipts", auth=Auth.ACCOUNT, answer=ReceiptsAnswer)
def list_receipts(call: Call) -> ReceiptsAnswer:
    """List the queries of registration systems about the user, and the accepted matters.

    Below level 4 those of this account.
    """
    return ReceiptsAnswer(receipts=receipts.of_account(call.account_id))
