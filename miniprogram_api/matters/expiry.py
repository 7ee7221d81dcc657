"""The day on which a matter expires, and the job that expires those whose day is over."""

from datetime import datetime, timedelta

from config import Settings
from miniprogram_api.matter_lines import changes, finding
from models.matters import matters as table
from models.matters.matters import Matter
from models.storage.database import transaction


def expires_at(settings: Settings, created_at: datetime) -> datetime:
    """Return when a matter expires that is not accepted, withdrawn or refused until then."""
    return created_at + timedelta(days=settings.matter_days)


def expire_due() -> int:
    """Expire each open matter past its day in a transaction of its own; return how many."""
    is_due = Matter.state.in_(table.OPEN) & finding.is_past(Matter.expires_at)
    due = [row.public_id for row in Matter.select(Matter.public_id).where(is_due)]
    expired = 0
    for public_id in due:
        with transaction():
            expired += changes.expire(public_id)
    return expired
