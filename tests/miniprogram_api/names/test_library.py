"""Candidates against the register: the examples of the rules, days, investors, the city."""

from datetime import date
from itertools import permutations

import pytest

from config import Settings
from miniprogram_api.names import divisions, library
from miniprogram_api.names.findings import Level, result_of
from tests.support.name_register import SEAT, compare, fill, row, rules_of

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@BOTH
@pytest.mark.parametrize(
    ("name", "taken", "rule"),
    [
        # 比对规则, article 3, 规定, article 17.
        ("北京红光酒业有限公司", "北京红光酒业有限公司", "same.identical"),
        ("红光（北京）酒业发展有限公司", "北京红光酒业发展有限公司", "same.order"),
        ("红光酒业有限公司", "北京红光酒业有限公司", "same.other_form"),
        ("北京红光酒厂", "北京红光酒业有限公司", "same.wording"),
        ("北京万青地产有限公司", "北京万青房地产有限公司", "same.wording"),
        ("北京万青置业有限公司", "北京万青房地产有限公司", "same.wording"),
        ("北京全聚德餐饮有限公司", "北京全聚德有限公司", "same.no_industry"),
        # Article 4.
        ("北京牛兰山酒业有限公司", "北京牛栏山酒业有限公司", "similar.sound"),
        ("北京牛蓝山白酒有限公司", "北京牛栏山酒业有限公司", "similar.sound"),
        ("北京马兰山白酒有限公司", "北京马栏山酒业有限公司", "similar.sound"),
        ("北京新红光酒业有限公司", "北京红光酒业有限公司", "similar.contains"),
        ("北京红光酒业有限公司", "北京新红光酒业有限公司", "similar.contained"),
        ("北京马云阿理巴巴餐饮有限公司", "北京阿里巴巴餐饮有限公司", "similar.sound_part"),
        ("北京阿里巴巴餐饮有限公司", "北京马云阿理巴巴餐饮有限公司", "similar.sound_part"),
        ("北京荃巨得餐饮有限公司", "北京全聚德有限公司", "similar.no_industry"),
        ("北京宏荃聚德实业有限公司", "北京全聚德餐饮有限公司", "similar.no_industry"),
        ("北京秦山商贸有限公司", "北京泰山商贸有限公司", "similar.shape"),
        # Worth knowing.
        ("北京宏广酒业有限公司", "北京红光酒业有限公司", "similar.near_sound"),
        ("北京光红酒业有限公司", "北京红光酒业有限公司", "similar.reversed"),
        ("北京红光照耀餐饮有限公司", "北京红照餐饮有限公司", "similar.short_form"),
        ("北京红光餐饮有限公司", "北京红光酒业有限公司", "similar.other_trade"),
    ],
)
def test_examples_of_the_rules(tables: Settings, name: str, taken: str, rule: str) -> None:
    fill([row(taken), row("北京白云旅行社有限公司")])
    (finding,) = (finding for finding in compare(name) if finding.rule != library.KNOWN)
    assert finding.rule == rule
    assert finding.against == taken
    assert taken in finding.message


@pytest.mark.parametrize(
    "name", ["北京蓝天餐饮有限公司", "北京红日酒业有限公司", "北京牛栏山餐饮有限公司"]
)
def test_free_names_collide_with_nothing_that_counts(tables: Settings, name: str) -> None:
    fill([row("北京红光酒业有限公司"), row("北京牛栏山酒业有限公司")])
    assert {finding.level for finding in compare(name)} <= {Level.NOTE}


@BOTH
@pytest.mark.parametrize(
    ("status", "since", "until", "is_taken"),
    [
        ("registered", "", "", True),
        ("suspended", "2001-01-01", "", True),
        ("deregistered", "2025-12-02", "", True),
        ("deregistered", "2025-12-01", "", False),
        ("changed", "2025-12-02", "", True),
        ("changed", "2025-11-30", "", False),
        ("revoked", "2026-11-30", "", True),
        ("revoked", "2025-12-01", "", False),
        ("reserved", "2026-11-01", "2026-12-01", True),
        ("reserved", "2026-11-01", "2026-11-30", False),
        # Without an end: two months.
        ("reserved", "2026-10-01", "", True),
        ("reserved", "2026-09-30", "", False),
        ("pending", "2026-11-30", "", True),
    ],
)
def test_a_name_is_free_after_its_time(
    tables: Settings, status: str, since: str, until: str, is_taken: bool
) -> None:
    fill([row("北京红光酒业有限公司", status, since, until=until)])
    assert rules_of("北京红光白酒有限公司") == (["same.wording"] if is_taken else [])


@pytest.mark.parametrize("status", ["reserved", "pending"])
def test_the_reserved_name_of_others_stays_unnamed(tables: Settings, status: str) -> None:
    until = "2027-01-31"
    fill(
        [
            row("北京泰山商贸有限公司", status, "2026-11-20", until=until),
            row("北京牛栏山酒业有限公司", status, "2026-11-20", until=until),
        ]
    )
    for name in ("北京秦山商贸有限公司", "北京泰山贸易有限公司", "北京牛兰山酒业有限公司"):
        (finding,) = compare(name)
        assert finding.against == "一个已保留的名称"
        assert "泰山" not in finding.message
        assert "牛栏山" not in finding.message


def test_investors_turn_a_refusal_into_papers_but_not_for_the_same_name(tables: Settings) -> None:
    fill([row("北京红光酒业有限公司")])
    for investors in (["北京红光酒业有限公司"], ["上海红光集团有限公司"]):
        (finding,) = compare("北京红光白酒有限公司", investors=investors)
        assert finding.rule == "same.investors"
        assert result_of([finding]) == "hints"
        assert "须提交投资关系证明" in finding.hint
    assert rules_of("北京红光酒业有限公司", investors=["北京红光酒业有限公司"]) == [
        "same.identical"
    ]
    for strangers in (["红光"], ["上海白云集团有限公司"], [""]):
        assert rules_of("北京红光白酒有限公司", investors=strangers) == ["same.wording"]


def test_only_names_of_the_same_city_count(tables: Settings) -> None:
    fill(
        [row("杭州红光酒业有限公司", district="330106"), row("浙江红光酒业公司", district="330200")]
    )
    assert rules_of("杭州红光白酒有限公司", seat="330109") == ["same.wording"]
    assert rules_of("宁波红光白酒有限公司", seat="330203") == ["same.wording"]
    assert rules_of("温州红光白酒有限公司", seat="330302") == []
    # The province's own authority compares all of it.
    assert len(rules_of("浙江红光白酒有限公司", seat="330000")) == 2


@pytest.mark.parametrize(
    ("seat", "cities", "label"),
    [
        ("110105", {"110000"}, "北京市"),
        ("110000", {"110000"}, "北京市"),
        ("500235", {"500000"}, "重庆市"),
        ("330106", {"330100"}, "杭州市"),
        ("330000", {"330000", "330100", "331100"}, "浙江省全省"),
        # A county that belongs to no city.
        ("429004", {"429004"}, "仙桃市"),
    ],
)
def test_scope_is_the_city(seat: str, cities: set[str], label: str) -> None:
    scope = library.scope_of(divisions.by_code()[seat])
    assert cities <= set(scope.cities)
    assert scope.label == label
    assert len(scope.cities) == 1 or seat == "330000"


def test_verdict_does_not_depend_on_the_order(tables: Settings) -> None:
    taken = ["北京红光酒业有限公司", "北京新红光酒业有限公司", "北京洪光酒业有限公司"]
    found = set()
    for order in permutations(taken):
        library.stored_names.remove_everything()
        fill(map(row, order))
        found.add(compare("北京红光白酒有限公司"))
    (findings,) = found
    assert [finding.rule for finding in findings] == [
        "same.wording",
        "similar.sound",
        "similar.contained",
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "北京紅光白酒有限公司",
        "北京 红光 白酒 有限公司",
        "北京红·光白酒有限公司",
        "北京红光\u200b白酒有限公司",
        "北京红光白酒\u3000有限公司",
        "红光（北京）白酒有限公司",
        "红光(北京)白酒有限公司",
    ],
)
def test_verdict_does_not_depend_on_the_writing(tables: Settings, typed: str) -> None:
    fill([row("北京紅光酒業有限公司")])
    assert rules_of(typed) == ["same.wording"]


def test_at_most_five_names_are_told_the_gravest_first(tables: Settings) -> None:
    trades = ("酒业", "白酒", "酒业发展", "酒厂")
    fill(
        [row(f"北京红光{trade}{form}") for trade in trades for form in ("有限公司", "股份有限公司")]
        + [row("北京新红光酒业有限公司")]
    )
    findings = compare("北京红光酒业有限公司")
    assert len(findings) == library.MOST_AGAINST
    assert findings[0].rule == "same.identical"
    assert {finding.level for finding in findings} == {Level.REFUSE}


def test_without_a_register_there_is_no_day(tables: Settings) -> None:
    assert library.date() is None
    assert rules_of("北京红光酒业有限公司") == []
    fill([row("北京红光酒业有限公司")])
    assert library.date() == date(2026, 12, 1)
    assert SEAT == "110105"


def test_wording_decides_whether_a_name_has_a_trade(tables: Settings) -> None:
    """实业 is none, whatever the class of what the enterprise does."""
    name, district, status, since, _, until = row("北京红光实业有限公司")
    fill([(name, district, status, since, "F51", until)])
    assert rules_of("北京红光餐饮有限公司") == [library.NO_INDUSTRY]


@BOTH
def test_full_name_of_a_province_is_taken_in_all_its_cities(tables: Settings) -> None:
    fill([row("浙江红光酒业有限公司", district="330203")])
    assert rules_of("浙江红光酒业有限公司", seat="330106") == ["same.identical"]
    assert rules_of("杭州红光酒业有限公司", seat="330106") == []
