"""What a person reads for each result of WeChat's face check."""

import pytest

from miniprogram_api.clients.face import (
    OUTCOME_OF_ERRCODE,
    OUTCOME_OF_VERIFY_RET,
    FaceAnswer,
    FaceOutcome,
)
from miniprogram_api.proofing import faces
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence

# verify_ret as WeChat's page of queryVerifyInfo lists it → Reason and cause.
OTHER, CANCELLED, NETWORK = "other", "cancelled", "network"
NOT_FINISHED = {
    **dict.fromkeys((90000, 90015, 90016, 90025, 90104, 90105, 90106, 90110), OTHER),
    **dict.fromkeys((90001, 90109), "device"),
    **dict.fromkeys((*range(90002, 90007), 90024), CANCELLED),
    **dict.fromkeys((90007, 90012, *range(90019, 90023)), NETWORK),
    **dict.fromkeys((90008, 90009, 90010), "no_permission"),
    **dict.fromkeys((10002, 90011, 90013, 90014, 90023), "bad_capture"),
    **dict.fromkeys((90017, 90107), "too_slow"),
    10001: "operator",
}
REASONS = {
    10003: Reason.FACE_DATA_MISSING,
    10004: Reason.FACE_MISMATCH,
    90018: Reason.IDENTITY_SOURCE_BUSY,
    90199: Reason.IDENTITY_SOURCE_BUSY,
    **dict.fromkeys(NOT_FINISHED, Reason.FACE_NOT_FINISHED),
}
BUSY_SENTENCE = "公安实名系统繁忙"


@pytest.mark.parametrize("verify_ret", sorted(REASONS))
def test_documented_result_has_its_reason(verify_ret: int) -> None:
    answer = FaceAnswer(OUTCOME_OF_VERIFY_RET[verify_ret], detail=str(verify_ret))
    refused = faces.refusal(answer, "wechat", attempts_left=3)
    assert refused.reason is REASONS[verify_ret]
    assert refused.details.get("cause") == NOT_FINISHED.get(verify_ret)
    is_busy = REASONS[verify_ret] is Reason.IDENTITY_SOURCE_BUSY
    assert (BUSY_SENTENCE in sentence(refused.reason, refused.details)) == is_busy


@pytest.mark.parametrize("outcome", [FaceOutcome.NOT_PASSED, FaceOutcome.MISCONFIGURED])
def test_what_is_no_fault_of_the_source_is_not_called_busy(outcome: FaceOutcome) -> None:
    refused = faces.refusal(FaceAnswer(outcome, detail="99999"), "wechat", attempts_left=3)
    said = sentence(refused.reason, refused.details)
    assert refused.reason is Reason.FACE_NOT_FINISHED
    assert "网证" in said
    assert "繁忙" not in said
    # A check that failed is read again from its outcome alone.
    assert faces.refusal(FaceAnswer(outcome), "wechat", attempts_left=3).details == refused.details


@pytest.mark.parametrize("errcode", [40164, 48001, 61007, 40097])
def test_fault_of_the_operator_is_no_busy_source(errcode: int) -> None:
    assert OUTCOME_OF_ERRCODE[errcode] is FaceOutcome.MISCONFIGURED


def test_everything_else_in_the_table_belongs_to_the_older_interface() -> None:
    older = {10005, 10006, 10009, 10015, 10026, 10042, 10300}
    assert set(OUTCOME_OF_VERIFY_RET) == set(REASONS) | older | {10000}
