"""Copies of one's own data."""

from pydantic_core import to_jsonable_python

from faq.conversation import own
from miniprogram_api.outbox import Payload
from miniprogram_api.own_data import exports
from miniprogram_api.services import Services


def make(services: Services, payload: Payload) -> None:
    """Make the copy ``export_id``, unless it is made or its account cancelled."""
    export_id = str(payload["export_id"])
    account_id = exports.account_of(export_id)
    if account_id is None:
        return
    talks = to_jsonable_python(own.all_of(account_id))
    exports.make(services, export_id, account_id, talks)
