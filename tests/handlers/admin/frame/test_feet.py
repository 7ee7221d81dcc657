"""Every page that the service renders itself names the processor at its foot."""

import pytest

from handlers.app import create
from miniprogram_api.accounts import processor
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.rules import Rules
from tests.support.service.service import Service


def named_in(page: str, service: Rules) -> list[str]:
    """Return what a page names of the processor."""
    found = processor.of(service.services.settings)
    parts = (found.name, found.address, found.phone, found.data_protection_officer)
    assert all(parts)
    return [part for part in parts if part in page]


@pytest.mark.parametrize("path", ["/verify", "/docs", "/admin/sign-in"])
def test_public_page_names_the_processor(rules: Rules, path: str) -> None:
    page = create(rules.services).test_client().get(path).get_data(as_text=True)
    assert len(named_in(page, rules)) == 4
    assert "/m/#/pages/privacy/index" in page


def test_page_for_staff_names_the_processor(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of("operator", name="孙编辑")))
    page = desk.get("/")
    assert page.status_code == 200
    foot = page.text.partition("<footer")[2]
    assert "沙箱示例单位（不是真实机构）" in foot
    assert "沙箱示例负责人" in foot
