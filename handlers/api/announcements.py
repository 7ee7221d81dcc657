"""What the bureau announces, and which outside source is switched off."""

from datetime import datetime
from typing import Literal

from flask import Blueprint

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api import announcements, outages

blueprint = Blueprint("announcements", __name__)


class AnnouncementsQuery(Body):
    district: RawText | None = None


class AnnouncementAnswer(Answer):
    id: int
    title: str
    text: str
    districts: list[str]
    starts_at: datetime
    ends_at: datetime | None


class OutageAnswer(Answer):
    source: Literal["sms", "identity", "face", "ctid"]
    notice: str
    since: datetime
    until: datetime | None


class AnnouncementsAnswer(Answer):
    announcements: list[AnnouncementAnswer]
    outages: list[OutageAnswer]


@endpoint(
    blueprint,
    "GET",
    "/announcements",
    auth=Auth.NONE,
    query=AnnouncementsQuery,
    answer=AnnouncementsAnswer,
)
def list_announcements(_call: Call, query: AnnouncementsQuery) -> AnnouncementsAnswer:
    """What is announced now, to everybody and to this district, and what is out of order."""
    return AnnouncementsAnswer(
        announcements=[
            AnnouncementAnswer(
                id=item.id,
                title=item.title,
                text=item.text,
                districts=list(item.districts),
                starts_at=item.starts_at,
                ends_at=item.ends_at,
            )
            for item in announcements.current(query.district)
        ],
        outages=[
            OutageAnswer.model_validate(
                {
                    "source": item.source,
                    "notice": item.notice,
                    "since": item.since,
                    "until": item.until,
                }
            )
            for item in outages.current()
        ],
    )
