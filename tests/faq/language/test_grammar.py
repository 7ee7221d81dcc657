"""Places, corrections and digits in messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.language.grammar import (
    NO_SUCH_OPTION,
    compact,
    corrected_place,
    in_digits,
    is_about_oneself,
    is_question,
    place,
    prefixes,
)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        *(("2", 1), ("二", 1), ("b", 1), ("②", 1), ("第二个", 1), ("我选第二个", 1), ("第二", 1)),
        *(("倒数第一个", 2), ("后面那个", 2), ("最后一种", 2), ("后者", 2), ("中间那个", 1)),
        *(("前者", 0), ("前面那个", 0), ("头一个", 0), ("上面那种", 0)),
        *(("第五个", NO_SUCH_OPTION), ("5", NO_SUCH_OPTION)),
        *(("第二次", None), ("第二步", None), ("1和2", None), ("第1个和第2个", None), ("", None)),
        ("我昨天试了三次都收不到验证码，今天第二个手机也收不到", None),
    ],
)
def test_place_among_three_options_is_read(text: str, index: int | None) -> None:
    assert place(compact(text), 3) == index


@pytest.mark.parametrize(
    ("text", "index"),
    [
        *(("不对，第三个", 2), ("选错了，第一个", 0), ("错了，2", 1), ("不是这个，是后面那个", 2)),
        *(("不对，第五个", NO_SUCH_OPTION), ("第三个", None), ("不对", None), ("3", None)),
    ],
)
def test_correction_is_read(text: str, index: int | None) -> None:
    assert corrected_place(compact(text), 3) == index


@pytest.mark.parametrize(
    ("text", "named", "denied"),
    [
        ("不是199，是138的", ["138"], ["199"]),
        ("1️⃣9️⃣9️⃣", ["199"], []),
        ("幺九九的", ["199"], []),
        ("我的是１８６", ["186"], []),
        ("19", [], []),
    ],
)
def test_prefixes_of_phones_are_read(text: str, named: list[str], denied: list[str]) -> None:
    assert prefixes(compact(text)) == (named, denied)


def test_digits_in_words_are_converted() -> None:
    assert in_digits("一九九、幺九九、１９９") == "199、199、199"


def test_speaker_is_recognised() -> None:
    assert is_about_oneself(compact("那我呢"))
    assert not is_about_oneself(compact("我们公司的会计"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((one, True) for one in ("点在键盘哪里？", "能不能快点", "要选日期吗", "用句号行不")),
        *((one, True) for one in ("填旧的那个有没有事", "为啥要改", "周六开门没")),
        *((one, True) for one in ("从几点算", "可以改几回", "填身份证号还是手机号")),
        *(
            (one, False)
            for one in ("等了几分钟", "好几次都失败", "改了还是提示繁忙", "试了还是一样")
        ),
        *((one, False) for one in ("姓名中间的点还是打不出来", "怎么还是收不到", "老是说密码不对")),
        *((one, False) for one in ("那怎么办", "怎么都过不了", "信号满格的呀", "我填的都对", "")),
    ],
)
def test_question_is_no_repeated_complaint(text: str, expected: bool) -> None:
    assert is_question(compact(text)) is expected


@given(st.text(alphabet="第一二12个后前面那不是错了倒数 ，。!a", max_size=300))
def test_places_are_within_the_options(text: str) -> None:
    assert place(compact(text), 3) in (None, NO_SUCH_OPTION, 0, 1, 2)
