"""Erase matters with their lines, decisions, pictures and events after MATTER_RECORD_YEARS."""

from datetime import timedelta

from config import Settings
from miniprogram_api import clock
from miniprogram_api.ledger import links
from models.accounts.accounts import FROZEN, Account
from models.matters.decisions import Decision
from models.matters.events import MatterEvent
from models.matters.matters import Line, Matter
from models.matters.messages import MatterMessage
from models.matters.pictures import MatterPicture
from models.second_person import SecondPersonRequest
from models.storage.database import transaction

BATCH = 200
_YEAR = timedelta(days=365)


def remove_old(settings: Settings) -> int:
    """Erase the matters that ended long ago; return how many.

    A matter of a disputed person, whose account is frozen, is kept until the dispute has ended.
    """
    cutoff = clock.now() - settings.matter_record_years * _YEAR
    disputed = Line.select(Line.matter).join(Account).where(Account.status == FROZEN)
    ended = (Matter.ended_at < cutoff) & Matter.id.not_in(disputed)
    removed = 0
    while rows := list(Matter.select(Matter.id).where(ended).limit(BATCH)):
        with transaction():
            _erase([row.id for row in rows])
        removed += len(rows)
    return removed


def _erase(matter_ids: list[int]) -> None:
    decisions = Decision.select(Decision.id).where(Decision.matter.in_(matter_ids))
    links.erased(Decision._meta.table_name, [row.id for row in decisions])
    for model in (MatterPicture, SecondPersonRequest):
        model.delete().where(model.decision.in_(decisions)).execute()
    for owned in (MatterMessage, MatterEvent, Decision, Line):
        owned.delete().where(owned.matter.in_(matter_ids)).execute()
    Matter.delete().where(Matter.id.in_(matter_ids)).execute()
