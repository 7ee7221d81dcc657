"""The declaration of every endpoint, for the mini program, desks and registration systems.

    resource = Resource("sms_codes")

    @resource.post("/sms-codes", auth=Auth.WECHAT, body=CodeRequest, answer=CodeAnswer,
                   status=202, reasons=(Reason.SMS_RATE_LIMITED, …))
    def request_code(call: Call, body: CodeRequest) -> CodeAnswer:
        \"\"\"Send a one-time code.\"\"\"
        return CodeAnswer(…rule(call.services, …)…)

``serving`` shows the steps of a call, ``callers`` the ways of authentication. The OpenAPI documents
are generated from the same arguments.
"""

from handlers.api.endpoint.answers import File, Opened, Repeated
from handlers.api.endpoint.callers import Call
from handlers.api.endpoint.operation import MINI_PROGRAM, REGISTRAR, Api, Operation
from handlers.api.endpoint.resource import Resource
from handlers.api.endpoint.schemas import Answer, Body

__all__ = [
    "MINI_PROGRAM",
    "REGISTRAR",
    "Answer",
    "Api",
    "Body",
    "Call",
    "File",
    "Opened",
    "Operation",
    "Repeated",
    "Resource",
]
