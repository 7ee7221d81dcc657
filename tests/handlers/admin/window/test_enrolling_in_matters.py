"""A person without an account in a matter: registered from its page, and back to it."""

import re

import pytest

from miniprogram_api.services import Services
from miniprogram_api.windows import matter_acts
from models.accounts.accounts import Account
from models.outbox import Notice
from tests.handlers.admin.window.test_desk import CONTACT, SEEN, opened, path_of
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.matters import form, named
from tests.support.people.accounts import account_of
from tests.support.people.captures import FILES
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service

SOMEONE = person("张三丰", number=11)
ENROL = 'data-act="enrol"'


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def test_page_of_a_matter_leads_to_registering_and_back(clerk: Desk, desk_service: Service) -> None:
    services = Services(desk_service.settings, None)  # type: ignore[arg-type]
    matter_acts.create(services, member_of("clerk"), "M-1", form((named(SOMEONE),)))
    confirming = path_of(clerk.post("/window/matters", {"document": SOMEONE.id_number}))
    page = clerk.get(confirming).text
    assert ENROL in page
    assert "data-confirming" not in page
    identity = confirming.replace("/matters", "/identity")
    identity = f"/window/registrations/{identity.split('/')[3]}/identity"
    assert f'href="/admin{identity}"' in page
    contact = path_of(clerk.post(identity, SOMEONE.four_elements))
    seen = path_of(clerk.post(contact, {**CONTACT, "phone": SOMEONE.phone}))
    clerk.post(seen, SEEN, files=FILES)
    assert Account.get().level == 4
    done = clerk.get(confirming.replace("/matters", "/done")).text
    (back,) = re.findall(r'href="/admin([^"]+)" data-act="matters"', done)
    assert back == confirming
    page = clerk.get(back).text
    assert ENROL not in page
    assert "data-confirming" in page


def test_dispute_asks_the_true_person_s_phone_and_tells_it(clerk: Desk) -> None:
    account_of(SOMEONE)
    path, true_phone = opened(clerk, SOMEONE.id_number), make_phone(72)
    filing = f"{path}/tickets?kind=identity_dispute"
    page = clerk.get(filing).text
    assert "真正本人" in page
    assert SOMEONE.phone not in page.partition('name="phone"')[2].partition(">")[0]
    typed = {"kind": "identity_dispute", "name": SOMEONE.name, "id_number": SOMEONE.id_number}
    assert clerk.post(filing, {**typed, "phone": true_phone}).status_code == 302
    told = [(one.kind, one.phone, one.account_id) for one in Notice.select()]
    assert told == [("dispute_filed", true_phone, None)]
