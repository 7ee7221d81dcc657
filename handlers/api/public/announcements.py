"""Announcements, and outages of external sources."""

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.operations import announcements, outages
from miniprogram_api.operations.announcements import Announcement
from miniprogram_api.operations.outages import Outage

resource = Resource("announcements")


class AnnouncementsQuery(Body):
    """The district of the user."""

    district: RawText | None = None


class AnnouncementsAnswer(Answer):
    """Current announcements and outages."""

    announcements: list[Announcement]
    outages: list[Outage]


@resource.get(
    "/announcements", auth=Auth.NONE, query=AnnouncementsQuery, answer=AnnouncementsAnswer
)
def list_announcements(_call: Call, query: AnnouncementsQuery) -> AnnouncementsAnswer:
    """List current announcements, general and of a district, and outages."""
    return AnnouncementsAnswer(
        announcements=announcements.current(query.district), outages=outages.current()
    )
