"""Pictures are encrypted under own keys, survive a key rotation and are deleted in time."""

import io
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from PIL import Image

from miniprogram_api import clock
from miniprogram_api.matter_lines import erasing
from miniprogram_api.sheets import pictures
from models.matters.decisions import Decision
from models.matters.events import MatterEvent
from models.matters.matters import ACCEPTED, EXPIRED, WITHDRAWN, Line, Matter
from models.matters.pictures import MatterPicture
from models.storage.fields import DecryptionFailed, keys
from tests.support.people.confirmed_matters import confirmed
from tests.support.service import key_rings
from tests.support.service.rotations import left, rotate
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def end(matter: Matter, state: str, **ago: Any) -> None:
    fetched = ago.pop("fetched", None)
    values = {"state": state, "ended_at": clock.now() - timedelta(**ago)}
    if fetched is not None:
        values["sheet_fetched_at"] = clock.now() - timedelta(days=fetched)
    Matter.update(values).where(Matter.id == matter.id).execute()


def count() -> int:
    return int(MatterPicture.select().count())


@both_databases
def test_each_picture_has_its_own_key_and_its_digest_is_in_the_decision(rules: Rules) -> None:
    confirmed(rules.services)
    rows = list(MatterPicture.select())
    assert len(rows) == 4
    assert len({row.key for row in rows}) == 4
    for row in rows:
        kept = pictures.of_decision(rules.services.settings, row.decision_id)[row.name]
        assert (
            Image.open(io.BytesIO(kept)).format == {"signature": "PNG", "photo": "JPEG"}[row.name]
        )
        assert row.sha256 == sha256(kept).hexdigest()
        assert row.sha256 in Decision.get_by_id(row.decision_id).pictures
        assert kept not in bytes(row.content)


@both_databases
def test_rotation_rewraps_the_keys_and_leaves_the_pictures(rules: Rules) -> None:
    confirmed(rules.services)
    before = {row.id: bytes(row.content) for row in MatterPicture.select()}
    with key_rings.using(key_rings.with_new_first(keys())) as ring:
        assert rotate().problems == {}
        assert left() == []
        with key_rings.using(key_rings.without_old(ring)):
            for row in MatterPicture.select():
                assert bytes(row.content) == before[row.id]
                assert pictures.of_decision(rules.services.settings, row.decision_id)


def test_content_is_unreadable_under_the_key_of_another_row(rules: Rules) -> None:
    confirmed(rules.services)
    first, second = MatterPicture.select().limit(2)
    MatterPicture.update(key=second.key).where(MatterPicture.id == first.id).execute()
    with pytest.raises(DecryptionFailed):
        pictures.of_decision(rules.services.settings, first.decision_id)


@both_databases
@pytest.mark.parametrize(
    ("state", "ago", "left_over"),
    [
        (ACCEPTED, {"days": 29, "fetched": 29}, 4),
        (ACCEPTED, {"days": 40, "fetched": 29}, 4),
        (ACCEPTED, {"days": 40, "fetched": 31}, 0),
        # The sheet was printed before the acceptance.
        (ACCEPTED, {"days": 10, "fetched": 31}, 4),
        (ACCEPTED, {"days": 179}, 4),
        (ACCEPTED, {"days": 181}, 0),
        (ACCEPTED, {"days": 181, "fetched": 2}, 0),
        (WITHDRAWN, {"hours": 23}, 4),
        (WITHDRAWN, {"hours": 25}, 0),
        (EXPIRED, {"hours": 25, "fetched": 1}, 0),
    ],
)
def test_pictures_are_deleted_in_time(
    rules: Rules, state: str, ago: dict[str, int], left_over: int
) -> None:
    confirmed(rules.services)
    end(Matter.get(), state, **ago)
    pictures.remove_old(rules.services.settings)
    assert count() == left_over
    assert Decision.select().count() == 2


def test_open_matter_keeps_its_pictures(rules: Rules) -> None:
    confirmed(rules.services)
    later = clock.now() + timedelta(days=300)
    with clock.replaced(lambda: later):
        assert pictures.remove_old(rules.services.settings) == 0


@both_databases
def test_system_learns_once_seven_days_before(rules: Rules) -> None:
    settings = rules.services.settings
    end(confirmed(rules.services), ACCEPTED, days=172)
    end(confirmed(rules.services), WITHDRAWN, hours=20)
    assert pictures.announce_due(settings) == 0
    Matter.update(ended_at=clock.now() - timedelta(days=174)).where(
        Matter.state == ACCEPTED
    ).execute()
    assert pictures.announce_due(settings) == 1
    assert pictures.announce_due(settings) == 0
    event = MatterEvent.get(MatterEvent.kind == "matter.pictures_due")
    assert event.matter.state == ACCEPTED
    assert event.sequence == event.matter.sequence
    assert "王小明" not in event.content


def test_old_matter_is_erased_whole_unless_disputed(rules: Rules) -> None:
    settings = rules.services.settings
    end(confirmed(rules.services), ACCEPTED, days=3649)
    assert erasing.remove_old(settings) == 0
    end(Matter.get(), ACCEPTED, days=3651)
    assert erasing.remove_old(settings) == 1
    for model in (Matter, Line, Decision, MatterEvent, MatterPicture):
        assert model.select().count() == 0
