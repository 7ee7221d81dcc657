"""Trades are found in plain words."""

import pytest

from miniprogram_api.names.industries import search
from tests.support.names import shipped_lists

SAID = [
    ("开奶茶店", "H62"),
    ("修车", "O81"),
    ("我想开个理发店", "O80"),
    ("做外贸", "F51"),
    ("卖水果", "F52"),
    ("写代码", "I65"),
    ("装修房子", "E50"),
    ("养老院", "Q85"),
    ("代账", "L72"),
    ("搞养殖", "A03"),
    ("H62", "H62"),
    ("餐飲", "H62"),
]


@pytest.mark.parametrize(("said", "code"), SAID)
def test_trade_is_found(said: str, code: str) -> None:
    assert search(said, shipped_lists())[0].code == code


def test_all_classes_have_their_words() -> None:
    lists = shipped_lists()
    assert len({row.code for row in lists.trades if len(row.code) == 3}) == 97
    assert len({row.code for row in lists.trades if len(row.code) == 1}) == 20
    assert len(lists.classes) > 400
    assert len(search("", lists)) == 117


def test_equal_wordings_are_one_trade() -> None:
    lists = shipped_lists()
    for one, other in [("地产", "置业"), ("酒业", "酒"), ("酒厂", "白酒"), ("科技", "技术")]:
        assert lists.is_same_trade((one, ""), (other, ""))
    assert not lists.is_same_trade(("科技", ""), ("网络科技", ""))
