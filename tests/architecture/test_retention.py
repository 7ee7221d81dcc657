"""The retention table: every row is applied by its job, a function or Redis."""

import re
from datetime import timedelta

import pytest

from config import Settings
from miniprogram_api.retention import REDIS, Kept
from tests.architecture import source

HOUSEKEEPING = "handlers/jobs/housekeeping.py"
TEXTS = {file.name: file.text for file in source.sources("handlers", "faq", "miniprogram_api")}


def is_applied(row: Kept, texts: dict[str, str]) -> bool:
    """Return whether the job that the row names deletes what is too old."""
    used = {name for name, text in texts.items() if f"Kept.{row.name}." in text}
    if row.ended_by == REDIS:
        return bool(used)
    homes = {name for name in texts if name.endswith(f"/{row.ended_by}.py")}
    module = row.ended_by.rpartition("/")[2]
    # A check of the content deletes the checks before it.
    is_called = re.search(rf"import .*\b{module}\b", texts[HOUSEKEEPING])
    if not is_called and row is not Kept.CONTENT_CHECKS:
        return False
    if isinstance(row.length, str):
        return row.length in Settings.model_fields and any(
            row.length in texts[home] for home in homes
        )
    return bool({*homes, HOUSEKEEPING} & used)


@pytest.mark.parametrize("row", Kept, ids=lambda row: row.name)
def test_every_row_is_deleted_by_its_job(row: Kept) -> None:
    assert is_applied(row, TEXTS)
    forgotten = f"{row.length}" if isinstance(row.length, str) else f"Kept.{row.name}."
    planted = {name: text.replace(forgotten, "") for name, text in TEXTS.items()}
    assert not is_applied(row, planted)


def test_contractual_terms() -> None:
    days = {
        "SESSIONS": 7,
        "IDENTITY_CHECKS": 180,
        "IDENTITY_CLEARANCES": 30,
        "HELD_VERIFICATIONS": 30,
        "FACE_CHALLENGES": 30,
        "HANDED_CHECKS": 30,
        "DISPUTE_FACES": 30,
        "SMS_CODES": 7,
        "PHONE_PROOFS": 7,
        "REFUSALS": 7,
        "SIGN_IN_ORIGINS": 90,
        "ATTEMPTS": 1,
        "CLIENT_REPORTS": 90,
        "INCIDENTS": 1095,
        "AUDIT_BATCHES": 30,
        "QUESTIONS": 180,
        "CHAT_MESSAGES": 3,
        "CHAT_REPLIES_SENT": 3,
        "CHAT_REPLIES_FAILED": 30,
        "SUBSCRIPTIONS_WAITING": 365,
        "SUBSCRIPTIONS_DONE": 90,
        "NOTICES": 30,
        "TICKETS": 1095,
        "TICKET_PICTURES": 90,
        "MATTER_PICTURES_UNFETCHED": 180,
        "MATTER_PICTURES_UNUSED": 1,
        "NAME_SLIPS": 180,
        "DESK_PICTURES": 30,
        "DESK_PICTURES_UNREVIEWED": 180,
        "CARD_NONCES": 4 / 24,
        "DATA_EXPORTS": 1,
        "FACE_HANDOVERS": 1,
        "DESK_CODES": 3 / (24 * 60),
        "SITTINGS": 4 / 24,
        "REGISTRAR_RECEIPTS": 1095,
        "REGISTRAR_WATCHES": 90,
        "REGISTRAR_EVENTS": 180,
        "REGISTRAR_NONCES": 10 / (24 * 60),
        "DAILY_FIGURES": 1098,
        "FREE_NAMES": 30,
        "DISTINCT_VISITORS": 3,
        "IDEMPOTENT_CALLS": 1,
        "STAFF_DEVICES": 90,
        "PASSKEY_CHALLENGES": 1 / 24,
        "HEARTBEATS": 1,
        "JOBS": 30,
        "CONTENT_TASKS": 7,
        "CONTENT_CHECKS": 7,
    }
    fixed = {row.name: row.length for row in Kept if isinstance(row.length, timedelta)}
    assert fixed == {name: timedelta(days=length) for name, length in days.items()}
    assert all(row.why for row in Kept)
    assert len(set(Kept)) == len(Kept.__members__)
