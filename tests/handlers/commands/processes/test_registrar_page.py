"""The sandbox's page of the registration system works at once, with a key made at the start."""

import requests

from miniprogram_api.registrars import systems
from models.registrars import RegistrarKey
from tests.support.people.persons import person
from tests.support.service.rules import Rules
from tests.support.service.service import Service


def test_page_creates_a_matter_without_a_command(service: Service) -> None:
    address = f"{service.sandbox.url}/sandbox/registrar/matters/"
    assert "先填登记系统的密钥" not in requests.get(address, timeout=10).text
    someone = person(number=5)
    form = {
        "subject": "示例科技有限公司",
        "kind": "establishment",
        "capital": "100万元",
        "persons": f"{someone.name} {someone.id_number} 股东 {someone.phone}",
    }
    created = requests.post(address, data=form, timeout=10, allow_redirects=False)
    assert created.status_code == 303, created.text
    page = requests.get(address, timeout=10).text
    assert "收件待实名查验" in page


def test_key_is_made_once_and_follows_the_port(rules: Rules) -> None:
    settings = rules.services.settings
    first = systems.of_sandbox(settings, "http://127.0.0.1:8001/hook")
    again = systems.of_sandbox(settings, "http://127.0.0.1:8011/hook")
    assert (again.key_id, again.secret) == (first.key_id, first.secret)
    (row,) = RegistrarKey.select()
    assert (row.webhook_url, row.active) == ("http://127.0.0.1:8011/hook", True)
    systems.revoke(first.key_id, actor="test")
    assert systems.of_sandbox(settings, "http://127.0.0.1:8001/hook").key_id != first.key_id
