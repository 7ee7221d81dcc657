"""The source that compares a face with the photo on record, in WeChat or from a still picture."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class FaceOutcome(Enum):
    """How a face check ended."""

    PASSED = "passed"
    MISMATCH = "mismatch"
    NO_PHOTO = "no_photo"
    """The back-end has no photo of the person: only a window can help."""
    DATA_MISSING = "data_missing"
    """The face source does not know this number and name (核验数据缺失)."""
    BAD_IMAGE = "bad_image"
    NOT_FINISHED = "not_finished"
    """Cancelled, no permission for the camera, too slow, a device that cannot do it."""
    SOURCE_BUSY = "source_busy"
    DAILY_LIMIT = "daily_limit"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class FaceAnswer:
    """What the source said; ``detail`` is its own code, for the record."""

    outcome: FaceOutcome
    request_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class FaceTicket:
    """A face check that WeChat opened: what the mini program needs to start it."""

    verify_id: str
    expires_in: int


class FaceSource(Protocol):
    """Both ways; never raises for anything that the outside does."""

    def open_wechat_check(
        self, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceTicket | FaceAnswer:
        """Ask WeChat for a verify_id (getverifyid); ``out_seq_no`` must be unique."""

    def wechat_result(
        self, verify_id: str, out_seq_no: str, name: str, id_number: str, openid: str
    ) -> FaceAnswer:
        """Ask WeChat how the check ended (queryverifyinfo); the client is never believed."""

    def compare_photo(self, image: bytes, name: str, id_number: str) -> FaceAnswer:
        """Compare a JPEG with the photo on record (ImageRecognitionV2); sandbox profile only."""
