"""Matters of registration systems: create, change, look up, remind, accept, withdraw."""

from datetime import datetime

from pydantic import Field

from handlers.api import sheet_files
from handlers.api.endpoint import REGISTRAR, Answer, Body, Call, File, Repeated, Resource
from handlers.api.fields import Filled, FreeText
from handlers.api.matter_bodies import NumberedMatterBody, VersionBody
from miniprogram_api.matter_lines import finding
from miniprogram_api.matters import acceptance, creation, reminders, versions, views
from miniprogram_api.matters.creation import Maker
from miniprogram_api.matters.reminders import Reminded
from miniprogram_api.matters.views import MatterView
from miniprogram_api.reasons import Reason
from miniprogram_api.sheets import sheets

resource = Resource("matters", REGISTRAR)

_ENDED = (Reason.MATTER_CLOSED, Reason.MATTER_EXPIRED)


@resource.post(
    "/matters",
    body=NumberedMatterBody,
    answer=MatterView,
    status=201,
    reasons=(Reason.MATTER_NUMBER_TAKEN,),
)
def create_matter(call: Call, body: NumberedMatterBody) -> MatterView | Repeated:
    """Create a matter; the same number and body again answer 200 with that matter."""
    made = creation.create(
        call.services,
        Maker(key_id=call.key_id),
        body.number,
        body.as_rule(),
        actor=call.system_actor,
    )
    answer = views.of_matter(call.services, made.matter)
    return answer if made.is_new else Repeated(answer)


@resource.put(
    "/matters/<matter_id>",
    body=VersionBody,
    answer=MatterView,
    reasons=(Reason.MATTER_CHANGED, *_ENDED),
)
def change_matter(call: Call, body: VersionBody, matter_id: str) -> MatterView:
    """Store the next version; lines begin anew where what they confirm has changed."""
    matter = versions.replace(
        call.services,
        matter_id,
        body.as_rule(),
        version=body.version,
        maker=call.maker,
        actor=call.system_actor,
    )
    return views.of_matter(call.services, matter)


@resource.get("/matters/<matter_id>", answer=MatterView)
def show_matter(call: Call, matter_id: str) -> MatterView:
    """Return the present version with the state of each line."""
    return acceptance.show(call.services, matter_id, maker=call.maker)


@resource.get(
    "/matters/<matter_id>/sheets",
    files=(sheet_files.PDF,),
    reasons=(Reason.NOT_FOUND, Reason.NOT_APPLICABLE),
)
def fetch_sheets(call: Call, matter_id: str) -> File:
    """Return the sheets of all persons who confirmed, as PDF for the registration file."""
    matter = finding.matter(matter_id, maker=call.maker)
    return sheet_files.of(sheets.for_file(call.services, matter, actor=call.system_actor))


class ReminderBody(Body):
    """The lines whose persons are reminded; by default all."""

    line_ids: list[Filled] | None = Field(None, min_length=1, max_length=200)


@resource.post(
    "/matters/<matter_id>/reminders",
    body=ReminderBody,
    answer=Reminded,
    status=202,
    reasons=(Reason.REMINDER_LIMIT, *_ENDED),
)
def remind_persons(call: Call, body: ReminderBody, matter_id: str) -> Reminded:
    """Remind the persons who have something to confirm, each at most once a day."""
    return reminders.remind(matter_id, body.line_ids, maker=call.maker)


class AcceptanceBody(Body):
    """The version to accept."""

    version: int = Field(ge=1, le=10**9)


class LineReceipt(Answer):
    """The receipt of one line."""

    line_id: str
    receipt: str


class AcceptanceAnswer(Answer):
    """The accepted matter with the receipts of its lines."""

    matter_id: str
    version: int
    state: str
    accepted_at: datetime
    receipts: list[LineReceipt]


@resource.post(
    "/matters/<matter_id>/acceptance",
    body=AcceptanceBody,
    answer=AcceptanceAnswer,
    reasons=(Reason.MATTER_NOT_READY, Reason.MATTER_CHANGED, *_ENDED),
)
def accept_matter(call: Call, body: AcceptanceBody, matter_id: str) -> AcceptanceAnswer:
    """Accept the matter if every line counts now; again: the same answer."""
    matter, lines = acceptance.accept(
        call.services, matter_id, body.version, maker=call.maker, actor=call.system_actor
    )
    return AcceptanceAnswer(
        matter_id=matter.public_id,
        version=matter.version,
        state=matter.state,
        accepted_at=matter.ended_at or matter.changed_at,
        receipts=[
            LineReceipt(line_id=line.public_id, receipt=line.receipt or "") for line in lines
        ],
    )


class WithdrawalBody(Body):
    """Why the matter is withdrawn."""

    reason: FreeText | None = None


@resource.post(
    "/matters/<matter_id>/withdrawal",
    body=WithdrawalBody,
    answer=MatterView,
    reasons=_ENDED,
)
def withdraw_matter(call: Call, body: WithdrawalBody, matter_id: str) -> MatterView:
    """Withdraw the matter; again: the same answer."""
    matter = acceptance.withdraw(matter_id, body.reason, maker=call.maker, actor=call.system_actor)
    return views.of_matter(call.services, matter)
