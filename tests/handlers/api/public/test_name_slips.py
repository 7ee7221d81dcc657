"""Slips of checked names over HTTP, the page that verifies them, and the divisions of a seat."""

import re

from tests.support.pdf import text_of
from tests.support.service.service import Service, data_of, error_of

WISH = {"word": "红光", "industry": "餐饮", "form": "有限公司"}


def test_slip_is_a_pdf_whose_code_is_verified(service: Service) -> None:
    body = {"district": "330106", "candidates": [WISH, {**WISH, "word": "青山绿水"}]}
    answer = service.post("/names/slips", json=body)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    said = text_of(answer.content)
    assert "杭州青山绿水餐饮有限公司" in said
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", said)
    assert code is not None
    page = service.get(f"/verify/{code[0].lower()}", base="")
    assert page.status_code == 200
    for text in (
        "核名参考单",
        "杭州红光餐饮有限公司",
        "仅供参考",
        "没有有效期；可以查验到",
        code[0],
    ):
        assert text in page.text
    assert service.get("/verify/0000-0000-0000-0000", base="").status_code == 404


def test_slip_names_wrong_fields_as_the_check_does(service: Service) -> None:
    body = {"district": "330106", "candidates": [{**WISH, "word": ""}]}
    for path in ("/names/check", "/names/slips"):
        fields = error_of(service.post(path, json=body), 422, "INVALID_INPUT")["data"]["fields"]
        assert [field["field"] for field in fields] == ["candidates.0.word"]


def test_divisions_are_listed_level_by_level(service: Service) -> None:
    def below(code: str) -> dict[str, str]:
        found = data_of(service.get("/names/divisions", params={"under": code}))["divisions"]
        return {one["name"]: one["code"] for one in found}

    provinces = below("")
    assert len(provinces) >= 31
    cities = below(provinces["浙江省"])
    assert cities["杭州市"] == "330100"
    assert below("330100")["西湖区"] == "330106"
    # A municipality has no cities, a county nothing below, and some cities no counties.
    assert below(provinces["北京市"])["海淀区"] == "110108"
    assert below("330106") == below("441900") == below("999999") == {}
    # A county that belongs to no city stands beside the cities of its province.
    assert below("420000")["仙桃市"] == "429004"
