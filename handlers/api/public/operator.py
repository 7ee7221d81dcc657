"""The operator of the service, named at the foot of the pages, and what it offers."""

from pydantic import Field

from handlers.api.endpoint import Answer, Call, Resource
from handlers.auth import Auth
from miniprogram_api import texts

resource = Resource("operator")


class OperatorAnswer(Answer):
    """The operator, the numbers of the filings of a website, and what is configured."""

    name: str
    phone: str
    program_name: str = Field(description="The name of the mini program in WeChat.")
    icp_number: str | None
    police_number: str | None
    reads_cards: bool = Field(description="Whether POST /identity-card-images is configured.")


@resource.get("/operator", auth=Auth.NONE, answer=OperatorAnswer)
def show_operator(call: Call) -> OperatorAnswer:
    """Show who runs the service, and how to reach them."""
    settings = call.services.settings
    return OperatorAnswer(
        name=settings.operator_name,
        phone=settings.operator_phone,
        program_name=settings.program_name or texts.text("api.program_name"),
        icp_number=settings.icp_number or None,
        police_number=settings.police_number or None,
        reads_cards=settings.card_ocr != "off",
    )
