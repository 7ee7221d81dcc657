"""Error reports of the mini program."""

from typing import Literal

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Body, Call, endpoint
from handlers.api.fields import FreeText, Line
from handlers.auth import Auth
from miniprogram_api.accounts import client_reports
from miniprogram_api.reasons import Reason

blueprint = Blueprint("client_reports", __name__)


class ReportBody(Body):
    """An error on the user's phone."""

    kind: Literal["network", "sms", "face", "other"]
    step: Line = Field(description="Where it happened, such as activation.phone.")
    detail: FreeText | None = Field(None, description="Numbers are masked before it is stored.")


@endpoint(
    blueprint,
    "POST",
    "/client-reports",
    auth=Auth.WECHAT,
    body=ReportBody,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def add_report(call: Call, body: ReportBody) -> None:
    """Report an error on the user's phone."""
    client_reports.add(call.services, call.holder, body.kind, body.step, body.detail or "")
