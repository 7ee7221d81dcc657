"""Expire open matters whose day is over."""

from miniprogram_api import clock
from miniprogram_api.matter_lines import changes
from models.matters import matters as table
from models.matters.matters import Matter
from models.storage.database import transaction


def expire_due() -> int:
    """Expire each one in a transaction of its own; return how many."""
    is_over = Matter.state.in_(table.OPEN) & (Matter.expires_at <= clock.now())
    due = [row.public_id for row in Matter.select(Matter.public_id).where(is_over)]
    expired = 0
    for public_id in due:
        with transaction():
            expired += changes.expire(public_id)
    return expired
