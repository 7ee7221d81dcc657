"""Pictures of answers: upload, names, export and import."""

from typing import Any

import cv2
import numpy
import pytest

from config import Settings
from faq.content import images, seed
from faq.content.entries import Content, EntryImage
from faq.editing import drafts
from faq.interchange import exports, imports
from faq.release import publishing
from miniprogram_api.pictures import pictures
from miniprogram_api.reasons import Reason, Refused
from tests.support.people import photos
from tests.support.people.photos import drawn, png_claiming


def pixel(content: bytes, row: int, column: int) -> list[int]:
    decoded: Any = cv2.imdecode(numpy.frombuffer(content, numpy.uint8), cv2.IMREAD_COLOR)
    return list(map(int, decoded[row, column]))


@pytest.mark.parametrize(
    ("ending", "kind", "media_type"),
    [(".png", "png", "image/png"), (".jpg", "jpg", "image/jpeg"), (".webp", "jpg", "image/jpeg")],
)
def test_picture_is_named_by_its_content(
    tables: Settings, ending: str, kind: str, media_type: str
) -> None:
    name = images.add(drawn(ending), editor="staff:1")
    content, found = images.find(name)
    assert (name.rpartition(".")[2], found) == (kind, media_type)
    assert images.matches_name(name, content)
    assert images.add(drawn(ending), editor="staff:2") == name


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("name", ["", "\0", "x.png", f"{'0' * 32}.gif", f"{'0' * 32}.png\n"])
def test_invalid_name_is_not_found(tables: Settings, name: str) -> None:
    with pytest.raises(Refused) as refused:
        images.find(name)
    assert refused.value.reason is Reason.NOT_FOUND


def test_trailing_bytes_are_dropped(tables: Settings) -> None:
    content, _ = images.find(images.add(drawn() + b"<script>alert(1)</script>", editor="staff:1"))
    assert b"script" not in content


def test_large_picture_is_scaled_and_transparency_becomes_white(tables: Settings) -> None:
    content, _ = images.find(images.add(drawn(side=1500, channels=4), editor="staff:1"))
    assert pictures.kind(content) == "png"
    assert max(photos.pixels(content).shape) == 1280
    assert pixel(content, 300, 300) == [255, 255, 255]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "required"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unreadable"),
        (b"GIF89a" + b"\0" * 50, "unreadable"),
        (drawn()[:60], "unreadable"),
        (drawn() + b"\0" * 5 * 1024**2, "too_large"),
        (png_claiming(8000, 5000), "too_large"),
    ],
)
def test_other_files_are_refused(tables: Settings, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        images.add(content, editor="staff:1")
    assert refused.value.details["fields"][0]["code"] == code


def test_shipped_content_has_all_its_pictures(published: publishing.Published) -> None:
    named = {image.image for entry in published.entries for image in entry.images}
    assert named == set(seed.pictures())
    assert images.missing(named) == set()
    with pytest.raises(Refused) as refused:
        images.find("0" * 32 + ".png")
    assert refused.value.reason is Reason.NOT_FOUND


def test_pictures_are_exported_and_imported_with_the_content(
    tables: Settings, small: Content
) -> None:
    publishing.publish(small, after=None)
    name = images.add(drawn(), editor="staff:1")
    picture = images.find(name)[0]
    entry = small.entries[0].model_copy(update={"images": (EntryImage(image=name, text="样子"),)})
    shown = small.model_copy(update={"entries": (entry, *small.entries[1:])})
    file = exports.content_file(shown, "yaml")
    table = exports.content_file(shown, "csv")
    images.images.FaqImage.delete().execute()

    # A table names the pictures and does not hold them.
    lacking = imports.preview(imports.parse(table, "a.csv"))
    assert [p.message for p in lacking.problems] == [
        f"没有图片{name}：请连同图片导入，或先在页面上传。"
    ]
    planned = imports.preview(imports.parse(file, "a.yaml"))
    assert planned.problems == ()
    imports.carry_out(planned, editor="staff:1")
    assert images.find(name)[0] == picture
    assert drafts.content() == shown
    assert imports.preview(imports.parse(table, "a.csv")).problems == ()


def test_imported_picture_must_match_its_name(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)
    name = images.add(drawn(), editor="staff:1")
    forged = imports.parse(f"pictures:\n  {name}: aGVsbG8=\n".encode(), "a.yaml")
    assert "与名称不符" in imports.preview(forged).problems[0].message
    broken = imports.parse(f"pictures:\n  {name}: '***'\n".encode(), "a.yaml")
    assert "不完整" in imports.preview(broken).problems[0].message
    with pytest.raises(ValueError, match="other bytes"):
        images.add_existing([(name, drawn(side=60))])
