"""The identity source: CheckIdNameDate, PhoneVerification and ImageRecognitionV2.

Of Tencent Cloud FaceID, 2018-03-01. All answer a ``Result`` and its ``Description``; for persons
``people.py`` decides it.
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


# Of phones in another person's name, and of phones without a record.
OTHERS_ENDING, UNKNOWN_ENDING = "0007", "0006"
_PHONE_RESULTS = {
    "0": "三要素信息一致",
    "-4": "三要素信息不一致",
    "-9": "没有记录",
    "-11": "验证中心服务繁忙",
    "-12": "认证次数超过当日限制，请次日重试",
}


def phone_verification(body: dict[str, Any], mode: Mode, _memory: Memory) -> dict[str, Any]:
    """Answer whether a phone is in the name of this person; the end of the number decides.

    Raises TencentError when a parameter is missing or no string.
    """
    _id_number, _name, phone = _parameters(body, "IdCard", "Name", "Phone")
    if mode in ("busy", "limit"):
        result = "-11" if mode == "busy" else "-12"
    elif phone.endswith(OTHERS_ENDING):
        result = "-4"
    else:
        result = "-9" if phone.endswith(UNKNOWN_ENDING) else "0"
    return {"Result": result, "Description": _PHONE_RESULTS[result], "Isp": "移动"}


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
