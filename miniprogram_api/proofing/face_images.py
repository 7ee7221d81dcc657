"""Check a photo of a face and encode the small JPEG that a source compares.

Photos that a source would refuse, slowly and for money, are refused at once. Nothing is stored.
"""

import math
from functools import cache
from typing import Any

import numpy
from PIL import Image

from miniprogram_api.pictures import pictures
from miniprogram_api.pictures.pictures import PictureTooLarge, UnreadablePicture
from miniprogram_api.reasons import Reason, Refused

try:
    import cv2
except ImportError:
    # Only FACE_MODE=photo needs it, which config.load refuses without it.
    cv2 = None  # type: ignore[assignment]
else:
    # OpenCV's own threads would compete with the web server's for the cores.
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

MOST_BYTES = 10 * 1024 * 1024

# Longest side in pixels of the checked and sent picture.
SENT_SIDE = 800
# GB/T 35678-2017 asks for 10 to 70 KB; pictures with little detail may be smaller.
SENT_BYTES = 70_000

# Side in pixels of the detected face, from brows to chin, in the sent picture. Huawei requires more
# than 80, Tencent recommends 80.
SMALLEST_FACE = 80
# Mean luminance of the face, 0 to 255. Measured: well-lit 115 to 160, a quarter of the light
# (gamma-encoded) 28 to 39; dark skin in good light stays above 50.
DARKEST_FACE = 40
# Variance of the Laplacian over the variance of the face, both at 112 × 112 pixels, the size used
# for comparison; light and contrast cancel out. Measured: sharp 0.07 to 0.5, out of focus by 1 %
# of the face's width 0.017 to 0.043, by 2 % 0.005 to 0.012.
LEAST_SHARPNESS = 0.015
_COMPARED_SIDE = 112

# Picture and smallest face of the detector, in pixels. At least 10 windows agree on a face tilted
# by up to 15°, at most 5 on anything else.
_DETECTED_SIDE = 480
_DETECTED_FACE = 24
_AGREEING_WINDOWS = 6
# A smaller face is a person in the background.
_OTHER_FACE = 0.5


def prepare(content: bytes) -> bytes:
    """Return the JPEG to send: one face, upright, without EXIF. Accepts JPEG, PNG and WebP.

    Raises Refused: BODY_TOO_LARGE over 10 MiB; FACE_IMAGE_QUALITY with ``reason`` too_large (in
    pixels), unreadable, no_face, many_faces, too_small, too_dark or blurred.
    """
    if len(content) > MOST_BYTES:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=MOST_BYTES)
    try:
        return pictures.reencoded(content, SENT_SIDE, SENT_BYTES, _require_good_face)
    except PictureTooLarge:
        raise _poor("too_large") from None
    except UnreadablePicture:
        raise _poor("unreadable") from None


def _poor(reason: str) -> Refused:
    return Refused(Reason.FACE_IMAGE_QUALITY, reason=reason)


def _require_good_face(image: Image.Image) -> None:
    """Refuse a picture without one good face; the classifier is not thread-safe either."""
    grey: Any = numpy.asarray(image.convert("L"))
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
    """Return left, top and side of each frontal face in pixels, the largest first."""
    height, width = grey.shape
    scale = _DETECTED_SIDE / max(width, height)
    small = _resized(grey, math.ceil(width * scale), math.ceil(height * scale))
    boxes = _detector().detectMultiScale(
        # Equalised, so that faces in poor light are found and reported as too dark.
        cv2.equalizeHist(small),
        scaleFactor=1.1,
        minNeighbors=_AGREEING_WINDOWS,
        minSize=(_DETECTED_FACE, _DETECTED_FACE),
    )
    faces = [
        (int(left / scale), int(top / scale), int(side / scale)) for left, top, side, _ in boxes
    ]
    return sorted(faces, key=lambda face: -face[2])


def _resized(grey: Any, width: int, height: int) -> Any:
    method = cv2.INTER_AREA if width < grey.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(grey, (width, height), interpolation=method)


@cache
def _detector() -> Any:
    folder = cv2.data.haarcascades  # type: ignore[attr-defined]
    return cv2.CascadeClassifier(folder + "haarcascade_frontalface_alt2.xml")
