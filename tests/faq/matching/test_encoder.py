import numpy as np
import pytest

from faq.content.entries import Content
from faq.language.text import simplify
from faq.matching import encoder
from faq.matching.encoder import Encoder
from faq.matching.matcher import Matcher, compile_matcher

TEXTS = [
    "收不到验证码怎么办",
    "我按了“获取验证码”，等了10分钟 还是没有！！！",
    "手機收不到簡訊，沒辦法註冊",
    "古丽·买买提 😂 𠮷野家",
    "",
    "啊" * 300,
]
ASKED = ["弄丢了借阅卡片", "nihao", "", "档案馆怎么预约", "天气如何"]


@pytest.fixture
def configured() -> Encoder:
    encoder.configure(is_on=True)
    shared = encoder.shared()
    assert shared is not None
    return shared


def test_vectors_are_normalised_and_independent_of_the_batch(
    configured: Encoder,
) -> None:
    texts = [simplify(text) for text in TEXTS]
    vectors = configured.encode(texts)
    assert vectors.shape == (6, 512)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    alone = np.array([configured.encode([text])[0] for text in texts])
    assert np.abs(vectors - alone).max() < 1e-5


def test_examples_are_encoded_once(configured: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = configured.encode_examples(["收不到验证码", "刷脸失败", "收不到验证码"])
    assert (first[0] == first[2]).all()
    monkeypatch.setattr(configured, "encode", None)
    assert (configured.encode_examples(["刷脸失败"])[0] == first[1]).all()


def test_off_has_no_encoder() -> None:
    encoder.configure(is_on=False)
    assert (encoder.shared(), encoder.state()) == (None, "off")


def test_matcher_works_with_and_without_the_encoder(configured: Encoder, small: Content) -> None:
    together = compile_matcher(small)
    assert together.uses_encoder
    # No word of it stands in an example.
    question = "弄丢了借阅卡片"
    match = together.match(question)
    assert match.nearest[0] == small.entries[0]
    for one, among in zip(ASKED, together.match_all(ASKED), strict=True):
        by_itself = together.match(one)
        assert (by_itself.kind, by_itself.nearest) == (among.kind, among.nearest)
        assert by_itself.confidence == pytest.approx(among.confidence, abs=1e-3)
    assert Matcher.from_bytes(together.to_bytes(), small).match(question) == match
    alone = compile_matcher(small, with_encoder=False)
    encoder.configure(is_on=False)
    # Loaded without the encoder, it decides by the n-grams alone.
    read = Matcher.from_bytes(together.to_bytes(), small)
    assert not read.uses_encoder
    for asked in ("补办借书证", "书还晚了怎么办", "你好"):
        assert read.match(asked) == alone.match(asked)
    assert alone.match("补办借书证").entry == small.entries[0]
