"""The register: what rows may hold, imports, deltas, erasure, the sample."""

from datetime import date, timedelta

import pytest

from config import Settings
from miniprogram_api import clock
from miniprogram_api.names import library
from miniprogram_api.names.register import changes, importing, keys
from miniprogram_api.names.register.rows import RowProblem, RowReader, city_of, class_code
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from models import names as stored_names
from models.desks.audit import AuditEntry
from models.names import NameKey, RegisteredName
from tests.support.name_register import SEAT, TODAY, fill, lists, row, rules_of

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
RED, CLOUD = "北京红光酒业有限公司", "北京白云旅行社有限公司"
DAY = date(2026, 12, 2)


def names() -> dict[str, str]:
    return {found.name: found.status for found in RegisteredName.select()}


def apply(*rows: tuple[str, ...], day: date = DAY) -> changes.Merged:
    return changes.apply(lists(), day, rows, actor="registrar:test")


def orphans() -> int:
    ids = RegisteredName.select(RegisteredName.id)
    return int(NameKey.select().where(NameKey.name_id.not_in(ids)).count())


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        (("", SEAT, "registered", "", "", ""), "name", "required"),
        (("红光\ufffd公司", SEAT, "registered", "", "", ""), "name", "unreadable"),
        (("红光\x00公司", SEAT, "registered", "", "", ""), "name", "unreadable"),
        (("红" * 101, SEAT, "registered", "", "", ""), "name", "too_long"),
        ((RED, "1101", "registered", "", "", ""), "district", "unknown"),
        ((RED, "990105", "registered", "", "", ""), "district", "unknown"),
        ((RED, "", "registered", "", "", ""), "district", "unknown"),
        ((RED, SEAT, "开始", "", "", ""), "status", "unknown"),
        ((RED, SEAT, "registered", "2026-02-30", "", ""), "date", "unreadable"),
        ((RED, SEAT, "reserved", "2026-02-03", "", "soon"), "until", "unreadable"),
        ((RED, SEAT, "deregistered", "", "", ""), "date", "required"),
        ((RED, SEAT, "reserved", "", "", ""), "date", "required"),
        ((RED, SEAT, "registered", "", "Z99", ""), "industry_class", "unknown"),
    ],
)
def test_a_wrong_row_is_refused_by_its_column(
    cells: tuple[str, ...], field: str, code: str
) -> None:
    problem = RowReader(lists())(cells)
    assert isinstance(problem, RowProblem)
    assert problem[:2] == (field, code)
    assert problem.message.endswith("。")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(("H62", "H62"), ("h62", "H62"), ("62", "H62"), ("6210", "H62"), ("H6210", "H62")),
        *(("05", "A05"), ("06", "B06"), ("97", "T97"), ("H", "H"), ("", "")),
        *(("98", None), ("00", None), ("A62", None), ("6", None), ("餐饮", None)),
    ],
)
def test_classes_are_read_in_every_form(typed: str, code: str | None) -> None:
    assert class_code(typed) == code


@pytest.mark.parametrize(
    ("district", "city"),
    [
        *(("110105", "110000"), ("330106", "330100"), ("429004", "429004"), ("330000", "330000")),
        # Codes of districts that exist no more.
        *(("110103", "110000"), ("330199", "330100"), ("999999", None), ("12", None)),
    ],
)
def test_a_district_has_a_city(district: str, city: str | None) -> None:
    assert city_of(district) == city


@BOTH
def test_a_file_is_added_and_again_changes_nothing(tables: Settings) -> None:
    rows = [row(RED), row(CLOUD), row("", "registered")]
    first = fill(rows)
    assert (first.rows, first.counts.added, first.refused) == (3, 2, 1)
    keyed = NameKey.select().count()
    again = fill(rows)
    assert (again.counts.added, again.counts.changed, again.counts.unchanged) == (0, 0, 2)
    assert NameKey.select().count() == keyed
    assert AuditEntry.select().where(AuditEntry.tag == "command:names:imported").count() == 2


@BOTH
def test_replace_deletes_what_the_file_lacks(tables: Settings) -> None:
    fill([row(RED), row(CLOUD)])
    replaced = fill([row(CLOUD), row("北京新月餐饮有限公司")], replace=True)
    assert replaced.removed == 1
    assert set(names()) == {CLOUD, "北京新月餐饮有限公司"}
    assert orphans() == 0
    assert rules_of("北京红光白酒有限公司") == []


def test_an_empty_file_replaces_everything(tables: Settings) -> None:
    fill([row(RED)])
    assert fill([], replace=True).removed == 1
    assert names() == {}


def test_the_later_day_of_a_name_stays(tables: Settings) -> None:
    late, early = row(RED, "deregistered", "2026-06-01"), row(RED, "registered", "2019-01-01")
    for rows in ([late, early], [early, late]):
        stored_names.remove_everything()
        fill(rows)
        assert names() == {RED: "deregistered"}
    assert fill([early]).counts.older == 1
    assert names() == {RED: "deregistered"}


@BOTH
def test_an_interrupted_import_is_run_again(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(importing, "_store", fail)
        with pytest.raises(KeyboardInterrupt):
            fill([row(RED)])
    assert library.date() is None
    assert fill([row(RED)]).counts.unchanged == 1
    assert rules_of("北京红光白酒有限公司") == ["same.wording"]


@BOTH
def test_changes_of_a_system_apply_at_once_and_may_repeat(tables: Settings) -> None:
    fill([row(CLOUD)])
    added = apply(row(RED, "reserved", "2026-12-01"), row(CLOUD, "deregistered", "2026-12-01"))
    assert (added.added, added.changed) == (1, 1)
    assert rules_of("北京红光白酒有限公司") == ["same.wording"]
    assert library.date() == DAY
    again = apply(row(RED, "reserved", "2026-12-01"), row(CLOUD, "deregistered", "2026-12-01"))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    # An earlier day does not turn the clock back.
    apply(row(RED, "registered", "2026-12-01"), day=TODAY)
    assert library.date() == DAY
    assert names() == {RED: "registered", CLOUD: "deregistered"}
    assert orphans() == 0


def test_another_trade_moves_the_keys(tables: Settings) -> None:
    # Without a trade in its name the firm's class helps; else the wording decides.
    for name, industry_class, of_key in (
        ("北京红光晷影有限公司", "C15", "C15"),
        ("北京红光晷影有限公司", "F52", "F52"),
        (RED, "F52", "C15"),
    ):
        apply((name, SEAT, "registered", "", industry_class, ""))
        last = RegisteredName.get(RegisteredName.name == name).id
        trades = {key.trade for key in NameKey.select().where(NameKey.name_id == last)}
        assert trades == {keys.trade_number(of_key)}


def test_wrong_changes_are_refused_together_and_nothing_is_stored(tables: Settings) -> None:
    with pytest.raises(Refused) as refused:
        apply(row(RED), row("", "registered"), row(CLOUD, "gone"))
    assert refused.value.reason is Reason.INVALID_INPUT
    fields = [entry["field"] for entry in refused.value.details["fields"]]
    assert fields == ["changes.1.name", "changes.2.status"]
    assert names() == {}


@BOTH
def test_free_names_are_deleted_after_some_time(tables: Settings) -> None:
    fill([row(RED, "deregistered", "2025-12-01"), row(CLOUD)])
    free = date(2026, 12, 1)
    for days, left in ((0, 2), (30, 2), (31, 1)):
        now = clock.midnight(free + timedelta(days=days))
        with clock.replaced(lambda now=now: now):  # type: ignore[misc]
            changes.remove_old()
        assert len(names()) == left
    assert set(names()) == {CLOUD}
    assert orphans() == 0
    assert Kept.FREE_NAMES.time == timedelta(days=30)


@BOTH
def test_one_name_or_all_are_erased(tables: Settings) -> None:
    fill([row(RED), row(CLOUD)])
    assert changes.erase_name("北京紅光酒業有限公司", "110101", actor="command:root")
    assert not changes.erase_name(RED, "330106", actor="command:root")
    assert set(names()) == {CLOUD}
    assert orphans() == 0
    changes.erase(actor="command:root")
    assert (names(), NameKey.select().count(), library.date()) == ({}, 0, None)


def test_the_sample_fills_an_empty_register_and_makes_way(tables: Settings) -> None:
    assert changes.load_sample(lists())
    assert library.is_sample()
    assert rules_of("北京红光白酒有限公司")[0] == "same.wording"
    assert len(names()) > 80
    assert not changes.load_sample(lists())
    fill([row(CLOUD)])
    assert set(names()) == {CLOUD}
    assert not library.is_sample()


def test_every_row_of_the_sample_is_valid(tables: Settings) -> None:
    changes.load_sample(lists())
    lines = changes.SAMPLE.read_text("utf-8").splitlines()
    assert len(names()) == len(lines) - 1


def test_the_id_of_a_deleted_name_gets_keys_again(tables: Settings) -> None:
    fill([row(CLOUD), row("北京红日酒业有限公司")])
    changes.erase_name("北京红日酒业有限公司", SEAT, actor="command:root")
    fill([row(RED)])
    assert rules_of("北京红光白酒有限公司") == ["same.wording"]


def test_new_keys_follow_a_change_of_their_code(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill([row(RED)])
    before = {key.key for key in NameKey.select()}
    monkeypatch.setattr(keys, "VERSION", keys.VERSION + 1)
    monkeypatch.setattr(keys, "_WORD", "other")
    fill([row(CLOUD)])
    after = {key.key for key in NameKey.select()}
    assert keys.of_word(110000, "红光") in after - before
    assert rules_of("北京红光白酒有限公司") == ["same.wording"]
