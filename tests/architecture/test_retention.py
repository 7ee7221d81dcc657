"""The retention table: every row is applied by its job, a function or Redis."""

import re
from datetime import timedelta

import pytest

from config import Settings
from miniprogram_api.retention import REDIS, Kept
from tests.architecture import source

ROOMS = ("handlers", "faq", "miniprogram_api")


@pytest.mark.parametrize("row", Kept, ids=lambda row: row.name)
def test_every_row_is_deleted_by_its_job(row: Kept) -> None:
    texts = {
        source.name_of(path): path.read_text(encoding="utf-8") for path in source.files(*ROOMS)
    }
    used = [name for name, text in texts.items() if f"Kept.{row.name}." in text]
    if row.ended_by == REDIS:
        assert used
        return
    homes = {name for name in texts if name.endswith(f"/{row.ended_by}.py")}
    module = row.ended_by.rpartition("/")[2]
    housekeeping = texts["handlers/jobs/housekeeping.py"]
    # A check of the content deletes the checks before it.
    assert re.search(rf"import .*\b{module}\b", housekeeping) or row is Kept.CONTENT_CHECKS
    if isinstance(row.length, str):
        assert row.length in Settings.model_fields
        assert any(row.length in texts[home] for home in homes)
    else:
        assert {*homes, "handlers/jobs/housekeeping.py"} & set(used)


def test_contractual_terms() -> None:
    days = {
        "SESSIONS": 7,
        "IDENTITY_CHECKS": 180,
        "IDENTITY_CLEARANCES": 30,
        "FACE_CHALLENGES": 30,
        "HANDED_CHECKS": 30,
        "DISPUTE_FACES": 30,
        "SMS_CODES": 7,
        "PHONE_PROOFS": 7,
        "REFUSALS": 7,
        "SIGN_IN_ORIGINS": 90,
        "ATTEMPTS": 1,
        "CLIENT_REPORTS": 90,
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
        "DATA_EXPORTS": 1,
        "FACE_HANDOVERS": 1,
        "DESK_CODES": 3 / (24 * 60),
        "SITTINGS": 4 / 24,
        "REGISTRAR_RECEIPTS": 1095,
        "REGISTRAR_WATCHES": 90,
        "REGISTRAR_EVENTS": 180,
        "REGISTRAR_NONCES": 10 / (24 * 60),
        "DAILY_FIGURES": 1098,
        "DISTINCT_VISITORS": 3,
        "IDEMPOTENT_CALLS": 1,
        "STAFF_DEVICES": 90,
        "JOBS": 30,
        "CONTENT_TASKS": 7,
        "CONTENT_CHECKS": 7,
    }
    fixed = {row.name: row.length for row in Kept if isinstance(row.length, timedelta)}
    assert fixed == {name: timedelta(days=length) for name, length in days.items()}
    assert all(row.why for row in Kept)
    assert len(set(Kept)) == len(Kept.__members__)
