from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from faq import vectors
from faq.encoder import DIMENSIONS, Encoder
from faq.vectors import KeptVectors


class Counting:
    """Stands where the encoder stands, and counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        return np.array([np.full(DIMENSIONS, len(text) / 8, "f4") for text in texts])


@pytest.fixture
def encoder() -> Encoder:
    return cast(Encoder, Counting())


def asked(encoder: Encoder) -> list[str]:
    return cast(Counting, encoder).asked


def test_only_what_is_new_is_encoded(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "below" / "vectors.bin"
    first = KeptVectors(path).of(["一", "二二"], encoder)
    again = KeptVectors(path).of(["二二", "三三三", "一", "三三三"], encoder)
    assert asked(encoder) == ["一", "二二", "三三三"]
    assert (again[0] == first[1]).all()
    assert again[:, 0].tolist() == [2 / 8, 3 / 8, 1 / 8, 3 / 8]
    assert KeptVectors(path).of([], encoder).shape == (0, DIMENSIONS)


def test_a_part_of_a_record_is_passed_over_and_written_over(
    tmp_path: Path, encoder: Encoder
) -> None:
    path = tmp_path / "vectors.bin"
    KeptVectors(path).of(["一", "二二"], encoder)
    path.write_bytes(path.read_bytes()[:-7])
    assert KeptVectors(path).of(["一", "二二"], encoder)[:, 0].tolist() == [1 / 8, 2 / 8]
    assert asked(encoder) == ["一", "二二", "二二"]
    assert KeptVectors(path).of(["二二"], encoder)[0, 0] == 2 / 8
    assert len(asked(encoder)) == 3


def test_many_write_at_once(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "vectors.bin"
    texts = ["字" * (1 + number) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: KeptVectors(path).of(texts, encoder), range(4)))
    before = len(asked(encoder))
    found = KeptVectors(path).of(texts, encoder)
    assert found[:, 0].tolist() == [len(text) / 8 for text in texts]
    assert len(asked(encoder)) == before


def test_a_file_that_grows_too_large_begins_anew(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "MOST_BYTES", 3_000)
    path = tmp_path / "vectors.bin"
    for text in ("一", "二二", "三三三"):
        KeptVectors(path).of([text], encoder)
    assert path.stat().st_size <= 3_000
    KeptVectors(path).of(["三三三"], encoder)
    assert asked(encoder) == ["一", "二二", "三三三"]
