"""Pictures are recognised by their bytes; damaged and hostile files are refused."""

import io
import struct
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from miniprogram_api.pictures import pictures
from miniprogram_api.pictures.pictures import PictureTooLarge, UnreadablePicture
from tests.support.people import photos


def reencoded(content: bytes) -> Image.Image:
    """Return the stored picture of a file."""
    return Image.open(io.BytesIO(pictures.reencoded(content, 1600, 400_000)))


@pytest.mark.parametrize(
    ("make", "kind"), [(photos.jpeg, "jpeg"), (photos.png, "png"), (photos.webp, "webp")]
)
def test_each_format_is_recognised_and_becomes_a_jpeg(make: Any, kind: str) -> None:
    content = make(photos.within(640, 481, 0.5))
    assert pictures.kind(content) == kind
    assert (reencoded(content).format, reencoded(content).size) == ("JPEG", (640, 481))


def test_extended_webp_is_read() -> None:
    plain = photos.webp(photos.pixels(photos.portrait()))
    size = struct.pack("<I", 419)[:3] + struct.pack("<I", 539)[:3]
    extension = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    content = b"WEBP" + extension + plain[12:]
    extended = b"RIFF" + struct.pack("<I", len(content)) + content
    assert reencoded(extended).size == (420, 540)


def test_thumbnail_in_exif_is_not_the_picture() -> None:
    thumbnail = photos.jpeg(photos.scaled(0.2))
    segment = b"Exif\0\0" + thumbnail
    head = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment
    assert reencoded(head + photos.portrait()[2:]).size == (420, 540)


def test_trailing_bytes_are_ignored() -> None:
    assert reencoded(photos.portrait() + b"<script>" + photos.portrait()).size == (420, 540)


def test_first_picture_of_a_file_is_used() -> None:
    """Phones append a depth map or a short film to the photo."""
    file = io.BytesIO()
    first, second = (Image.open(io.BytesIO(photos.portrait())) for _ in range(2))
    first.save(file, "MPO", save_all=True, append_images=[second.reduce(4)])
    assert pictures.kind(file.getvalue()) == "jpeg"
    assert reencoded(file.getvalue()).size == (420, 540)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "PA", "CMYK", "RGBA"])
def test_each_way_to_store_colours_gives_the_same_grey(mode: str) -> None:
    level = 140
    if mode == "I;16":
        image = Image.fromarray(numpy.full((50, 80), level * 257, numpy.uint16))
    else:
        image = Image.new("RGB", (80, 50), (level,) * 3).convert("RGBA").convert(mode.rstrip("A"))
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, "JPEG" if mode == "CMYK" else "PNG" if mode != "PA" else "WEBP")
    mean = numpy.asarray(reencoded(file.getvalue()).convert("L")).mean()
    assert abs(mean - level) < 8


def test_comment_and_colour_profile_are_left_out() -> None:
    file = io.BytesIO()
    image = Image.new("RGB", (40, 30), "red")
    image.save(file, "JPEG", comment=b"taken at home", icc_profile=b"PROFILE" * 20)
    assert b"PROFILE" in file.getvalue()
    kept = pictures.reencoded(file.getvalue(), 1600, 400_000)
    assert b"taken at home" not in kept
    assert b"PROFILE" not in kept
    file = io.BytesIO()
    image.save(file, "PNG", icc_profile=b"PROFILE" * 20)
    drawn, ending = pictures.reencoded_drawing(file.getvalue(), 1600, 400_000)
    assert ending == "png"
    assert b"iCCP" not in drawn


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
        photos.jpeg_claiming(0, 400),
    ],
    ids=[
        *["empty", "jpeg", "png", "webp", "gif", "bmp", "pdf", "svg", "heic", "text"],
        *["two frames", "no pixels"],
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        pictures.reencoded(content, 1600, 400_000)


@pytest.mark.parametrize("make", [photos.jpeg, photos.png, photos.webp])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_picture_that_is_cut_off_is_refused(make: Any, share: float) -> None:
    whole = make(photos.pixels(photos.portrait()))
    with pytest.raises(UnreadablePicture):
        pictures.reencoded(whole[: int(len(whole) * share)], 1600, 400_000)


@pytest.mark.parametrize("claim", [photos.png_claiming, photos.jpeg_claiming])
@pytest.mark.parametrize("size", [(17_000, 12_000), (65_500, 65_500)])
def test_too_many_pixels_are_refused_by_the_header(claim: Any, size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge):
        pictures.reencoded(claim(*size), 1600, 400_000)


def test_webp_may_have_half_the_pixels_of_a_png() -> None:
    with pytest.raises(PictureTooLarge):
        pictures.reencoded(photos.webp(numpy.zeros((3200, 4000, 3), numpy.uint8)), 1600, 400_000)
    assert reencoded(photos.png(numpy.zeros((3200, 4000, 3), numpy.uint8))).size == (1600, 1280)


def test_lossless_jpeg_is_refused() -> None:
    photo = photos.portrait()
    frame = photo.index(b"\xff\xc0")
    with pytest.raises(UnreadablePicture):
        pictures.reencoded(photo[:frame] + b"\xff\xc3" + photo[frame + 2 :], 1600, 400_000)


BEGINNINGS = st.sampled_from(
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 "]
)


@given(BEGINNINGS, st.binary(max_size=200))
def test_any_bytes_give_a_picture_or_a_refusal(beginning: bytes, rest: bytes) -> None:
    try:
        kept = pictures.reencoded(beginning + rest, 1600, 400_000)
    except UnreadablePicture:
        return
    assert kept.startswith(b"\xff\xd8\xff")
