"""The operator of the service, named at the foot of the pages, and what it offers."""

from pydantic import Field

from handlers.api.endpoint import Answer, Call, Resource
from handlers.auth import Auth
from miniprogram_api import texts
from miniprogram_api.access import attempts
from miniprogram_api.accounts import processor

resource = Resource("operator")


class OperatorAnswer(Answer):
    """The operator, who processes the data, the numbers of filings, and what is configured."""

    name: str
    address: str
    phone: str
    data_protection_officer: str = Field(description="Name or post, and how to reach it.")
    program_name: str = Field(description="The name of the mini program in WeChat.")
    icp_number: str | None
    police_number: str | None
    reads_cards: bool = Field(description="Whether POST /identity-card-images is configured.")
    shared_computer: bool = Field(description="Whether the caller is in a hall (HALL_NETWORKS).")


@resource.get("/operator", auth=Auth.NONE, answer=OperatorAnswer)
def show_operator(call: Call) -> OperatorAnswer:
    """Show who runs the service, and how to reach them."""
    settings = call.services.settings
    operator = processor.of(settings)
    return OperatorAnswer(
        name=operator.name,
        address=operator.address,
        phone=operator.phone,
        data_protection_officer=operator.data_protection_officer,
        program_name=settings.program_name or texts.text("api.program_name"),
        icp_number=settings.icp_number or None,
        police_number=settings.police_number or None,
        reads_cards=settings.card_ocr != "off",
        shared_computer=attempts.is_inside(call.address, settings.hall_networks),
    )
