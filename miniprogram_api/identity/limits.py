"""The limits on real "no" answers to the four elements of a person.

Each asker has five in 24 hours. All askers who register a person have twenty together, so that a
stranger cannot go on with many WeChat users; a face check of the person exempts its user from these
and begins the own five anew.
"""

from datetime import timedelta
from typing import Literal

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import Limit
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.accounts import verifications as table

Purpose = Literal["register", "activate", "dates", "window"]

DAY = timedelta(days=1)
OF_OTHERS = "person"
"""Scope of the refusal when all askers together have used up theirs."""


def limits(services: Services, id_number: str, session: SessionInfo, purpose: str) -> list[Limit]:
    """Return the limits of a check, the asker's own first.

    Only registering is limited by others: the holder of the account or of the phone on record, and
    a clerk who sees the card, are no strangers.
    """
    settings = services.settings
    if purpose != "register":
        return [attempts.identity_of_asker(settings, id_number, session)]
    cleared_by = None
    if session.openid is not None:
        cleared_by = table.last_cleared(session.openid, id_number, clock.now() - DAY)
    own = attempts.identity_of_asker(settings, id_number, session, cleared_by)
    return [own] if cleared_by else [own, attempts.identity_of_all(settings, id_number)]


def name_way(refused: Refused, session: SessionInfo) -> None:
    """Add the way that opens a limit which others filled: WeChat checks no face in a browser."""
    if refused.details.get("scope") == OF_OTHERS:
        refused.details |= attempts.way_of(session)
