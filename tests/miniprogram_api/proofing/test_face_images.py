"""Face photos: fault codes and the re-encoded picture."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFile

import config
from miniprogram_api.operations import profiles
from miniprogram_api.pictures import pictures
from miniprogram_api.proofing import face_images
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from tests.support.people import photos

GOOD = photos.pixels(photos.portrait())


def fault_of(content: bytes) -> str | None:
    """Return the reason of the refusal of a photo."""
    try:
        face_images.prepare(content)
    except Refused as error:
        refused = error
    else:
        return None
    assert refused.reason is Reason.FACE_IMAGE_QUALITY
    assert refused.case == 12
    fault: str = refused.details["reason"]
    assert len(sentence(refused.reason, refused.details)) <= 60
    return fault


@pytest.mark.parametrize(
    "photo",
    [
        photos.portrait(),
        photos.png(GOOD),
        photos.webp(GOOD),
        photos.webp(GOOD, 101),
        photos.jpeg(GOOD, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        photos.jpeg(GOOD, cv2.IMWRITE_JPEG_QUALITY, 30),
        photos.png(cv2.cvtColor(GOOD, cv2.COLOR_BGR2BGRA)),
        photos.png(GOOD.astype(numpy.uint16) * 257),
        photos.jpeg(cv2.cvtColor(GOOD, cv2.COLOR_BGR2GRAY)),
    ],
    ids=["jpeg", "png", "webp", "lossless_webp", "progressive", "rough", "alpha", "16_bit", "grey"],
)
def test_a_good_photo_becomes_a_small_jpeg(photo: bytes) -> None:
    sent = face_images.prepare(photo)
    assert pictures.kind(sent) == "jpeg"
    assert 10_000 <= len(sent) <= 70_000
    # What was sent is as good as what came.
    assert fault_of(sent) is None


@pytest.mark.parametrize(
    ("photo", "fault"),
    [
        (photos.jpeg(photos.landscape()), "no_face"),
        (photos.jpeg(numpy.full((400, 300, 3), 230, numpy.uint8)), "no_face"),
        (photos.jpeg(photos.turned(GOOD, 2)), "no_face"),
        (photos.jpeg(numpy.zeros((400, 300, 3), numpy.uint8)), "too_dark"),
        (photos.jpeg(photos.darkened(0.2)), "too_dark"),
        (photos.jpeg(photos.darkened(0.05)), "too_dark"),
        (photos.jpeg(photos.blurred(0.015)), "blurred"),
        (photos.jpeg(photos.blurred(0.06)), "blurred"),
        (photos.jpeg(photos.scaled(0.3)), "too_small"),
        (photos.jpeg(photos.within(2400, 1600)), "too_small"),
        (photos.jpeg(photos.side_by_side()), "many_faces"),
        (photos.jpeg(photos.side_by_side(0.75)), "many_faces"),
        (photos.portrait()[:20_000], "unreadable"),
        (b"", "unreadable"),
        (b"GIF89a" + bytes(100), "unreadable"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "unreadable"),
    ],
    ids=[
        *[
            "landscape",
            "wall",
            "upside_down",
            "night",
            "dim",
            "dimmer",
            "soft",
            "foggy",
            "few_pixels",
            "far",
        ],
        *["twins", "relatives", "cut_off", "empty", "gif", "header"],
    ],
)
def test_each_fault_has_its_code(photo: bytes, fault: str) -> None:
    assert fault_of(photo) == fault


def test_small_faults_are_accepted() -> None:
    assert fault_of(photos.jpeg(photos.darkened(0.4))) is None
    assert fault_of(photos.jpeg(photos.blurred(0.008))) is None
    assert fault_of(photos.jpeg(photos.scaled(0.45))) is None
    # A second face far behind the person.
    assert fault_of(photos.jpeg(photos.side_by_side(0.4))) is None
    # A selfie of twelve megapixels at arm's length.
    assert fault_of(photos.jpeg(photos.within(3000, 4000, 4))) is None


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, GOOD),
        (2, GOOD[:, ::-1]),
        (3, photos.turned(GOOD, 2)),
        (4, GOOD[::-1]),
        (5, photos.turned(GOOD[::-1], 1)),
        (6, photos.turned(GOOD, 3)),
        (7, photos.turned(GOOD[::-1], 3)),
        (8, photos.turned(GOOD, 1)),
    ],
)
@pytest.mark.parametrize("enlarged", [1, 8])
def test_the_orientation_of_the_camera_is_honoured(
    orientation: int, stored: Any, enlarged: int
) -> None:
    """The orientation is respected when the decoder scales a large picture."""
    stored = cv2.resize(stored, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_LINEAR)
    photo = photos.with_orientation(photos.jpeg(stored), orientation)
    sent = photos.pixels(face_images.prepare(photo))
    upright = cv2.resize(GOOD, (sent.shape[1], sent.shape[0]), interpolation=cv2.INTER_LINEAR)
    assert sent.shape[0] > sent.shape[1]
    assert numpy.abs(sent.astype(int) - upright).mean() < 6


def test_nothing_of_the_file_but_the_picture_is_sent() -> None:
    photo = photos.with_orientation(photos.portrait(), 1) + b"<script>alert(1)</script>PK\x03\x04"
    assert b"PHONE-XY" in photo
    sent = face_images.prepare(photo)
    assert sent.endswith(b"\xff\xd9")
    for trace in (b"Exif", b"PHONE-XY", b"script", b"PK\x03\x04"):
        assert trace not in sent


def progressive_claiming(width: int, height: int) -> bytes:
    photo = photos.jpeg_claiming(width, height)
    frame = photo.index(b"\xff\xc0")
    return photo[:frame] + b"\xff\xc2" + photo[frame + 2 :]


def of_one_colour_claiming(width: int, height: int) -> bytes:
    return photos.with_one_scan(photos.jpeg_claiming(width, height), 1)


@pytest.mark.parametrize(
    ("claim", "size"),
    [
        (photos.png_claiming, (8000, 5000)),
        (photos.png_claiming, (65_500, 65_500)),
        (photos.png_claiming, (60_000, 500)),
        (photos.jpeg_claiming, (65_500, 65_500)),
        (photos.jpeg_claiming, (17_000, 12_000)),
        # Of these the decoder holds every coefficient, however small the result is.
        (progressive_claiming, (8000, 5000)),
        (of_one_colour_claiming, (8000, 5000)),
    ],
)
def test_decompression_bomb_is_refused_by_its_header(
    size: tuple[int, int], claim: Callable[[int, int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = claim(*size)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    assert fault_of(bomb) == "too_large"


@pytest.mark.parametrize("claim", [photos.png_claiming, photos.jpeg_claiming])
def test_picture_without_pixels_is_unreadable(claim: Callable[[int, int], bytes]) -> None:
    assert fault_of(claim(0, 400)) == "unreadable"


def test_a_selfie_of_fifty_megapixels_is_shrunk_while_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    selfie = photos.jpeg(photos.within(6144, 8160, 10))
    assert len(selfie) < 10 * 1024**2
    held: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def noted(image: Any) -> Any:
        held.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", noted)
    assert fault_of(selfie) is None
    assert held[0] == (6144 // 4, 8160 // 4)


@pytest.mark.parametrize(
    ("size", "by"),
    [
        ((4500, 4000), 1),
        ((5500, 5000), 2),
        ((12_000, 9000), 4),
        ((16_320, 12_240), 4),
        ((40_000, 4000), 8),
    ],
)
def test_decoded_pixels_are_limited_and_exceed_the_target(
    size: tuple[int, int], by: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[int, int]] = []

    def noted(image: Any) -> None:
        held.append(image.size)
        raise OSError

    monkeypatch.setattr(ImageFile.ImageFile, "load", noted)
    with pytest.raises(pictures.UnreadablePicture):
        pictures.decoded(photos.jpeg_claiming(*size), 1600)
    assert held == [(-(-size[0] // by), -(-size[1] // by))]
    assert held[0][0] * held[0][1] <= 25_000_000
    assert max(held[0]) > 1600


def test_jpeg_with_a_thousand_scans_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = photos.jpeg(GOOD, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    last = photo.rindex(b"\xff\xda")
    bomb = photo[:last] + photo[last:-2] * 1000 + photo[-2:]
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    assert fault_of(bomb) == "unreadable"


def test_more_than_10_mib_is_too_large() -> None:
    with pytest.raises(Refused) as caught:
        face_images.prepare(photos.portrait() + bytes(10 * 1024**2))
    assert caught.value.reason is Reason.BODY_TOO_LARGE
    assert caught.value.details == {"limit_bytes": 10 * 1024 * 1024}


def test_damaged_pixels_are_assessed_or_refused() -> None:
    photo = bytearray(photos.png(GOOD))
    photo[len(photo) // 2] ^= 0xFF
    assert fault_of(bytes(photo)) in (None, "unreadable", "blurred", "no_face")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([photos.jpeg, photos.png, photos.webp]),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=6),
)
def test_any_damage_gives_a_picture_or_a_refusal(
    make: Callable[[Any], bytes], changes: list[tuple[int, bytes]]
) -> None:
    photo = bytearray(make(photos.scaled(0.2)))
    for place, change in changes:
        photo[place : place + len(change)] = change
    fault_of(bytes(photo))


def test_simultaneous_photos_have_the_same_result() -> None:
    good, dark = photos.portrait(), photos.jpeg(photos.darkened(0.2))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fault_of, [good, dark] * 12)) == [None, "too_dark"] * 12
    assert cv2.getNumThreads() == 1


def test_service_starts_without_opencv_unless_photos_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    modules = "wsgi, miniprogram_api.proofing.face_images"
    program = f"import sys; sys.modules['cv2'] = None; import {modules}"
    subprocess.run([sys.executable, "-c", program], check=True)
    monkeypatch.setattr(config, "find_spec", lambda _: None)
    assert profiles.load_settings(profile="sandbox").face_mode == "wechat"
    with pytest.raises(config.SettingsError, match="FACE_MODE=photo needs OpenCV"):
        profiles.load_settings(profile="sandbox", face_mode="photo")
