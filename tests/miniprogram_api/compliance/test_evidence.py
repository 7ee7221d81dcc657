"""The evidence of a year: what the records say, nothing personal."""

import json
from datetime import timedelta

from miniprogram_api import audit, clock
from miniprogram_api.compliance import evidence
from miniprogram_api.incidents import register
from miniprogram_api.retention import Kept
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.desks.tickets import Ticket
from models.storage.database import transaction
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules


def test_year_in_figures(rules: Rules) -> None:
    someone = person("王小明", number=9881)
    account = account_of(someone)
    asked = Opening(kind="other", source="user", account_id=account.id, description="为什么")
    opening.open_ticket(rules.services, asked)
    Ticket.update(due_at=clock.now() - timedelta(days=1)).execute()
    register.enter(title="演练", kind="outage", description="演练", known_at=None, actor="staff:1")
    with transaction():
        audit.write("admin:audit:exported", actor="staff:1")

    year = clock.today().year
    content = evidence.of_year(rules.services.settings, year)
    assert content["requests"]["other"] == {"opened": 1, "answered": 0, "late": 1}
    assert [one["title"] for one in content["incidents"]] == ["演练"]
    assert content["acts"]["admin:audit:exported"] == 1
    assert content["accounts"] == {"active": 1}
    assert [*content["terms"]] == [row.name for row in Kept]
    assert content["evidence_chains"]["faults"] == []
    assert len(content["consent_texts"]) > 3
    text = json.dumps(content, ensure_ascii=False)
    for personal in (someone.name, someone.id_number, someone.phone):
        assert personal not in text
    settings = rules.services.settings
    for secret in (settings.data_keys, settings.ledger_keys):
        assert secret.get_secret_value() not in text

    before = evidence.of_year(settings, year - 1)
    assert (before["requests"], before["incidents"], before["acts"]) == ({}, [], {})
