"""Names: normalisation, rare characters, refusals and warnings."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.identity.documents import names
from miniprogram_api.identity.documents.characters import DOT, RADICALS, REPAIRS
from miniprogram_api.identity.documents.findings import Finding

HAN_EXAMPLES = {
    "unified": "一龥\u9fa6\u9fff",
    "zero": "\u3007",
    "extension A": "\u3400䶮\u4dbf",
    "extension B": "\U00020000𠮷\U0002a6df",
    "extensions C to F": "\U0002a700\U0002b740\U0002b820\U0002ceb0\U0002ebe0",
    "extension G": "\U00030000\U0003134a",
    "extension H": "\U00031350\U000323af",
    "extension I": "\U0002ebf0\U0002ee5d",
    "extension J": "\U000323b0\U00033479",
    "compatibility, unified": "\ufa0e\ufa11\ufa29",
}


def only_refusal(raw: str | None) -> Finding:
    checked = names.check(raw)
    assert checked.value is None
    assert not checked.warnings
    (refusal,) = checked.refusals
    assert refusal.field == "name"
    return refusal


def warning_codes(raw: str) -> list[str]:
    checked = names.check(raw)
    assert checked.value is not None
    assert not checked.refusals
    return [warning.code for warning in checked.warnings]


def test_separator_is_u00b7() -> None:
    assert ord(DOT) == 0xB7
    assert DOT.encode("gb18030") == b"\xa1\xa4"


@pytest.mark.parametrize(
    "dot",
    list("\u00b7\u2022\u30fb\uff65\u2027\u22c5\u2219\uff0e\u2e31\u2024\u02d9\u25cf.。｡"),
    ids=lambda dot: f"U+{ord(dot):04X}",
)
@pytest.mark.parametrize(
    "form", ["阿里{}买买提", "阿里 {} 买买提", "阿里{0}{0}买买提", " 阿里\u200b{}买买提 "]
)
def test_every_dot_variant_is_normalised(dot: str, form: str) -> None:
    checked = names.check(form.format(dot))
    assert checked.value == "阿里\u00b7买买提"
    assert not checked.warnings


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("张三", "张三"),
        (" 张 三 ", "张三"),
        ("张\u3000三", "张三"),
        ("张\t三\n", "张三"),
        ("\ufeff张\u200d三\u202c\ufe0f", "张三"),
        ("⼈⼤", "人大"),
        ("⻢⻰", "马龙"),
        ("⽯⻘", "石青"),
        ("\uf9fd三", "什三"),
        ("阿里·.·买买提", "阿里·买买提"),
        ("阿依·古丽·买买提", "阿依·古丽·买买提"),
        ("John Smith", "John Smith"),
        ("  JOHN   F.  SMITH Jr. ", "JOHN F. SMITH Jr."),
        ("ＳＭＩＴＨ，　ＪＯＨＮ", "SMITH, JOHN"),
        ("Anne-Marie O'Neil", "Anne-Marie O'Neil"),
        ("Jose\u0301 Nun\u0303ez", "José Nuñez"),
        ("Nguyễn Văn Ạ", "Nguyễn Văn Ạ"),
    ],
)
def test_normalised(typed: str, expected: str) -> None:
    checked = names.check(typed)
    assert checked.value == expected
    assert not checked.refusals
    assert not checked.warnings


@pytest.mark.parametrize(
    "apostrophe",
    list("'\uff07\u2019\u2018\u201b\u02bc\u02bb\u2032`\u00b4"),
    ids=lambda typed: f"U+{ord(typed):04X}",
)
def test_apostrophe_variants_of_latin_names_are_normalised(apostrophe: str) -> None:
    assert names.check(f"Sean O{apostrophe}Brien") == ("Sean O'Brien", (), ())


@pytest.mark.parametrize(
    "hyphen",
    list("-\uff0d\u2010\u2011\u2012\u2013\u2014\u2212"),
    ids=lambda typed: f"U+{ord(typed):04X}",
)
def test_hyphen_variants_of_latin_names_are_normalised(hyphen: str) -> None:
    assert names.check(f"Anne{hyphen}Marie\u00a0Smith") == ("Anne-Marie Smith", (), ())


@pytest.mark.parametrize("typed", ["\u2019", "\u2018", "\u02bc", "\u2010", "\u2011", "\u2014"])
def test_han_names_with_apostrophe_or_hyphen_are_refused(typed: str) -> None:
    refusal = only_refusal(f"阿里{typed}买买提")
    assert refusal.code == "name_character"
    assert "第3个字" in refusal.message
    assert refusal.suggestion == "阿里·买买提"
    assert names.check("十一").value == "十一"


@pytest.mark.parametrize("block", HAN_EXAMPLES)
def test_rare_characters_are_accepted(block: str) -> None:
    for character in HAN_EXAMPLES[block]:
        assert names.check(f"张{character}").value == f"张{character}"


def test_every_radical_becomes_an_ideograph() -> None:
    assert len(RADICALS) == 114 + 214
    for radical, ideograph in RADICALS.items():
        assert 0x2E80 <= ord(radical) <= 0x2FD5
        assert names.check(f"张{radical}").value == f"张{ideograph}"
        decomposed = unicodedata.normalize("NFKC", radical)
        assert decomposed in {radical, ideograph}


@pytest.mark.parametrize(("private", "repaired"), [("\ue863", "䶮"), ("\ue844", "䜣")])
def test_private_use_characters_are_repaired_with_a_warning(private: str, repaired: str) -> None:
    checked = names.check(f"张{private}")
    assert checked.value == f"张{repaired}"
    (warning,) = checked.warnings
    assert (warning.code, warning.suggestion, warning.case) == ("name_repaired", f"张{repaired}", 4)
    assert not names.check(checked.value).warnings


def test_repairs_agree_with_gb18030() -> None:
    """Return GBK's code points FE50 to FEA0; Python's codec maps 14 of them to private use."""
    places = [place for place in range(0x50, 0xA1) if place != 0x7F]
    standard = [bytes([0xFE, place]).decode("gb18030") for place in places]
    left = 0
    for code, character in REPAIRS.items():
        if standard[code - 0xE815] == chr(code):
            left += 1
        else:
            assert standard[code - 0xE815] == character
    assert left == 14
    assert len(REPAIRS) == 66


@pytest.mark.parametrize(
    ("typed", "code", "case"),
    [
        (None, "name_missing", 4),
        ("", "name_missing", 4),
        (" \u200b\u3000\ufeff", "name_missing", 4),
        ("张" * 51, "name_too_long", 4),
        ("张" * 25 + "·" + "三" * 25, "name_too_long", 13),
        ("张" * 1_000_000, "name_too_long", 4),
        ("·张三", "name_dot_at_edge", 13),
        ("张三·", "name_dot_at_edge", 13),
        ("张三.", "name_dot_at_edge", 13),
        ("...", "name_dot_at_edge", 13),
        ("••", "name_dot_at_edge", 13),
        (".John", "name_dot_at_edge", 13),
        ("张三1", "name_digit", 4),
        ("张３三", "name_digit", 4),
        ("张三\u0663", "name_digit", 4),
        ("张①", "name_digit", 4),
        ("阿里·买买提2", "name_digit", 13),
        ("张三😀", "name_character", 4),
        ("阿里•买买提😀", "name_character", 13),
        ("张三!", "name_character", 4),
        ("张\x00三", "name_character", 4),
        ("张\ud800三", "name_character", 4),
        ("Иван", "name_character", 4),
        ("ジョン", "name_character", 4),
        ("김", "name_character", 4),
        ("'; DROP TABLE accounts; --", "name_character", 4),
        ("<b>张三</b>", "name_character", 4),
        ("-", "name_character", 4),
        ("e\u0302\u0328\u031b\u0334", "name_character", 4),
        ("张\ue000", "name_private_character", 4),
        ("张\U0010fffd", "name_private_character", 4),
        ("张San", "name_mixed_scripts", 4),
        ("张三 John", "name_mixed_scripts", 4),
        ("张·San", "name_mixed_scripts", 13),
    ],
)
def test_refused(typed: str | None, code: str, case: int) -> None:
    refusal = only_refusal(typed)
    assert (refusal.code, refusal.case) == (code, case)
    refusal.message.encode("utf-8")


def test_at_most_fifty_characters_are_accepted() -> None:
    assert names.check("张" * 50).value == "张" * 50
    assert names.check(" ".join("张" * 50)).value == "张" * 50


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("·张三", "张三"),
        ("阿里·买买提。", "阿里·买买提"),
        ("·", None),
        ("·张3·", None),
        ("阿里-买买提", "阿里·买买提"),
        ("阿里、买买提", "阿里·买买提"),
        ("阿里 * 买买提", "阿里·买买提"),
        ("张三!", None),
        ("阿里、买买提!", None),
        ("John;Smith", None),
    ],
)
def test_suggested_name_is_valid(typed: str, suggestion: str | None) -> None:
    assert only_refusal(typed).suggestion == suggestion
    if suggestion:
        assert names.check(suggestion) == (suggestion, (), ())


@pytest.mark.parametrize(
    ("typed", "position"),
    [("张三5", 3), (" 张 三5", 3), ("5张三", 1), ("John  Smith5", 10)],
)
def test_positions_count_visible_characters(typed: str, position: int) -> None:
    assert f"第{position}个字" in only_refusal(typed).message


@pytest.mark.parametrize(
    ("typed", "value", "suggestion"),
    [
        ("阿里 买买提", "阿里买买提", "阿里·买买提"),
        ("阿里  买买提", "阿里买买提", "阿里·买买提"),
        ("阿依 古丽 买买提", "阿依古丽买买提", "阿依·古丽·买买提"),
        ("阿依·古丽 买买提", "阿依·古丽买买提", "阿依·古丽·买买提"),
        ("阿里 买买提 江", "阿里买买提江", "阿里·买买提江"),
    ],
)
def test_space_between_two_parts_is_a_warning(typed: str, value: str, suggestion: str) -> None:
    checked = names.check(typed)
    assert checked.value == value
    (warning,) = checked.warnings
    assert (warning.code, warning.suggestion, warning.case) == ("name_space", suggestion, 13)


def test_single_character_name_is_a_warning() -> None:
    assert warning_codes("张") == ["name_single_character"]
    assert warning_codes("𠮷") == ["name_single_character"]


@pytest.mark.parametrize("typed", ["张三公司", "某某有限公司", "王先生", "李·女士"])
def test_words_that_are_no_names_are_a_warning(typed: str) -> None:
    assert warning_codes(typed) == ["name_unusual_word"]


@pytest.mark.parametrize("typed", ["王大学", "张公", "司公", "欧阳不符", "张限次"])
def test_real_names_have_no_warning(typed: str) -> None:
    assert warning_codes(typed) == []


ANY_CHARACTER = st.characters()
LIKELY = st.sampled_from(
    "张三阿里𠮷䶮ABéz ·•.。．-'\u2019\u2011、1９\u200b\u3000\ufe0f⼈⻢\ue863\ue000\ud800\x00公司"
)


@given(st.one_of(st.text(ANY_CHARACTER), st.text(LIKELY, max_size=12)))
def test_every_text_has_a_value_or_one_refusal_and_normalising_is_idempotent(
    text: str,
) -> None:
    checked = names.check(text)
    if checked.value is None:
        (refusal,) = checked.refusals
        refusal.message.encode("utf-8")
        if refusal.suggestion is not None:
            assert not names.check(refusal.suggestion).refusals
    else:
        assert not checked.refusals
        assert 1 <= len(checked.value) <= 50
        again = names.check(checked.value)
        assert again.value == checked.value
        assert {w.code for w in again.warnings} <= {w.code for w in checked.warnings}
        assert unicodedata.is_normalized("NFC", checked.value)
        assert not set(checked.value) & set("•・･‧⋅∙．⸱․˙●")
    for warning in checked.warnings:
        if warning.suggestion is not None:
            assert names.check(warning.suggestion).value == warning.suggestion


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=50))
def test_fast_path_for_plain_names_agrees_with_the_full_check(text: str) -> None:
    assert names.check(text) == names.check(text + "\u200b")


def test_every_code_point_is_accepted_or_refused() -> None:
    for code in range(0, sys.maxunicode + 1, 7):
        checked = names.check("张" + chr(code))
        assert (checked.value is None) == bool(checked.refusals)
