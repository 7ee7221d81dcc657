"""Compare a face with the photo on record, by WeChat's face check or from a still picture.

Also two pictures with each other: CompareFace of Tencent Cloud IAI.
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.iai.v20200303.iai_client import IaiClient

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.tencent import TencentCloud, VendorError, told
from miniprogram_api.clients.upstream import UpstreamError, try_twice
from miniprogram_api.clients.wechat_api import OPERATORS_FAULTS, WeChatApi, WeChatError


class FaceOutcome(Enum):
    """Classify the result of a face check."""

    PASSED = "passed"
    MISMATCH = "mismatch"
    NO_PHOTO = "no_photo"
    """The source has no photo of the person; only an office can verify them."""
    DATA_MISSING = "data_missing"
    """The source does not know this number and name (核验数据缺失)."""
    BAD_IMAGE = "bad_image"
    NOT_FINISHED = "not_finished"
    """Cancelled, no camera permission, too slow, or an unsuitable device."""
    NOT_PASSED = "not_passed"
    """WeChat says no for a reason of its own that it does not document."""
    MISCONFIGURED = "misconfigured"
    """WeChat refuses the service itself: a matter of its operator."""
    SOURCE_BUSY = "source_busy"
    DAILY_LIMIT = "daily_limit"
    NO_ANSWER = "no_answer"
    NO_SLOT = "no_slot"
    """Too many calls are under way; the source was not asked."""


@dataclass(frozen=True)
class FaceAnswer:
    """Hold an outcome; ``detail`` is the source's own code, for the record."""

    outcome: FaceOutcome
    request_id: str | None = None
    detail: str | None = None

    @property
    def cause(self) -> str | None:
        """Return the cause of NOT_FINISHED or BAD_IMAGE, if the source names one.

        NOT_FINISHED: not_done, cancelled, network, no_permission, too_slow, device. BAD_IMAGE:
        bad_capture in WeChat; of a picture no_face, many_faces, too_small, blurred, unreadable.
        NOT_PASSED: unknown. MISCONFIGURED: operator.
        """
        if self.outcome in _CAUSE_OF_OUTCOME:
            return _CAUSE_OF_OUTCOME[self.outcome]
        return _CAUSE_OF_DETAIL.get((self.detail or "").removeprefix("FailedOperation."))


@dataclass(frozen=True)
class FaceTicket:
    """Hold what the mini program needs to start a WeChat face check (``expires_in`` seconds)."""

    verify_id: str
    expires_in: int


class FaceSource(Protocol):
    """Check faces in both ways; vendor failures become outcomes, never exceptions."""

    def open_wechat_check(
        self, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceTicket | FaceAnswer:
        """Ask WeChat for a verify_id (getverifyid); ``out_seq_no`` must be unique."""

    def wechat_result(
        self, verify_id: str, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceAnswer:
        """Fetch the result from WeChat (queryverifyinfo); the client's claim is ignored."""

    def compare_photo(self, image: bytes, name: str, id_number: str) -> FaceAnswer:
        """Compare a JPEG with the photo on record (ImageRecognitionV2); sandbox profile only."""

    def state_inquiry(self, mode: str) -> Inquiry[SourceState]:
        """Return the inquiry for the breaker of a mode (``wechat`` or ``photo``)."""


_CERTIFICATE_TYPE = "IDENTITY_CARD"

# verify_ret of queryVerifyInfo. Documented: 10000-10004 and those from 90000; the others belong to
# WeChat's older interface.
OUTCOME_OF_VERIFY_RET = {
    10000: FaceOutcome.PASSED,
    # 参数错误: the service sent a wrong query.
    10001: FaceOutcome.MISCONFIGURED,
    # 人脸特征检测失败: the picture shows no face.
    10002: FaceOutcome.BAD_IMAGE,
    10003: FaceOutcome.DATA_MISSING,
    10004: FaceOutcome.MISMATCH,
    10005: FaceOutcome.NOT_FINISHED,
    # appid没有权限.
    10006: FaceOutcome.MISCONFIGURED,
    10009: FaceOutcome.NO_PHOTO,
    10015: FaceOutcome.SOURCE_BUSY,
    10026: FaceOutcome.DATA_MISSING,
    10042: FaceOutcome.DAILY_LIMIT,
    10300: FaceOutcome.NOT_FINISHED,
    # 设备不支持人脸检测, 用户取消 (90002-90006), 网络错误, 相机和麦克风权限未授权 (90008-90010).
    **dict.fromkeys(range(90000, 90011), FaceOutcome.NOT_FINISHED),
    # 人脸数据采集无效.
    90011: FaceOutcome.BAD_IMAGE,
    90012: FaceOutcome.NOT_FINISHED,
    90013: FaceOutcome.BAD_IMAGE,
    90014: FaceOutcome.BAD_IMAGE,
    # 获取人脸配置失败, 预览错误, 识别过程超时.
    **dict.fromkeys((90015, 90016, 90017), FaceOutcome.NOT_FINISHED),
    90018: FaceOutcome.SOURCE_BUSY,
    # CDN上传添加队列失败, CDN上传失败, CDN启动错误, 获取前置页信息失败.
    **dict.fromkeys(range(90019, 90023), FaceOutcome.NOT_FINISHED),
    # 人脸追踪失败.
    90023: FaceOutcome.BAD_IMAGE,
    # 用户在确认页退出; 90025 ends the same page.
    **dict.fromkeys((90024, 90025), FaceOutcome.NOT_FINISHED),
    # 获取人脸配置失败, 获取确认数据失败, 相机失败, 用户检测超时, 设备不支持, 获取协议信息失败.
    **dict.fromkeys((90104, 90105, 90106, 90107, 90109, 90110), FaceOutcome.NOT_FINISHED),
    90199: FaceOutcome.SOURCE_BUSY,
}

# errcode of both WeChat calls; 84001 is an unknown verify_id: no check was finished.
OUTCOME_OF_ERRCODE = {
    -1: FaceOutcome.SOURCE_BUSY,
    45009: FaceOutcome.DAILY_LIMIT,
    45011: FaceOutcome.SOURCE_BUSY,
    84001: FaceOutcome.NOT_FINISHED,
    **dict.fromkeys(OPERATORS_FAULTS, FaceOutcome.MISCONFIGURED),
}

# Result or error code of ImageRecognitionV2, without "FailedOperation.".
_OUTCOME_OF_RESULT = {
    "Success": FaceOutcome.PASSED,
    # Another person's face, or not a living person.
    "CompareLowSimilarity": FaceOutcome.MISMATCH,
    "LifePhotoDetectFake": FaceOutcome.MISMATCH,
    # The photo on record is missing or too poor.
    "IdPhotoNoExist": FaceOutcome.NO_PHOTO,
    "IdPhotoPoorQuality": FaceOutcome.NO_PHOTO,
    "IdNoExistSystem": FaceOutcome.DATA_MISSING,
    "IdNameMisMatch": FaceOutcome.DATA_MISSING,
    "IdFormatError": FaceOutcome.DATA_MISSING,
    "NameFormatError": FaceOutcome.DATA_MISSING,
    "IdentityAuthLimitExceeded": FaceOutcome.DAILY_LIMIT,
    "CoveredFace": FaceOutcome.BAD_IMAGE,
    "EmptyImageError": FaceOutcome.BAD_IMAGE,
    "ImageBlur": FaceOutcome.BAD_IMAGE,
    "ImageDecodeFailed": FaceOutcome.BAD_IMAGE,
    "ImageSizeTooLarge": FaceOutcome.BAD_IMAGE,
    "IncompleteFace": FaceOutcome.BAD_IMAGE,
    "LifePhotoDetectFaces": FaceOutcome.BAD_IMAGE,
    "LifePhotoDetectNoFaces": FaceOutcome.BAD_IMAGE,
    "LifePhotoPoorQuality": FaceOutcome.BAD_IMAGE,
    "LifePhotoSizeError": FaceOutcome.BAD_IMAGE,
    "PoorImageQuality": FaceOutcome.BAD_IMAGE,
    "CompareFail": FaceOutcome.SOURCE_BUSY,
    "CompareLibServiceUnavailable": FaceOutcome.SOURCE_BUSY,
    "CompareSystemError": FaceOutcome.SOURCE_BUSY,
    "DbError": FaceOutcome.SOURCE_BUSY,
    "DetectEngineSystemError": FaceOutcome.SOURCE_BUSY,
    "IdPhotoSystemNoanswer": FaceOutcome.SOURCE_BUSY,
    "RequestLimitExceeded": FaceOutcome.SOURCE_BUSY,
    "UnKnown": FaceOutcome.SOURCE_BUSY,
    "InternalError": FaceOutcome.SOURCE_BUSY,
    "InternalError.UnKnown": FaceOutcome.SOURCE_BUSY,
}

_CAUSE_OF_OUTCOME = {FaceOutcome.NOT_PASSED: "unknown", FaceOutcome.MISCONFIGURED: "operator"}
_CAUSE_OF_DETAIL = {
    **dict.fromkeys(("10005", "10300", "84001"), "not_done"),
    **dict.fromkeys(("90002", "90003", "90004", "90005", "90006", "90024"), "cancelled"),
    **dict.fromkeys(("90007", "90012", "90019", "90020", "90021", "90022"), "network"),
    **dict.fromkeys(("90008", "90009", "90010"), "no_permission"),
    **dict.fromkeys(("10002", "90011", "90013", "90014", "90023"), "bad_capture"),
    **dict.fromkeys(("90017", "90107"), "too_slow"),
    **dict.fromkeys(("90001", "90109"), "device"),
    **dict.fromkeys(("CoveredFace", "IncompleteFace", "LifePhotoDetectNoFaces"), "no_face"),
    "LifePhotoDetectFaces": "many_faces",
    "LifePhotoSizeError": "too_small",
    **dict.fromkeys(("ImageBlur", "LifePhotoPoorQuality", "PoorImageQuality"), "blurred"),
    **dict.fromkeys(("EmptyImageError", "ImageDecodeFailed", "ImageSizeTooLarge"), "unreadable"),
}


class FaceClient:
    """Call WeChat's face check 2.0 and ImageRecognitionV2, each behind a guard."""

    def __init__(self, settings: Settings, api: WeChatApi, guards: Guards) -> None:
        self._api = api
        self._cloud = TencentCloud(
            settings,
            guards.answers.of("face", told),
            settings.tencentcloud_faceid_endpoint,
            settings.upstream_timeout,
            FaceidClient,
        )
        self._wechat_guard = guards.of("wechat", "face-wechat")
        self._photo_guard = guards.of("face", "face-photo")

    def open_wechat_check(
        self, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceTicket | FaceAnswer:
        """Ask WeChat for a verify_id (getverifyid); ``out_seq_no`` must be unique."""
        answer = self._ask_wechat(
            "getverifyid",
            {
                "out_seq_no": out_seq_no,
                "cert_info": {
                    "cert_type": _CERTIFICATE_TYPE,
                    "cert_name": name,
                    "cert_no": id_number,
                },
                "openid": openid,
            },
        )
        if isinstance(answer, FaceAnswer):
            return answer
        verify_id, expires_in = answer.get("verify_id"), answer.get("expires_in")
        if isinstance(verify_id, str) and verify_id and isinstance(expires_in, int):
            return FaceTicket(verify_id, expires_in)
        return FaceAnswer(FaceOutcome.NO_ANSWER)

    def wechat_result(
        self, verify_id: str, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceAnswer:
        """Fetch the result from WeChat (queryverifyinfo); the client's claim is ignored."""
        answer = self._ask_wechat(
            "queryverifyinfo",
            {
                "verify_id": verify_id,
                "out_seq_no": out_seq_no,
                "cert_hash": certificate_hash(name, id_number),
                "openid": openid,
            },
        )
        if isinstance(answer, FaceAnswer):
            return answer
        verify_ret = answer.get("verify_ret")
        outcome = FaceOutcome.NO_ANSWER
        if isinstance(verify_ret, int):
            outcome = OUTCOME_OF_VERIFY_RET.get(verify_ret, FaceOutcome.NOT_PASSED)
        return FaceAnswer(outcome, detail=str(verify_ret))

    def compare_photo(self, image: bytes, name: str, id_number: str) -> FaceAnswer:
        """Compare a JPEG with the photo on record (ImageRecognitionV2); sandbox profile only."""
        parameters = {
            "IdCard": id_number,
            "Name": name,
            "ImageBase64": base64.b64encode(image).decode(),
        }
        try:
            answer = self._photo_guard.call(
                lambda: try_twice(lambda: self._cloud.call("ImageRecognitionV2", parameters))
            )
            result, request_id = str(answer.get("Result")), answer.get("RequestId")
        except SlotsFull:
            return FaceAnswer(FaceOutcome.NO_SLOT)
        except UpstreamError:
            return FaceAnswer(FaceOutcome.NO_ANSWER)
        except VendorError as error:
            result, request_id = error.code, error.request_id
        outcome = _OUTCOME_OF_RESULT.get(
            result.removeprefix("FailedOperation."), FaceOutcome.NO_ANSWER
        )
        return FaceAnswer(outcome, request_id, result)

    def state_inquiry(self, mode: str) -> Inquiry[SourceState]:
        """Return the inquiry for the breaker of a mode (``wechat`` or ``photo``)."""
        return (self._wechat_guard if mode == "wechat" else self._photo_guard).state_inquiry()

    def _ask_wechat(self, call: str, body: dict[str, object]) -> dict[str, object] | FaceAnswer:
        path = f"/cityservice/face/identify/{call}"
        try:
            return self._wechat_guard.call(
                lambda: try_twice(lambda: self._api.post(path, data=body))
            )
        except SlotsFull:
            return FaceAnswer(FaceOutcome.NO_SLOT)
        except UpstreamError:
            return FaceAnswer(FaceOutcome.NO_ANSWER)
        except WeChatError as error:
            outcome = OUTCOME_OF_ERRCODE.get(error.errcode, FaceOutcome.NO_ANSWER)
            return FaceAnswer(outcome, detail=str(error.errcode))


def certificate_hash(name: str, id_number: str) -> str:
    """Return cert_hash of queryVerifyInfo: hexadecimal SHA-256 of three Base64 values."""

    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    text = (
        f"cert_type={encode(_CERTIFICATE_TYPE)}&cert_name={encode(name)}"
        f"&cert_no={encode(id_number)}"
    )
    return hashlib.sha256(text.encode()).hexdigest()


# Of the vendor's scores; the one of 2018 is another scale.
_COMPARE_MODEL = "3.0"


class FaceCompare(Protocol):
    """Score how alike two faces are; vendor failures become None, never exceptions."""

    def compare(self, first: bytes, second: bytes) -> float | None:
        """Return the likeness of the largest faces of two JPEGs, 0 to 100."""


class FaceCompareClient:
    """Call CompareFace behind a guard."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._cloud = TencentCloud(
            settings,
            guards.answers.of("face-compare", told),
            settings.tencentcloud_iai_endpoint,
            settings.upstream_timeout,
            IaiClient,
        )
        self._guard = guards.of("face", "face-compare")

    def compare(self, first: bytes, second: bytes) -> float | None:
        """Return the likeness of the largest faces of two JPEGs, 0 to 100; None without one."""
        parameters = {
            "ImageA": base64.b64encode(first).decode(),
            "ImageB": base64.b64encode(second).decode(),
            "FaceModelVersion": _COMPARE_MODEL,
            # 0: no quality is demanded; the photo of a chip is small.
            "QualityControl": 0,
        }
        try:
            answer = self._guard.call(
                lambda: try_twice(lambda: self._cloud.call("CompareFace", parameters))
            )
        except (SlotsFull, UpstreamError, VendorError):
            return None
        score = answer.get("Score")
        return round(float(score), 2) if isinstance(score, int | float) else None
