"""Candidates are checked: rules, fields, order, ways of writing, and what helps."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.content import seed
from miniprogram_api.characters import simplified, standard
from miniprogram_api.names import divisions
from miniprogram_api.names.advice import MOST_CHANGES, Kind, changes
from miniprogram_api.names.check import Candidate, Checked, CheckedName, check
from miniprogram_api.names.findings import Finding, Level, Part, Result, Subject
from miniprogram_api.names.folding import fold
from miniprogram_api.names.parts import Parts
from miniprogram_api.reasons import Reason, Refused
from tests.support.names import shipped_lists

TODAY = date(2026, 12, 1)
SEAT = "330106"
LAWFUL = [
    Candidate(row["word"], row["industry"], row["form"])
    for row in seed.name_examples()
    if row["verdict"] == "lawful" and not row["division"]
]
TRADITIONAL = {
    plain: chr(code) for code, plain in simplified().items() if chr(code) not in standard()
}


def checked(
    candidates: Sequence[Candidate], subject: Subject | None = None, district: str = SEAT
) -> Checked:
    return check(district, candidates, subject, (), lists=shipped_lists(), today=TODAY)


def one(word: str, industry: str, form: str, division: str | None = None) -> CheckedName:
    return checked([Candidate(word, industry, form, division)]).candidates[0]


def rules_of(name: CheckedName) -> set[str]:
    return {finding.rule for finding in name.findings}


@pytest.mark.parametrize(
    ("word", "industry"),
    [("动力", "机械"), ("餐饮", "管理"), ("房地产", "开发")],
)
def test_trade_alone_is_no_word(word: str, industry: str) -> None:
    name = one(word, industry, "有限公司")
    assert name.result is Result.REFUSED
    assert "word.industry" in rules_of(name)


def test_branch_repeats_the_name_of_a_parent_elsewhere() -> None:
    parent = Candidate("红光", "酒业", "有限公司杭州分公司", "宁波")
    assert checked([parent], Subject.BRANCH).candidates[0].result is not Result.REFUSED
    shop = Candidate("红光", "酒业", "有限公司杭州", "宁波")
    assert checked([shop], Subject.BRANCH).candidates[0].result is Result.REFUSED


@pytest.mark.parametrize("zone", ["杭州高新技术产业开发区", "杭州大江东新技术开发区"])
def test_zone_follows_its_division(zone: str) -> None:
    assert "division.not_of_seat" not in rules_of(one("红光", "酒业", "有限公司", zone))


def test_words_are_matched_part_by_part() -> None:
    # 安全|国际贸易 and 欣泰|国际货运 hold 全国 and 泰国 only across the border.
    assert one("安全", "国际贸易", "有限公司").result is Result.NONE
    assert one("欣泰", "国际货运", "有限公司").result is Result.NONE
    assert "words.national" in rules_of(one("全国", "贸易", "有限公司"))
    assert "words.states" in rules_of(one("泰国", "货运", "有限公司"))


def test_international_is_a_trade_and_no_good_word() -> None:
    assert one("汇通", "国际贸易", "有限公司").result is Result.NONE
    name = one("国际", "贸易", "有限公司")
    assert (name.result, rules_of(name)) == (Result.HINTS, {"word.international"})


def test_approval_before_registration_is_a_hint() -> None:
    name = one("红光", "小额贷款", "有限公司")
    assert (name.result, rules_of(name)) == (Result.HINTS, {"words.approval"})


def test_district_of_a_city_needs_the_city() -> None:
    name = one("红光", "酒业", "有限公司", "西湖区")
    assert "division.district_alone" in rules_of(name)
    [change] = [change for change in name.frees if change.kind is Kind.DIVISION]
    assert (change.name, change.result) == ("杭州市西湖区红光酒业有限公司", Result.NONE)
    assert one("红光", "酒业", "有限公司", "杭州市西湖区").result is Result.NONE


def test_missing_marker_is_mended() -> None:
    wish = Candidate("聚贤", "咨询", "中心")
    [name] = checked([wish], Subject.SOLE).candidates
    assert rules_of(name) == {"form.marker_missing"}
    assert [change.value for change in name.frees] == ["中心（个人独资）"]


def test_forbidden_word_is_taken_out_only_where_the_rest_passes() -> None:
    name = one("最佳红光", "餐饮", "店")
    [change] = [change for change in name.frees if change.kind is Kind.REMOVE]
    assert (change.value, change.result) == ("红光", Result.NONE)
    assert not [c for c in one("美国", "餐饮", "店").frees if c.kind is Kind.REMOVE]


def test_candidates_are_ranked_by_their_findings() -> None:
    names = checked(
        [
            Candidate("美国", "餐饮", "店"),
            Candidate("红光", "餐饮", "店"),
            Candidate("红光", "小额贷款", "有限公司"),
        ]
    ).candidates
    assert [name.rank for name in names] == [3, 1, 2]


def test_without_a_register_the_answer_says_so() -> None:
    answer = checked([Candidate("红光", "餐饮", "店")])
    assert answer.not_compared
    assert answer.library_date is None
    assert answer.scope == "杭州市"
    assert answer.note == "仅供参考，不是名称预留；以名称申报系统的结果为准。"


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(Refused) as refused:
        checked([Candidate("", "餐饮", "店"), Candidate("红光" * 30, "x" * 50, "店")], district="")
    assert refused.value.reason is Reason.INVALID_INPUT
    fields = {field["field"]: field["code"] for field in refused.value.details["fields"]}
    assert fields == {
        "district": "required",
        "candidates.0.word": "required",
        "candidates.1.word": "too_long",
        "candidates.1.industry": "too_long",
    }


@pytest.mark.parametrize(
    ("district", "code"), [("火星市", "unknown"), ("朝阳区", "ambiguous"), (" ", "required")]
)
def test_district_must_be_one(district: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        checked([Candidate("红光", "餐饮", "店")], district=district)
    assert [field["code"] for field in refused.value.details["fields"]] == [code]


@pytest.mark.parametrize("candidates", [[], [Candidate("红光", "餐饮", "店")] * 6])
def test_one_to_five_candidates(candidates: list[Candidate]) -> None:
    with pytest.raises(Refused) as refused:
        checked(candidates)
    assert [field["field"] for field in refused.value.details["fields"]] == ["candidates"]


def written(text: str, way: int) -> str:
    """Write a text in another way: full width, traditional, with spaces or unseen characters."""
    if way == 0:
        return "　".join(text)
    if way == 1:
        return "\u200b".join(f" {text} ")
    if way == 2:
        return "".join(TRADITIONAL.get(character, character) for character in text)
    return text.replace("（", "(").replace("）", ")")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(LAWFUL),
    st.tuples(*[st.integers(0, 3)] * 3),
)
def test_lawful_name_stays_lawful_however_it_is_written(
    candidate: Candidate, ways: tuple[int, int, int]
) -> None:
    typed = Candidate(
        written(candidate.word, ways[0]),
        written(candidate.industry, ways[1]),
        written(candidate.form, ways[2]),
    )
    [plain, other] = checked([candidate, typed]).candidates
    assert other.result is plain.result is not Result.REFUSED
    assert other.parts == plain.parts


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(LAWFUL), min_size=2, max_size=5), st.randoms())
def test_order_of_candidates_changes_no_verdict(
    candidates: list[Candidate], random: object
) -> None:
    shuffled = [*candidates]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    verdicts = {name.name: name.findings for name in checked(candidates).candidates}
    assert {name.name: name.findings for name in checked(shuffled).candidates} == verdicts


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged_or_refused_by_field(word: str, industry: str, form: str) -> None:
    try:
        [name] = checked([Candidate(word, industry, form)]).candidates
    except Refused as refused:
        if refused.reason is not Reason.INVALID_INPUT:
            raise
        return
    assert name.result in Result
    assert all(finding.message for finding in name.findings)
    assert [finding.level for finding in name.findings] == sorted(
        (finding.level for finding in name.findings), key=[*Level].index
    )


@given(st.text(max_size=30))
def test_folding_is_done_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def taken(parts: Parts) -> list[Finding]:
    """Find a collision with 红光 in the trade of wine, as a register would."""
    lists = shipped_lists()
    if parts.word == "红光" and parts.industry_class == "C15":
        return [lists.finding("same.wording", Part.WORD, "杭州红光酒厂")]
    return []


def test_taken_word_is_freed_by_another_word_of_the_same_sound() -> None:
    lists, seat = shipped_lists(), divisions.seat_of(SEAT)
    parts = Parts("杭州", SEAT, "红光", "酒业", "C15", "有限公司")
    told = changes(parts, taken(parts), seat, None, lists, taken)
    sounds = [change for change in told if change.kind is Kind.SOUND]
    assert 0 < len(sounds) <= 2
    assert all(change.value[0] == "红" and change.value != "红光" for change in sounds)
    assert all(change.result is Result.NONE for change in sounds)
    # A trade word of the same class does not help here, so none is told.
    assert not [change for change in told if change.kind is Kind.TRADE]
    assert told[-1].kind is Kind.WORD
    assert len(told) <= MOST_CHANGES


def test_free_name_needs_no_change() -> None:
    assert one("红光", "餐饮", "店").frees == ()
