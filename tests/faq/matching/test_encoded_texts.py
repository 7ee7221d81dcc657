"""The file in which the encoder's vectors outlast a process."""

from pathlib import Path

import numpy as np
import pytest

from faq.matching import encoded_texts, encoder
from faq.matching.encoded_texts import EncodedTexts
from faq.matching.encoder import Encoder

TEXTS = ["收不到验证码", "刷脸失败", "半个\ud800字"]
VECTORS = np.arange(3 * 512).reshape(3, 512).astype("f2")


@pytest.fixture
def file(tmp_path: Path) -> EncodedTexts:
    return EncodedTexts(tmp_path / "var" / encoder.FILE, 4)


def test_texts_are_found_by_another_process(file: EncodedTexts, tmp_path: Path) -> None:
    assert file.of(TEXTS) == {}
    file.keep(TEXTS, VECTORS)
    again = EncodedTexts(tmp_path / "var" / encoder.FILE, 4).of(["刷脸失败", "新问题", *TEXTS])
    assert {*again} == {*TEXTS}
    assert all((again[text] == VECTORS[at]).all() for at, text in enumerate(TEXTS))


def test_new_texts_come_first_and_old_ones_stay_while_there_is_room(file: EncodedTexts) -> None:
    file.keep(TEXTS, VECTORS)
    file.keep(["甲", "刷脸失败"], VECTORS[:2])
    kept = file.of([*TEXTS, "甲"])
    assert {*kept} == {*TEXTS, "甲"}
    assert (kept["刷脸失败"] == VECTORS[1]).all()
    file.keep(["一", "二", "三", "四"], np.zeros((4, 512)))
    assert file.of([*TEXTS, "甲"]) == {}
    assert len(file.of(["一", "二", "三", "四"])) == 4


@pytest.mark.parametrize("damage", [b"", b"PK no archive", None])
def test_a_damaged_file_or_one_of_another_encoder_holds_nothing(
    file: EncodedTexts, tmp_path: Path, damage: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.keep(TEXTS, VECTORS)
    if damage is None:
        monkeypatch.setattr(encoded_texts, "version", lambda _: "other")
    else:
        (tmp_path / "var" / encoder.FILE).write_bytes(damage)
    assert file.of(TEXTS) == {}
    file.keep(TEXTS, VECTORS)
    assert len(file.of(TEXTS)) == 3


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file in the folder's place")
    file = EncodedTexts(tmp_path / "var" / encoder.FILE, 4)
    file.keep(TEXTS, VECTORS)
    assert file.of(TEXTS) == {}


def test_an_encoder_takes_from_the_file_what_another_one_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "_WORTH_A_FILE", 2)
    path = tmp_path / encoder.FILE
    texts = ["收不到验证码", "刷脸失败", "忘了密码"]
    encoder.configure(is_on=True)
    first = encoder.shared()
    assert first is not None
    first.file = EncodedTexts(path, 100)
    first._kept = {}
    before = first.encode_examples(texts)
    # A few texts are not worth the file.
    first.encode_examples(["谢谢"])
    assert {*EncodedTexts(path, 100).of([*texts, "谢谢"])} == {*texts}

    other = Encoder.__new__(Encoder)
    other._kept, other.file = {}, EncodedTexts(path, 100)
    encoded: list[str] = []

    def encode(chunk: list[str]) -> np.ndarray:
        encoded.extend(chunk)
        return first.encode(chunk)

    monkeypatch.setattr(other, "encode", encode)
    after = other.encode_examples([*texts, "新的问题"])
    assert encoded == ["新的问题"]
    assert (after[:3] == before).all()
    first.file = None
    encoder.configure(is_on=False)
