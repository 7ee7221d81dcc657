"""The check of names over HTTP: no token, one candidate or five, limits, wrong fields."""

import pytest

from tests.support.api.refusals import refused
from tests.support.service.service import Service, data_of, error_of

WISH = {"word": "澄岫", "industry": "餐饮", "form": "有限公司"}


def test_five_candidates_are_checked_at_once(service: Service) -> None:
    words = ["澄岫", "美国", "动力", "国际", "穹岚"]
    body = {"district": "330106", "candidates": [{**WISH, "word": word} for word in words]}
    data = data_of(service.post("/names/check", json=body), 200)
    results = [candidate["result"] for candidate in data["candidates"]]
    assert results[:4] == ["none", "refused", results[2], "hints"]
    assert sorted(candidate["rank"] for candidate in data["candidates"]) == [1, 2, 3, 4, 5]
    [finding] = [f for f in data["candidates"][1]["findings"] if f["level"] == "refuse"]
    assert (finding["rule"], finding["part"], finding["against"]) == (
        "words.states",
        "word",
        "美国",
    )
    assert finding["article"].startswith("规定第十一条第四项")
    assert data["note"] == "仅供参考，不是名称预留；以名称申报系统的结果为准。"
    assert data["scope"] == "杭州市"
    assert data["name"] is None


def test_single_form_answers_as_the_one_candidate(service: Service) -> None:
    data = data_of(service.post("/names/check", json={"district": "杭州市西湖区", **WISH}), 200)
    assert data["name"] == "杭州澄岫餐饮有限公司"
    assert data["parts"]["industry_class"] == "H62"
    assert data["candidates"][0]["name"] == data["name"]
    assert data["rules_version"].startswith("第1版")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"district": "required", "candidates.0.word": "required"}),
        ({"district": "330106", "candidates": []}, {"candidates": "no_candidate"}),
        ({"district": "330106", "candidates": [WISH] * 6}, {"candidates": "too_many"}),
        ({"district": "朝阳区", **WISH}, {"district": "ambiguous"}),
        ({"district": "330106", **WISH, "subject": "bank"}, {"subject": "not_allowed"}),
        ({"district": "330106", **WISH, "word": 3}, {"word": "wrong_type"}),
        ({"district": "330106", **WISH, "word": "红" * 41}, {"candidates.0.word": "too_long"}),
    ],
)
def test_wrong_fields_are_named(
    service: Service, body: dict[str, object], fields: dict[str, str]
) -> None:
    told = error_of(service.post("/names/check", json=body), 422, "INVALID_INPUT")["data"]["fields"]
    assert {field["field"]: field["code"] for field in told} == fields
    assert all(field["message"].endswith("。") for field in told)


def test_checks_without_a_token_are_limited_by_address(service: Service) -> None:
    sent, address = {"district": "330106", **WISH}, "203.0.113.31"
    answers = [service.post("/names/check", json=sent, address=address) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    data = refused(answers[-1], 429, "TOO_MANY_ATTEMPTS")
    assert data["scope"] == "name_checks"
    assert data["retry_after"] > 3_000


def test_name_is_cut_with_what_is_uncertain(service: Service) -> None:
    data = data_of(service.post("/names/parts", json={"name": "东方红科技有限公司"}), 200)
    assert data["parts"]["word"] == "东方红"
    [doubt] = [one for one in data["uncertain"] if one["part"] == "division"]
    assert doubt["alternatives"][0]["division"] == "东方"
    told = error_of(service.post("/names/parts", json={"name": " "}), 422, "INVALID_INPUT")
    assert told["data"]["fields"][0]["field"] == "name"


def test_trade_is_found_in_plain_words(service: Service) -> None:
    data = data_of(service.get("/names/industries", params={"query": "开奶茶店"}), 200)
    [first, *_] = data["industries"]
    assert (first["code"], first["words"][0]) == ("H62", "奶茶")
    assert len(data_of(service.get("/names/industries"))["industries"]) == 117
