"""Error reports of the mini program."""

from typing import Literal

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import FreeText, Line
from handlers.auth import Auth
from miniprogram_api.operations import client_reports
from miniprogram_api.reasons import Reason

resource = Resource("client_reports")


class ReportBody(Body):
    """An error on the user's phone."""

    kind: Literal["network", "sms", "face", "other"]
    step: Line = Field(description="Where it happened, such as activation.phone.")
    detail: FreeText | None = Field(None, description="Numbers are masked before it is stored.")


@resource.post(
    "/client-reports", auth=Auth.WECHAT, body=ReportBody, reasons=(Reason.TOO_MANY_ATTEMPTS,)
)
def add_report(call: Call, body: ReportBody) -> None:
    """Report an error on the user's phone."""
    client_reports.add(call.services, call.holder, body.kind, body.step, body.detail or "")
