"""Format and size of a picture by its bytes."""

import struct

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.image_formats import ImageFormat, UnknownImage, read_format
from tests.support import photos


def test_each_format_says_its_size() -> None:
    image = photos.within(640, 481, 0.5)
    assert read_format(photos.jpeg(image)) == ImageFormat("jpeg", 640, 481, shrinks=True)
    assert read_format(photos.png(image)) == ImageFormat("png", 640, 481)
    assert read_format(photos.webp(image)) == ImageFormat("webp", 640, 481)
    assert read_format(photos.webp(image, 101)) == ImageFormat("webp", 640, 481)


def test_extended_webp_says_its_canvas() -> None:
    plain = photos.webp(photos.pixels(photos.portrait()))
    size = struct.pack("<I", 419)[:3] + struct.pack("<I", 539)[:3]
    extension = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    content = b"WEBP" + extension + plain[12:]
    extended = b"RIFF" + struct.pack("<I", len(content)) + content
    assert read_format(extended) == ImageFormat("webp", 420, 540)


def test_progressive_jpeg_tells_its_scans() -> None:
    found = read_format(
        photos.jpeg(photos.pixels(photos.portrait()), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    )
    assert (found.width, found.height) == (420, 540)
    assert found.scans == 10
    assert not found.shrinks


def test_only_a_jpeg_in_one_pass_is_shrunk_while_it_is_decoded() -> None:
    photo = photos.portrait()
    frame = photo.index(b"\xff\xc0")
    lossless = photo[:frame] + b"\xff\xc3" + photo[frame + 2 :]
    assert read_format(photo).shrinks
    assert read_format(photos.with_one_scan(photo, 3)).shrinks
    for other in (lossless, photos.with_one_scan(photo, 1)):
        found = read_format(other)
        assert (found.width, found.height, found.scans) == (420, 540, 1)
        assert not found.shrinks


def test_a_thumbnail_in_exif_is_not_the_picture() -> None:
    thumbnail = photos.jpeg(photos.scaled(0.2))
    segment = b"Exif\0\0" + thumbnail
    head = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    found = read_format(head + photos.portrait()[2:])
    assert found == ImageFormat("jpeg", 420, 540, shrinks=True)


def test_what_follows_a_picture_does_not_count() -> None:
    found = read_format(photos.portrait() + b"<script>" + photos.portrait())
    assert found == ImageFormat("jpeg", 420, 540, shrinks=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"GIF89a" + b"\0" * 100,
        b"BM" + b"\0" * 100,
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x20ftypheic" + b"\0" * 100,
        "照片".encode(),
        # Two frames, of which one decoder may believe the first and another the second.
        photos.jpeg_claiming(8, 8)[:-2] + photos.portrait()[2:],
    ],
    ids=["empty", "jpeg", "png", "webp", "gif", "bmp", "pdf", "svg", "heic", "text", "two frames"],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(UnknownImage):
        read_format(content)


@pytest.mark.parametrize("make", [photos.jpeg, photos.png, photos.webp])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98, 0.9999])
def test_a_picture_that_is_cut_off_is_refused(make: object, share: float) -> None:
    whole = make(photos.pixels(photos.portrait()))  # type: ignore[operator]
    with pytest.raises(UnknownImage):
        read_format(whole[: int(len(whole) * share)])


BEGINNINGS = st.sampled_from(
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 "]
)


@given(BEGINNINGS, st.binary(max_size=200))
def test_any_bytes_give_a_size_or_a_refusal(beginning: bytes, rest: bytes) -> None:
    try:
        found = read_format(beginning + rest)
    except UnknownImage:
        return
    assert found.width >= 0
    assert found.height >= 0
