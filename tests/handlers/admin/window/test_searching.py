"""Searching a person without an ID number: by phone and name, or by a passport's number."""

import re

import pytest

from miniprogram_api.matters.forms import Document, Named
from miniprogram_api.services import Services
from miniprogram_api.windows import matter_acts
from models.desks.audit import AuditEntry
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.matters import form
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.service import Service

SOMEONE, OTHER = person("张三丰", number=11), person("李四", number=12)
PASSPORT = "E12345678"


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def search(desk: Desk, **typed: str) -> str:
    return str(desk.post("/window/search", {"reason": "at_window", **typed}).text)


def test_phone_and_name_find_a_masked_person(clerk: Desk) -> None:
    account_of(SOMEONE)
    account_of(OTHER, phone=SOMEONE.phone, phone_index=SOMEONE.phone)
    page = search(clerk, phone=SOMEONE.phone, name=SOMEONE.name)
    assert 'data-hits="1"' in page
    assert "张**" in page
    assert SOMEONE.id_number not in page
    assert 'data-hits="0"' in search(clerk, phone=SOMEONE.phone, name="张三")
    (path,) = re.findall(r'href="/admin(/window/persons/[^"]+)"', page)
    shown = clerk.get(path).text
    assert 'data-person="masked"' in shown
    lines = [(one.tag, one.account_id) for one in AuditEntry.select().order_by(AuditEntry.id)]
    tags = [tag for tag, _ in lines if tag.startswith("staff:person")]
    assert tags == ["staff:person:looked_up", "staff:person:searched", "staff:person:searched"]


def test_passport_leads_to_the_matters_of_its_holder(clerk: Desk, desk_service: Service) -> None:
    someone = Named("JOHN SAMPLE", Document("passport", PASSPORT), "董事")
    services = Services(desk_service.settings, None)  # type: ignore[arg-type]
    matter_acts.create(services, member_of("clerk"), "M-1", form((someone,)))
    page = search(clerk, document=PASSPORT.lower())
    assert 'data-hits="1"' in page
    assert PASSPORT not in page.replace(f'value="{PASSPORT.lower()}"', "")
    (path,) = re.findall(r'href="/admin(/window/persons/[^"]+/matters)"', page)
    assert "JOHN SAMPLE" in clerk.get(path).text


def test_reason_phone_and_name_are_asked(clerk: Desk) -> None:
    wrong = clerk.post("/window/search", {"phone": "12", "name": "", "reason": "other"})
    assert wrong.status_code == 422
    for sentence in ("请写明查看的原因", "姓名"):
        assert sentence in wrong.text
    number = clerk.post("/window/search", {"document": SOMEONE.id_number, "reason": "at_window"})
    assert number.status_code == 422
    assert "身份证号码请在上面查找" in number.text
