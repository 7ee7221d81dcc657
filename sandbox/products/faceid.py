"""The identity source: CheckIdNameDate and ImageRecognitionV2 of Tencent Cloud FaceID, 2018-03-01.

Both answer a ``Result`` and its ``Description``, which ``people.py`` decides.
"""

import base64
import binascii
import zlib
from typing import Any

from sandbox.calls import TencentError, text_of
from sandbox.memory import Memory, Mode
from sandbox.people import FACE_RESULTS, IDENTITY_RESULTS, check_four_elements, compare_face

# "Base64编码后的图片数据大小不超过3M，仅支持jpg、png格式。"
_LARGEST_IMAGE = 3 * 1024 * 1024
_IMAGE_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def check_id_name_date(body: dict[str, Any], mode: Mode, _memory: Memory) -> dict[str, Any]:
    """Answer whether name, number and term of validity belong together.

    Raises TencentError when a parameter is missing or no string.
    """
    name, id_number, begin, end = _parameters(
        body, "Name", "IdCard", "ValidityBegin", "ValidityEnd"
    )
    if mode == "busy":
        result = "-6"
    elif mode == "limit":
        result = "-8"
    else:
        result = check_four_elements(name, id_number, begin, end)
    return {"Result": result, "Description": IDENTITY_RESULTS[result]}


def image_recognition(body: dict[str, Any], mode: Mode, _memory: Memory) -> dict[str, Any]:
    """Answer whether the face in a picture is that of the person with this name and number.

    The name decides, not the picture. Raises TencentError when a parameter is missing or no string,
    or when the picture is invalid.
    """
    id_number, name, image = _parameters(body, "IdCard", "Name", "ImageBase64")
    _check_image(image)
    if mode == "busy":
        result = "FailedOperation.IdPhotoSystemNoanswer"
    elif mode == "limit":
        result = "FailedOperation.IdentityAuthLimitExceeded"
    else:
        result = compare_face(name, id_number)
    return {
        "Result": result,
        "Description": FACE_RESULTS[result],
        "Sim": _similarity(result, id_number),
        "Extra": text_of(body, "Extra"),
    }


def _parameters(body: dict[str, Any], *names: str) -> list[str]:
    values = []
    for name in names:
        value = body.get(name)
        if value is None:
            raise TencentError(
                "MissingParameter", f"The request is missing a required parameter `{name}`."
            )
        if not isinstance(value, str):
            raise TencentError("InvalidParameter", f"Parameter `{name}` is not a string.")
        values.append(value)
    return values


def _check_image(encoded: str) -> None:
    if not encoded:
        raise TencentError("FailedOperation.EmptyImageError", "图片内容为空。")
    if len(encoded) > _LARGEST_IMAGE:
        raise TencentError("FailedOperation.ImageSizeTooLarge", "图片尺寸过大。")
    try:
        image = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        image = b""
    if not image.startswith(_IMAGE_BEGINNINGS):
        raise TencentError("FailedOperation.ImageDecodeFailed", "图片解码失败。")


def _similarity(result: str, id_number: str) -> float:
    """Return a deterministic similarity; above 70 is the same person."""
    spread = zlib.crc32(id_number.encode()) % 1000 / 100
    if result == "Success":
        return round(85 + spread, 2)
    if result == "FailedOperation.CompareLowSimilarity":
        return round(30 + spread, 2)
    return 0.0
