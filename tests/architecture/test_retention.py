"""Each row of the retention table is what ends it, and a function or Redis does."""

import re
from datetime import timedelta

import pytest

from config import Settings
from miniprogram_api.retention import REDIS, Kept
from tests.architecture import source

ROOMS = ("handlers", "faq", "miniprogram_api")


@pytest.mark.parametrize("row", Kept, ids=lambda row: row.name)
def test_a_row_is_ended_by_its_job(row: Kept) -> None:
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


def test_terms() -> None:
    assert Kept.TICKETS.time == timedelta(days=1095)
    assert Kept.IDENTITY_CHECKS.time == timedelta(days=180)
    assert Kept.SMS_CODES.time == timedelta(days=7)
    assert Kept.REGISTRAR_NONCES.time == timedelta(minutes=10)
    assert all(row.why for row in Kept)
    assert len(set(Kept)) == len(Kept.__members__)
