import pypinyin

from faq.content import seed
from miniprogram_api import characters

# Read otherwise in these questions than pypinyin reads the character alone.
ON_PURPOSE = {"长", "似", "谁", "露"}


def test_readings_agree_with_pypinyin_for_every_character_in_the_content() -> None:
    readings, _ = characters.readings()
    used = {c for c in seed.load().as_json() if "\u4e00" <= c <= "\u9fff"} - ON_PURPOSE
    assert len(used) > 1000
    differing = {
        c: readings.get(c)
        for c in used
        if readings.get(c) != pypinyin.lazy_pinyin(c, v_to_u=False)[0]
    }
    assert differing == {}


def test_words_have_their_own_readings() -> None:
    readings, words = characters.readings()
    assert words["重置"] == ("chong", "zhi")
    assert words["银行"] == ("yin", "hang")
    for word, reading in words.items():
        assert len(word) == len(reading) == 2
        assert tuple(readings[c] for c in word) != reading


def test_traditional_characters_are_simplified() -> None:
    table = characters.simplified()
    assert (
        "驗證碼簡訊帳號註冊啟用臉辨識麼為裡".translate(table)
        == "验证码简讯账号注册启用脸辨识么为里"
    )
    simplified = set(table.values())
    # 苧 is both: the simplified form of 薴 and the traditional one of 苎.
    assert {c for c in simplified if ord(c) in table} == {"苧"}
