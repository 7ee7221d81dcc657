"""GET /operator names who runs the service."""

from flask import Flask

from handlers.app import create
from tests.support.service.rules import Rules
from tests.support.service.service import Service, data_of


def test_sandbox_names_a_marked_operator(service: Service) -> None:
    operator = data_of(service.get("/operator"), 200)
    assert operator == {
        "name": "沙箱示例单位（不是真实机构）",
        "address": "沙箱示例地址（不是真实地址）",
        "phone": "010-00000000",
        "data_protection_officer": "沙箱示例负责人（不是真实的人），010-00000000",
        "program_name": "登记注册身份验证",
        "icp_number": None,
        "police_number": None,
        "reads_cards": True,
        "shared_computer": False,
    }


def test_operator_comes_from_the_settings(rules: Rules) -> None:
    given = {
        "operator_name": "某省市场监督管理局",
        "operator_address": "某省某市示例路1号",
        "operator_phone": "0731-80000000",
        "operator_dpo": "信息中心张主任，0731-80000001",
        "program_name": "某省登记实名",
        "icp_number": "湘ICP备00000000号",
        "police_number": "湘公网安备00000000000000号",
    }
    app: Flask = create(rules.with_settings(**given, card_ocr="off"))
    data = app.test_client().get("/api/v1/operator").get_json()["data"]
    names = (
        "name", "address", "phone", "data_protection_officer",
        "program_name", "icp_number", "police_number",
    )  # fmt: skip
    assert data == {
        **dict(zip(names, given.values(), strict=True)),
        "reads_cards": False,
        "shared_computer": False,
    }


def test_computers_of_a_hall_are_known(rules: Rules) -> None:
    app: Flask = create(
        rules.with_settings(hall_networks="10.1.2.0/24", trusted_proxies="127.0.0.1")
    )
    client = app.test_client()
    for address, is_shared in (("10.1.2.9", True), ("10.1.3.9", False)):
        answer = client.get("/api/v1/operator", headers={"X-Forwarded-For": address})
        assert answer.get_json()["data"]["shared_computer"] is is_shared
