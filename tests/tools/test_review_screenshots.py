"""The screenshots for WeChat's review are taken from a running service."""

from pathlib import Path

from PIL import Image

from tools import review_screenshots


def test_screenshots_are_taken(tmp_path: Path) -> None:
    taken = review_screenshots.main(tmp_path)
    assert len(taken) == len(review_screenshots.OF_VISITORS) + len(review_screenshots.OF_USERS)
    pictures = [Image.open(path) for path in taken]
    assert {picture.size for picture in pictures} == {(780, 1688)}
    # None is empty, and no two are the same.
    assert all(len(picture.convert("L").getcolors() or []) > 8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
