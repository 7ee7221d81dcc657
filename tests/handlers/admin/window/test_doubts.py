"""The clerk's pages for an unsupported phone and for an unknown person."""

import re

import pytest

from miniprogram_api.phones import ranges
from models.accounts.accounts import Account
from tests.handlers.admin.window.test_desk import (
    CONTACT,
    SEEN,
    begin,
    once_of,
    opened,
    path_of,
)
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.captures import FILES
from tests.support.people.persons import person
from tests.support.service.service import Service

SOMEONE = person("张三丰", number=12)


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def test_phone_without_codes_is_confirmed(desk_service: Service, clerk: Desk) -> None:
    ranges.set_range("199", None, actor="test")
    contact = path_of(begin(clerk, SOMEONE.four_elements))
    values = {**CONTACT, "phone": "19912345678"}
    warned = clerk.post(contact, values)
    assert warned.status_code == 422
    assert "199号段暂不支持" in warned.text
    last = path_of(clerk.post(contact, {**values, "confirmed_contact": "phone_range_unsupported"}))
    clerk.post(last, {**SEEN, **once_of(clerk, last)}, files=FILES)
    assert Account.get().phone == "19912345678"


def test_unknown_person_is_registered_instead_of_verified(
    desk_service: Service, clerk: Desk
) -> None:
    path = opened(clerk, SOMEONE.id_number)
    page = clerk.get(f"{path}/verification").text
    assert "此人还没有账号，不能直接核验" in page
    assert "核验通过</button>" not in page
    address = re.findall(r'href="/admin(/window/registrations/[^"]+/identity)"', page)[0]
    # The number that the clerk typed is kept.
    assert f'value="{SOMEONE.id_number}"' in clerk.get(address).text
