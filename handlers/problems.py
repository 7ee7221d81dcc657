"""The answer to every refusal, as the OpenAPI document describes it."""

from datetime import date
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from handlers.api.actions import ActionAnswer
from miniprogram_api.phones.sms_code_refusals import Remaining
from miniprogram_api.reasons import Reason


class Help(BaseModel):
    """The published entry that explains a refusal."""

    case: Annotated[int, Field(ge=1)] | None
    slug: str
    title: str
    steps: list[str]
    actions: list[ActionAnswer]


class FieldProblem(TypedDict):
    """A refused field, or a doubt about one that the user may confirm by its code."""

    field: str
    code: str
    message: str
    suggestion: NotRequired[str]


class WaitingLine(TypedDict):
    """A line of a matter that keeps it from being accepted."""

    line_id: str
    reason: str


class ProblemData(TypedDict, total=False):
    """What a refusal says besides its sentence; each field only with the codes that name it."""

    fields: Annotated[
        list[FieldProblem], Field(description="INVALID_INPUT, DOCUMENT_NEEDS_WINDOW.")
    ]
    warnings: Annotated[list[FieldProblem], Field(description="IDENTITY_NEEDS_CONFIRMATION.")]
    retry_after: Annotated[
        int,
        Field(ge=0, description="Seconds until the call may be repeated; all 423, 429, some 503."),
    ]
    scope: Annotated[str, Field(description="TOO_MANY_ATTEMPTS: which limit is full.")]
    window: Annotated[
        Literal["minute", "hour", "day"], Field(description="SMS_RATE_LIMITED: which limit.")
    ]
    remaining: Annotated[Remaining, Field(description="SMS_RATE_LIMITED.")]
    attempts_left: Annotated[
        int,
        Field(description="WRONG_PASSWORD, FACE_MISMATCH, CTID_REJECTED and a “no” of the source."),
    ]
    tries_left: Annotated[int, Field(description="SMS_CODE_WRONG.")]
    was_reset: Annotated[bool, Field(description="WRONG_PASSWORD: it was changed recently.")]
    needs_code: Annotated[bool, Field(description="ACCOUNT_LOCKED: a code of the phone opens it.")]
    cancelled_on: Annotated[date, Field(description="ACCOUNT_CANCELLED.")]
    segment: Annotated[str, Field(description="PHONE_SEGMENT_UNSUPPORTED: first digits.")]
    supported_from: Annotated[date | None, Field(description="PHONE_SEGMENT_UNSUPPORTED.")]
    phone_hint: Annotated[
        str | None, Field(description="PHONE_NOT_ON_RECORD: last two digits of the right one.")
    ]
    ticket: Annotated[str, Field(description="The kind of ticket that helps.")]
    purpose: Annotated[str, Field(description="What the code or the check was for.")]
    side: Annotated[
        Literal["gateway", "rate", "operator"],
        Field(
            description="SMS_UNAVAILABLE: what keeps it from being sent. WECHAT_UNAVAILABLE: "
            "operator, when waiting does not help."
        ),
    ]
    report_number: Annotated[str, Field(description="SMS_UNAVAILABLE: to be told to a window.")]
    missing: Annotated[
        list[Literal["general", "identity", "face", "matter", "desk", "compare"]],
        Field(description="CONSENT_REQUIRED."),
    ]
    version: Annotated[
        str | int, Field(description="The one in force: CONSENT_OUTDATED text, MATTER_CHANGED int.")
    ]
    reason: Annotated[str, Field(description="FACE_IMAGE_QUALITY, CARD_IMAGE_QUALITY.")]
    way: Annotated[
        Literal["ctid"],
        Field(
            description="TOO_MANY_ATTEMPTS of scope person, ACCOUNT_LOCKED, SMS_RATE_LIMITED: what "
            "is left of the ways round where there is no WeChat."
        ),
    ]
    by_photo: Annotated[
        bool, Field(description="A “no” of the source: photos of the card can fill in the form.")
    ]
    by_face: Annotated[
        Literal["reset", "activate"],
        Field(
            description="PHONE_NOT_ON_RECORD: the purpose of a face check that stands for the "
            "phone on record where WeChat has it."
        ),
    ]
    cause: Annotated[str, Field(description="FACE_NOT_FINISHED, LEVEL_TOO_LOW and others.")]
    step: Annotated[str, Field(description="What was asked of the source: face, dates …")]
    notice: Annotated[str, Field(description="An operator's notice about an outage.")]
    state: Annotated[str, Field(description="MATTER_CLOSED: the state of the matter.")]
    phone: Annotated[str | None, Field(description="MATTER_CLOSED: the receiving window's.")]
    days: Annotated[int, Field(description="MATTER_EXPIRED.")]
    count: Annotated[int, Field(description="MATTERS_OPEN, MATTER_NOT_READY, LOOKUP_LIMIT.")]
    lines: Annotated[list[WaitingLine], Field(description="MATTER_NOT_READY.")]
    limit_bytes: Annotated[int, Field(description="BODY_TOO_LARGE.")]
    min_version: Annotated[str, Field(description="CLIENT_OUTDATED.")]
    failing: Annotated[list[str], Field(description="SERVICE_UNAVAILABLE of /readyz.")]
    parts: Annotated[dict[str, Any], Field(description="SERVICE_UNAVAILABLE of /readyz.")]


class Problem(BaseModel):
    """The answer to every refusal."""

    code: str = Field(
        description="Stable; those of a call are listed with its responses.",
        json_schema_extra={"enum": [reason.name for reason in Reason]},
    )
    message: str = Field(description="One Chinese sentence for the user.")
    data: ProblemData
    help: Help | None
    request_id: str
