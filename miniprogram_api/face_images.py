"""Judging a photo of a face locally, and making of it the small JPEG that a source compares.

What a source would refuse after seconds and for money is told at once: no face, several, too small,
too dark, blurred, or no picture at all. The photo lives in memory alone; nothing of it is kept.
"""

import math
from functools import cache
from threading import Lock
from typing import Any

from miniprogram_api.image_formats import UnknownImage, read_format
from miniprogram_api.reasons import Reason, Refused

MOST_BYTES = 10 * 1024 * 1024
# The front cameras of today's phones give up to 24.5 megapixels (5712 × 4284). Decoded this takes
# 75 MB, and one picture at a time is decoded in a process.
MOST_PIXELS = 25_000_000
# Progressive JPEGs of cameras and tools have about ten scans; a made one may have thousands, each
# of which costs the decoder as much as a whole picture.
MOST_SCANS = 32

# The longest side of what is judged and sent.
SENT_SIDE = 800
# GB/T 35678-2017 asks for 10 to 70 KB; a picture that has no more to show may be smaller.
SENT_BYTES = 70_000
_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)

# The side of the square that the detector calls a face, from the brows to the chin, in the picture
# that is sent. Huawei's face service asks for more than 80 × 80 pixels, Tencent recommends 80.
SMALLEST_FACE = 80
# Mean luminance of the face, 0 to 255. Well-lit faces measured 115 to 160; the same at a quarter of
# the light (gamma-encoded) 28 to 39. A dark skin in good light stays above 50.
DARKEST_FACE = 40
# Variance of the Laplacian over the variance of the face, both at 112 × 112 pixels, the size at
# which networks compare faces: a blur that is not seen there does no harm, and light and contrast
# cancel out. Sharp faces measured 0.07 to 0.5, out of focus by 1 % of the face's width 0.017 to
# 0.043, by 2 % 0.005 to 0.012.
LEAST_SHARPNESS = 0.015
_COMPARED_SIDE = 112

# The detector looks at a picture of this size for faces from this size on. At least 10 of its
# windows agree about a face that is tilted by up to 15°, at most 5 about anything else.
_DETECTED_SIDE = 480
_DETECTED_FACE = 24
_AGREEING_WINDOWS = 6
# Somebody in the background is not the person who looks into the camera.
_OTHER_FACE = 0.5

# The classifier is not safe for threads, and decoding two large pictures at once takes twice the
# memory without being faster.
_one_at_a_time = Lock()


def prepare(content: bytes) -> bytes:
    """The JPEG to send, upright and without EXIF, of a JPEG, PNG or WebP photo of one face.

    Raises Refused: BODY_TOO_LARGE over 10 MiB; FACE_IMAGE_QUALITY with ``reason`` unreadable,
    no_face, many_faces, too_small, too_dark or blurred.
    """
    if len(content) > MOST_BYTES:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=MOST_BYTES)
    reduction = _reduction(content)
    with _one_at_a_time:
        image = _shrunk(_decoded(content, reduction), SENT_SIDE)
        _require_good_face(image)
        return _encoded(image)


def _poor(reason: str) -> Refused:
    return Refused(Reason.FACE_IMAGE_QUALITY, reason=reason)


def _reduction(content: bytes) -> int:
    """By how much the JPEG decoder may shrink the picture (1, 2, 4 or 8) with enough left of it."""
    try:
        found = read_format(content)
    except UnknownImage:
        raise _poor("unreadable") from None
    pixels = found.width * found.height
    if not 0 < pixels <= MOST_PIXELS or found.scans > MOST_SCANS:
        raise _poor("unreadable")
    longest = max(found.width, found.height)
    return next((by for by in (8, 4, 2) if longest >= 2 * SENT_SIDE * by), 1)


def _decoded(content: bytes, reduction: int) -> Any:
    """Blue, green and red, 8 bits each, turned as the EXIF orientation says."""
    cv2 = _cv2()
    import numpy

    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    try:
        image = cv2.imdecode(numpy.frombuffer(content, numpy.uint8), flags[reduction])
    except cv2.error:
        image = None
    if image is None:
        raise _poor("unreadable")
    return image


def _require_good_face(image: Any) -> None:
    cv2 = _cv2()
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    faces = _faces(grey)
    if not faces:
        raise _poor("too_dark" if grey.mean() < DARKEST_FACE else "no_face")
    left, top, side = faces[0]
    if any(other[2] > _OTHER_FACE * side for other in faces[1:]):
        raise _poor("many_faces")
    if side < SMALLEST_FACE:
        raise _poor("too_small")
    face = _resized(grey[top : top + side, left : left + side], _COMPARED_SIDE, _COMPARED_SIDE)
    if face.mean() < DARKEST_FACE:
        raise _poor("too_dark")
    variance = face.var()
    if cv2.Laplacian(face, cv2.CV_64F).var() < LEAST_SHARPNESS * variance or variance == 0:
        raise _poor("blurred")


def _faces(grey: Any) -> list[tuple[int, int, int]]:
    """Left, top and side of each frontal face in pixels of ``grey``, the largest first."""
    cv2 = _cv2()
    height, width = grey.shape
    scale = _DETECTED_SIDE / max(width, height)
    small = _resized(grey, math.ceil(width * scale), math.ceil(height * scale))
    found = _detector().detectMultiScale(
        # Equalising lets faces in poor light be found, so that the light can be named.
        cv2.equalizeHist(small),
        scaleFactor=1.1,
        minNeighbors=_AGREEING_WINDOWS,
        minSize=(_DETECTED_FACE, _DETECTED_FACE),
    )
    faces = [
        (int(left / scale), int(top / scale), int(side / scale)) for left, top, side, _ in found
    ]
    return sorted(faces, key=lambda face: -face[2])


def _shrunk(image: Any, longest: int) -> Any:
    height, width = image.shape[:2]
    scale = longest / max(width, height)
    if scale >= 1:
        return image
    return _resized(image, max(1, round(width * scale)), max(1, round(height * scale)))


def _resized(image: Any, width: int, height: int) -> Any:
    cv2 = _cv2()
    smaller = width < image.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=method)


def _encoded(image: Any) -> bytes:
    cv2 = _cv2()
    for quality in _QUALITIES:
        encoded: bytes = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))[
            1
        ].tobytes()
        if len(encoded) <= SENT_BYTES:
            break
    return encoded


@cache
def _cv2() -> Any:
    """OpenCV, loaded when the first photo comes: it takes 60 MB, and most workers see none."""
    import cv2

    # The threads of the web server are the parallelism; OpenCV's own would fight them for cores.
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2


@cache
def _detector() -> Any:
    cv2 = _cv2()
    return cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
