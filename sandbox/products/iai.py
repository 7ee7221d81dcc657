"""The comparison of faces: CompareFace of Tencent Cloud IAI, 2020-03-03.

The pictures decide by their mean grey level: two that are alike score high. A picture of one colour
below grey 16 has no face.
"""

import base64
import binascii
import io
from typing import Any

from PIL import Image, ImageStat

from sandbox.calls import TencentError
from sandbox.memory import Memory, Mode

# "图片 base64 编码后大小不可超过5M。"
_LARGEST_IMAGE = 5 * 1024 * 1024
_MODELS = ("2.0", "3.0")
_DARKEST_FACE = 16


def compare_face(body: dict[str, Any], mode: Mode, _memory: Memory) -> dict[str, Any]:
    """Answer how alike two faces are, 0 to 100.

    Raises TencentError when a picture is missing, too large, unreadable or without a face.
    """
    if mode == "busy":
        raise TencentError("FailedOperation.ServerError", "算法服务异常，请重试。")
    if mode == "limit":
        raise TencentError("RequestLimitExceeded", "请求频率超限。")
    model = body.get("FaceModelVersion", "3.0")
    if model not in _MODELS:
        raise TencentError("InvalidParameterValue.FaceModelVersionIllegal", "算法模型版本不合法。")
    first, second = (_grey(body.get(name), name) for name in ("ImageA", "ImageB"))
    score = max(0.0, 100 - abs(first - second))
    return {"Score": round(score, 5), "FaceModelVersion": model}


def _grey(encoded: Any, name: str) -> float:
    if not isinstance(encoded, str) or not encoded:
        raise TencentError("MissingParameter", f"The request is missing parameter `{name}`.")
    if len(encoded) > _LARGEST_IMAGE:
        raise TencentError("LimitExceeded.ErrorFaceImageSize", "图片过大。")
    try:
        image = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))
        level = float(ImageStat.Stat(image.convert("L")).mean[0])
    except (binascii.Error, ValueError, OSError):
        raise TencentError("FailedOperation.ImageDecodeFailed", "图片解码失败。") from None
    if level < _DARKEST_FACE:
        raise TencentError("InvalidParameterValue.NoFaceInPhoto", "图片中没有人脸。")
    return level
