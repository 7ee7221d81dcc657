"""Full names are cut into their parts, and what is uncertain is told."""

import pytest

from miniprogram_api.names.findings import Part
from miniprogram_api.names.parts import Place, cut
from tests.support.names import shipped_lists

CUTS = [
    ("杭州红光餐饮管理有限公司", ("杭州", "红光", "餐饮管理", "H62", "有限公司")),
    ("北京红光酒厂", ("北京", "红光", "酒", "C15", "厂")),
    ("北京红光酒业发展有限公司", ("北京", "红光", "酒业发展", "C15", "有限公司")),
    ("红光（北京）酒业发展有限公司", ("北京", "红光", "酒业发展", "C15", "有限公司")),
    ("红光酒业(北京)有限公司", ("北京", "红光", "酒业", "C15", "有限公司")),
    ("杭州市西湖区老王奶茶店", ("杭州市西湖区", "老王", "奶茶", "H62", "店")),
    ("杭州云栖网络科技有限公司", ("杭州", "云栖", "网络科技", "I64", "有限公司")),
    ("杭州动力机械有限公司", ("杭州", "动力", "机械", "C34", "有限公司")),
    (
        "杭州明理律师事务所（特殊普通合伙）",
        ("杭州", "明理", "律师", "L72", "事务所（特殊普通合伙）"),
    ),
    ("杭州高新区红光科技有限公司", ("杭州高新区", "红光", "科技", "M75", "有限公司")),
    ("长春长春药业有限公司", ("长春", "长春", "药业", "C27", "有限公司")),
    ("杭州红光科技集团有限公司", ("杭州", "红光", "科技", "M75", "集团有限公司")),
    ("杭州聚贤咨询中心（有限合伙）", ("杭州", "聚贤", "咨询", "L72", "中心（有限合伙）")),
    ("餐饮", ("", "", "餐饮", "H62", "")),
]


@pytest.mark.parametrize(("name", "parts"), CUTS, ids=[name for name, _ in CUTS])
def test_name_is_cut(name: str, parts: tuple[str, ...]) -> None:
    found = cut(name, shipped_lists()).parts
    assert (
        found.division,
        found.word,
        found.industry,
        found.industry_class,
        found.form,
    ) == parts


def test_brackets_keep_their_place() -> None:
    lists = shipped_lists()
    assert cut("红光（北京）酒业有限公司", lists).parts.place is Place.AFTER_WORD
    end = cut("红光酒业（北京）有限公司", lists).parts
    assert end.place is Place.AFTER_INDUSTRY
    assert end.name == "红光酒业（北京）有限公司"


def test_place_that_is_a_word_too_is_asked() -> None:
    found = cut("东方红科技有限公司", shipped_lists())
    assert found.parts.word == "东方红"
    [doubt] = [one for one in found.uncertain if one.part is Part.DIVISION]
    assert [way.division for way in doubt.alternatives] == ["东方"]


def test_seat_decides_between_a_place_and_a_word() -> None:
    lists = shipped_lists()
    assert cut("朝阳红光餐饮有限公司", lists, "211300").parts.division == "朝阳"
    assert cut("朝阳红光餐饮有限公司", lists, "330106").parts.word == "朝阳红光"


def test_what_is_missing_is_told() -> None:
    found = cut("红光", shipped_lists())
    assert {one.part for one in found.uncertain} >= {Part.DIVISION, Part.INDUSTRY, Part.FORM}


@pytest.mark.parametrize(
    ("name", "division", "word"),
    [
        ("长沙市雨花区松果谷商贸有限公司", "长沙市雨花区", "松果谷"),
        ("长沙雨花区松果谷商贸有限公司", "长沙雨花区", "松果谷"),
        ("长沙市雨花区块链科技有限公司", "长沙市", "雨花"),
    ],
)
def test_district_written_out_is_no_word(name: str, division: str, word: str) -> None:
    parts = cut(name, shipped_lists(), "430104").parts
    assert (parts.division, parts.word) == (division, word)
