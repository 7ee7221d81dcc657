"""Changes of the register of names."""

from datetime import date
from typing import Annotated

from pydantic import Field

from faq.release import published_names
from handlers.api.endpoint import REGISTRAR, Answer, Body, Call, Resource
from handlers.api.fields import Filled, RawText
from miniprogram_api.names.register import changes

resource = Resource("names", REGISTRAR)


class ChangeBody(Body):
    """One name of the register as it stands now."""

    name: Filled
    district: Filled = Field(description="Six-digit code of the seat.")
    status: Filled = Field(
        description="registered, reserved, pending, deregistered, changed, revoked or suspended."
    )
    date: RawText = Field("", description="Since when; needed unless registered or suspended.")
    industry_class: RawText = Field("", description="GB/T 4754, such as H62.")
    until: RawText = Field("", description="Last day of a reservation.")


class ChangesBody(Body):
    """Changes up to a day."""

    library_date: date
    changes: Annotated[list[ChangeBody], Field(max_length=changes.MOST_CHANGES)]


class ChangesAnswer(Answer):
    """What became of the changes; older: the register has a later day for the name."""

    added: int
    changed: int
    unchanged: int
    older: int


@resource.put("/names", body=ChangesBody, answer=ChangesAnswer)
def change_names(call: Call, body: ChangesBody) -> ChangesAnswer:
    """Store up to 1,000 changes, all or none; the same call again changes nothing."""
    rows = [
        (one.name, one.district, one.status, one.date, one.industry_class, one.until)
        for one in body.changes
    ]
    merged = changes.apply(
        published_names.lists(), body.library_date, rows, actor=call.system_actor
    )
    return ChangesAnswer(**vars(merged))
