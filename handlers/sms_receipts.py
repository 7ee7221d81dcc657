"""``/sms/receipts/…``: the SMS vendors post what carriers reported of messages.

The path ends in the setting SMS_RECEIPTS_PATH. Vendors do not sign: a report counts by serial
number and phone alone. The answer has the forms of all vendors, not the envelope's.
"""

import hmac

from flask import Blueprint, Response, current_app

from config import Settings
from handlers import envelope
from handlers.request_body import read_body
from miniprogram_api.delivery import delivery_reports
from miniprogram_api.reasons import Reason, Refused

BODY_LIMIT = 256 * 1024
# Tencent Cloud reads result and errmsg, Alibaba Cloud code and msg.
TAKEN = {"result": 0, "errmsg": "OK", "code": 0, "msg": "OK"}

blueprint = Blueprint("sms_receipts", __name__)


@blueprint.post("/sms/receipts/<path>")
def receive(path: str) -> Response:
    """Note the reports of a vendor's call."""
    settings: Settings = current_app.extensions["services"].settings
    expected = settings.sms_receipts_path.get_secret_value()
    if not (expected and hmac.compare_digest(path.encode(), expected.encode())):
        raise Refused(Reason.NOT_FOUND)
    delivery_reports.take_callback(read_body(BODY_LIMIT))
    return envelope.uncached(envelope.dumps(TAKEN), 200, envelope.JSON)
