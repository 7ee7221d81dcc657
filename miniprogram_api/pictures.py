"""Pictures that people send: looked at before they are decoded, and encoded anew before they go on.

What comes out is a JPEG, of a drawing a PNG: upright, without EXIF (where and when it was taken),
and without whatever else its sender put into the file.
"""

from functools import cache
from threading import Lock
from typing import Any

from miniprogram_api.image_formats import UnknownImage, read_format

# What a decoder may hold at once: for 25 megapixels the process grows by 150 MB. One picture at a
# time is decoded in a process.
MOST_HELD = 25_000_000
# Phones give up to 200 megapixels (16320 × 12240). A JPEG is shrunk while it is decoded, which
# takes a fifth of a second for as many.
MOST_PIXELS = 200_000_000
# Progressive JPEGs of cameras and tools have about ten scans; a made one may have thousands, each
# of which costs the decoder as much as a whole picture.
MOST_SCANS = 32
_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)

# Decoding two large pictures at once takes twice the memory without being faster.
one_at_a_time = Lock()


class UnreadablePicture(ValueError):
    """The bytes are no picture that may be decoded."""


class PictureTooLarge(UnreadablePicture):
    """It may be a good picture, but it has more pixels than may be decoded."""


def reencoded(content: bytes, longest_side: int, most_bytes: int) -> bytes:
    """A JPEG of a JPEG, PNG or WebP picture, no larger than asked.

    ``longest_side`` in pixels. Raises UnreadablePicture, PictureTooLarge.
    """
    by = reduction(content, longest_side)
    with one_at_a_time:
        return encoded(shrunk(decoded(content, by), longest_side), most_bytes)


def drawn(content: bytes, longest_side: int, most_bytes: int) -> tuple[bytes, str]:
    """The picture and `png` or `jpg`, no larger than asked.

    ``longest_side`` in pixels. A PNG stays one as long as it fits, because drawings and screenshots
    are sharp in it; what is transparent becomes white. Raises UnreadablePicture, PictureTooLarge.
    """
    by = reduction(content, longest_side)
    is_png = read_format(content).kind == "png"
    with one_at_a_time:
        if is_png:
            image = shrunk(_on_white(content), longest_side)
            made: bytes = (
                cv2().imencode(".png", image, (cv2().IMWRITE_PNG_COMPRESSION, 9))[1].tobytes()
            )
            if len(made) <= most_bytes:
                return made, "png"
        else:
            image = shrunk(decoded(content, by), longest_side)
        return encoded(image, most_bytes), "jpg"


def _on_white(content: bytes) -> Any:
    """Blue, green and red of a PNG as it looks on white paper."""
    library = cv2()
    import numpy

    try:
        image = library.imdecode(numpy.frombuffer(content, numpy.uint8), library.IMREAD_UNCHANGED)
    except library.error:
        image = None
    if image is None or image.ndim != 3 or image.shape[2] != 4 or image.dtype != numpy.uint8:
        return decoded(content, 1)
    alpha = image[:, :, 3:].astype("u2")
    return ((image[:, :, :3] * alpha + 255 * (255 - alpha)) // 255).astype("u1")


def reduction(content: bytes, longest_side: int) -> int:
    """By how much a JPEG decoder shall shrink it (1, 2, 4 or 8) with enough left of it.

    Raises UnreadablePicture for what nobody should decode, PictureTooLarge for too many pixels.
    """
    try:
        found = read_format(content)
    except UnknownImage:
        raise UnreadablePicture from None
    pixels = found.width * found.height
    if not pixels or found.scans > MOST_SCANS:
        raise UnreadablePicture
    longest = max(found.width, found.height)
    by = next((by for by in (8, 4, 2) if longest >= 2 * longest_side * by), 1)
    while found.shrinks and by < 8 and pixels > MOST_HELD * by * by:
        by *= 2
    held = pixels / by**2 if found.shrinks else pixels
    if pixels > MOST_PIXELS or held > MOST_HELD:
        raise PictureTooLarge
    return by


def decoded(content: bytes, by: int) -> Any:
    """Blue, green and red, 8 bits each, turned as the EXIF orientation says."""
    library = cv2()
    import numpy

    flags = {
        1: library.IMREAD_COLOR,
        2: library.IMREAD_REDUCED_COLOR_2,
        4: library.IMREAD_REDUCED_COLOR_4,
        8: library.IMREAD_REDUCED_COLOR_8,
    }
    try:
        image = library.imdecode(numpy.frombuffer(content, numpy.uint8), flags[by])
    except library.error:
        image = None
    if image is None:
        raise UnreadablePicture
    return image


def shrunk(image: Any, longest_side: int) -> Any:
    """The picture with its longest side no longer than that."""
    height, width = image.shape[:2]
    scale = longest_side / max(width, height)
    if scale >= 1:
        return image
    return resized(image, max(1, round(width * scale)), max(1, round(height * scale)))


def resized(image: Any, width: int, height: int) -> Any:
    library = cv2()
    smaller = width < image.shape[1]
    method = library.INTER_AREA if smaller else library.INTER_LINEAR
    return library.resize(image, (width, height), interpolation=method)


def encoded(image: Any, most_bytes: int) -> bytes:
    """A JPEG in the best quality that fits, or in the poorest one."""
    library = cv2()
    for quality in _QUALITIES:
        content: bytes = library.imencode(".jpg", image, (library.IMWRITE_JPEG_QUALITY, quality))[
            1
        ].tobytes()
        if len(content) <= most_bytes:
            break
    return content


@cache
def cv2() -> Any:
    """OpenCV, loaded when the first picture comes: it takes 60 MB, and most workers see none."""
    import cv2 as library

    # The threads of the web server are the parallelism; OpenCV's own would fight them for cores.
    library.setNumThreads(1)
    library.utils.logging.setLogLevel(library.utils.logging.LOG_LEVEL_SILENT)
    return library
