"""The service's own sentences, pasted into a message."""

import re

import pytest

from faq.content.entries import Content
from faq.conversation.turns.own_sentences import pasted
from faq.language.grammar import compact
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import fixed_sentences

EXPLAINED = {
    reason: said for reason, said in fixed_sentences().items() if reason.case or reason.guide
}


def found(message: str, content: Content) -> tuple[int | None, str] | None:
    entry = pasted(message, content)
    return None if entry is None else (entry.case, entry.slug)


@pytest.mark.parametrize("reason", EXPLAINED, ids=lambda reason: reason.name)
def test_pasted_sentence_of_a_reason_matches_its_entry(reason: Reason, shipped: Content) -> None:
    said = EXPLAINED[reason]
    entry = shipped.explaining(reason.name)
    assert entry is not None
    for message in (said, f"它提示“{said}”怎么办", f"点提交以后{said.rstrip('。')}"):
        assert found(message, shipped) == (entry.case, entry.slug)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_pasted_sentence_of_a_field_matches_its_entry(kind: Kind, shipped: Content) -> None:
    said = re.sub(r"\{\w+\}", "12", kind.sentence)
    entry = shipped.by_case.get(kind.case or 0)
    if kind.leads_to_window:
        entry = shipped.by_slug["other_documents"]
    is_telling = len(compact(re.sub(r"\{\w+\}", "", kind.sentence))) >= 10
    if entry is None or not is_telling:
        assert found(said, shipped) is None
    else:
        assert found(said, shipped) == (entry.case, entry.slug)


@pytest.mark.parametrize(
    "message",
    [
        "{code}",
        "错误码：{code}，怎么处理",
        '{{"code": "{code}", "message": "…", "request_id": "57319213db89b28a9a219a8d"}}',
    ],
)
def test_pasted_error_code_matches_its_entry(message: str, shipped: Content) -> None:
    explained = [r for r in Reason if "_" in r.name and (r.case or r.guide)]
    for reason in explained:
        entry = shipped.explaining(reason.name)
        assert entry is not None
        assert found(message.format(code=reason.name), shipped) == (entry.case, entry.slug)
    # A sentence beside it says more.
    said = EXPLAINED[Reason.IDENTITY_DAILY_LIMIT]
    assert found(f"FOUR_ELEMENTS_MISMATCH {said}", shipped) == found(said, shipped)


@pytest.mark.parametrize(
    "message",
    ["NOT_FOUND", "MY_WRONG_PASSWORDS", "WRONG_PASSWORD_2", "SOMETHING_ELSE", "FORBIDDEN"],
)
def test_other_codes_match_nothing(message: str, shipped: Content) -> None:
    assert found(message, shipped) is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "请填写",
        "收不到验证码",
        "请填写身份证号码在哪里",
        "核验数据缺失",
        "有效期怎么填",
        "已注销",
    ],
)
def test_users_own_words_match_no_sentence(message: str, shipped: Content) -> None:
    assert found(message, shipped) is None
