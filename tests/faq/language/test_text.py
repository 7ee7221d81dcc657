import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.language.text import NUMBER, SERVICE, Reader, simplify, split_pinyin

reader = Reader(
    {"yzm": "验证码", "mm": "密码", "sbd": "收不到", "简讯": "短信", "一九九": "199"},
    {"支付寶": "支付宝", "12123": "交管12123", "ETC": "高速ETC", "windows": "电脑"},
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("簡訊驗證碼收不到", "简讯验证码收不到"),
        ("帳號帐号账号", "账号账号账号"),
        ("ＡＢＣ１２３", "abc123"),
        ("古丽•买买提", "古丽·买买提"),
        ("古丽．买买提", "古丽·买买提"),
        ("好吧...", "好吧 "),
        ("么后里发干面", "么后里发干面"),
        ("\ue000支", "支"),
        ("1️⃣9️⃣9️⃣", "199"),
        ("验证\u200b码", "验证码"),
    ],
)
def test_spellings_are_normalised(typed: str, read: str) -> None:
    assert simplify(typed) == read


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("码没来！！！😡", ["码", "没", "来"]),
        ("yzm没来", ["验", "证", "码", "没", "来"]),
        ("簡訊", ["短", "信"]),
        ("一九九的卡", ["199", "的", "卡"]),
        ("myyzm", ["myyzm"]),
        ("yzmsbd", ["验", "证", "码", "收", "不", "到"]),
        ("mmyzm都sbd", ["密", "码", "验", "证", "码", "都", "收", "不", "到"]),
        ("yzmx", ["yzmx"]),
        ("windows11激活", [SERVICE, "11", "激", "活"]),
        ("12123app", [SERVICE, "app"]),
        ("windowsill", ["windowsill"]),
        ("号码13800000099不行", ["号", "码", "138", NUMBER, "不", "行"]),
        ("证号11010119900101991X", ["证", "号", NUMBER, "x"]),
        ("199xxxx5678", ["199", "xxxx", "5678"]),
        ("支付宝登录", [SERVICE, "登", "录"]),
        ("交管12123", ["交", "管", SERVICE]),
        ("19912123456", ["199", NUMBER]),
        ("etcetera", ["etcetera"]),
        ("<script>\x00", ["script"]),
        ("，。？", []),
        ("", []),
    ],
)
def test_question_is_split_into_tokens(typed: str, tokens: list[str]) -> None:
    assert list(reader.read(typed).tokens) == tokens


def test_other_services_are_named_as_listed() -> None:
    assert reader.read("支付宝和12123").services == ("支付宝", "交管12123")
    assert reader.read("收不到短信").services == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("验证码", "验政码"),
        ("刷脸", "刷练"),
        ("激活", "击活"),
        ("重置密码", "chong zhi mi ma"),
        ("收不到", "shoubudao"),
        ("长期", "changqi"),
        ("旅客", "lvke"),
        ("旅客", "luke"),
        ("是", "si"),
        ("银行", "yinhang"),
    ],
)
def test_homophones_have_the_same_syllables(one: str, other: str) -> None:
    assert reader.read(one).syllables == reader.read(other).syllables


@pytest.mark.parametrize(
    ("question", "is_pinyin"),
    [
        ("duanxin yizhi shou bu dao", True),
        ("zenme jihuo", True),
        ("yong hu bu cun zai啊", True),
        ("激活jihuo怎么弄", False),
        ("user not found", False),
        ("asdfghjkl", False),
        ("nihao", False),
        ("收不到短信", False),
    ],
)
def test_pinyin_is_distinguished_from_words(question: str, is_pinyin: bool) -> None:
    assert reader.read(question).pinyin_only is is_pinyin


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("yanzhengma", ("yan", "zheng", "ma")),
        ("xian", ("xian",)),
        ("windows", None),
        ("", ()),
        ("a" * 500, None),
    ],
)
def test_pinyin_is_split_into_few_syllables(word: str, syllables: tuple[str, ...] | None) -> None:
    assert split_pinyin(word) == syllables


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("不是人脸的问题，是填资料那一步", "是填资料那一步"),
        ("我说的不是密码,而是账号", "我说的是账号"),
        ("号码不是199的，是198的，收不到", "号码是198的,收不到"),
        # Nothing is denied in these.
        ("是不是密码错了，是我改过的", "是不是密码错了,是我改过的"),
        ("是不是因为电话卡不是我本人的", "是不是因为电话卡不是我本人的"),
        ("我不是本地人是外省的", "我不是本地人是外省的"),
        ("名字不是很长，证件到期了", "名字不是很长,证件到期了"),
    ],
)
def test_negated_subject_before_the_subject_is_dropped(question: str, read: str) -> None:
    assert reader.read(question).plain == read
    whole = "".join(part.plain for part in reader.read_parts(question))
    assert "人脸" not in whole
    assert "199" not in whole


def test_encoder_text_expands_typed_initials() -> None:
    assert reader.read("yzmsbd怎么办").plain == "验证码收不到怎么办"
    assert reader.read("login").plain == "login"


def test_text_beyond_500_characters_is_dropped() -> None:
    assert reader.read("，" * 499 + "收不到").tokens == ("收",)


def test_longest_spelling_wins_and_empty_ones_are_ignored() -> None:
    words = Reader({"手机号码": "甲", "手机": "乙", "\ue000": "丙"}, {"手机银行": "银行"})
    assert words.read("手机号码手机银行手机").tokens == ("甲", SERVICE, "乙")


@given(st.text(max_size=600))
def test_any_text_is_tokenised(text: str) -> None:
    reading = reader.read(text)
    assert len(reading.tokens) <= 2 * 500
    assert bool(reading.tokens) == bool(reading.syllables)


@given(st.text(alphabet="aeiounghzcs", max_size=80))
def test_splitting_pinyin_keeps_every_letter(word: str) -> None:
    syllables = split_pinyin(word)
    assert syllables is None or "".join(syllables) == word
