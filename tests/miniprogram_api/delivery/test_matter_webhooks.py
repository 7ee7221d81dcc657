"""Events of matters at their system: signed, in order, without names; retries and dead letters."""

import json
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.accounts import accounts
from miniprogram_api.delivery import dead_letters, webhooks
from miniprogram_api.matter_lines import events, finding, holders
from miniprogram_api.matters import expiry
from miniprogram_api.sheets.pictures import PICTURES_DUE
from miniprogram_api.texts import words
from models.accounts.accounts import Account
from models.matters.events import MatterEvent
from models.storage.database import transaction
from tests.support.matters.matters import (
    PEOPLE,
    accept,
    confirm,
    matter_of,
    named,
    refuse,
    states_of,
    system,
    verified,
)
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules

ZHANG, LI, _ = PEOPLE


def test_every_event_has_a_name_on_the_page_of_its_system() -> None:
    kinds = {value for name, value in vars(events).items() if name.isupper() and "." in str(value)}
    assert {*kinds, PICTURES_DUE} <= set(words("registrars.kinds"))


def told(rules: Rules) -> list[dict[str, Any]]:
    """Run all jobs that are due; return the bodies that the system got."""
    while jobs.work_once(rules.services, clock.now()):
        pass
    return [json.loads(event["body"]) for event in rules.sandbox.hook_events()]


def test_events_arrive_in_order_and_name_nobody(rules: Rules) -> None:
    hook = f"{rules.sandbox.url}/sandbox/registrar/hook"
    zhang, li = verified(ZHANG), verified(LI)
    time = Time(clock.now())
    with time.running():
        maker = system(rules.services, webhook_url=hook)
        matter = matter_of(rules.services, [named(ZHANG), named(LI, "经理")], maker=maker)
        confirm(rules.services, matter, zhang)
        confirm(rules.services, matter, li)
        refuse(rules.services, matter, li, "unwilling")
        time.advance(days=31)
        assert expiry.expire_due() == 1
        assert expiry.expire_due() == 0
        bodies = told(rules)

    assert [(body["sequence"], body["type"]) for body in bodies] == [
        (1, "matter.line_confirmed"),
        (2, "matter.line_confirmed"),
        (3, "matter.confirmed"),
        (4, "matter.line_refused"),
        (5, "matter.expired"),
    ]
    assert bodies[3]["matter"] == {
        "matter_id": matter.public_id,
        "number": "M-1",
        "version": 1,
        "state": "refused",
    }
    line = {"role": "经理", "state": "refused", "reason": "unwilling"}
    assert bodies[3]["lines"] == [{"line_id": finding.lines(matter)[1].public_id, **line}]
    assert bodies[0]["matter"]["state"] == "waiting"
    for secret in (ZHANG.name, LI.name, ZHANG.id_number, "示例科技"):
        assert secret not in str(bodies)


def test_failed_event_is_a_dead_letter_and_sent_again(rules: Rules) -> None:
    zhang, time = verified(ZHANG), Time(clock.now())
    with time.running():
        # Nothing listens there.
        maker = system(rules.services, webhook_url="http://127.0.0.1:9/hook")
        matter = matter_of(rules.services, [named(ZHANG)], maker=maker)
        confirm(rules.services, matter, zhang)
        for _ in range(16):
            told(rules)
            time.advance(hours=1)
        letters = dead_letters.page(limit=10)
        assert [letter.kind for letter in letters] == [webhooks.MATTERS.name] * 2
        assert len(dead_letters.list_all()) == 2
        assert dead_letters.page(limit=10, before=letters[-1].place) == []
        dead_letters.send_again(letters[0].key, actor="test")
        assert len(dead_letters.list_all()) == 1


def test_without_a_webhook_events_are_only_noted(rules: Rules) -> None:
    zhang = verified(ZHANG)
    confirm(rules.services, matter_of(rules.services, [named(ZHANG)]), zhang)
    assert MatterEvent.select().where(MatterEvent.since.is_null()).count() == 2
    assert told(rules) == []


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_many_events_of_one_matter_are_all_delivered(rules: Rules) -> None:
    hook = f"{rules.sandbox.url}/sandbox/registrar/hook"
    zhang, time = verified(ZHANG), Time(clock.now())
    with time.running():
        maker = system(rules.services, webhook_url=hook)
        matter = matter_of(rules.services, [named(ZHANG)], maker=maker)
        for _ in range(6):
            confirm(rules.services, matter, zhang)
            refuse(rules.services, matter, zhang)
        for _ in range(4):
            bodies = told(rules)
            time.advance(minutes=2)
        assert [body["sequence"] for body in bodies] == list(range(1, 19))


def test_system_is_told_of_a_dispute_after_acceptance(rules: Rules) -> None:
    hook = f"{rules.sandbox.url}/sandbox/registrar/hook"
    zhang = verified(ZHANG)
    maker = system(rules.services, webhook_url=hook)
    matter = matter_of(rules.services, [named(ZHANG)], maker=maker)
    confirm(rules.services, matter, zhang)
    (line,) = accept(rules.services, matter)
    with transaction():
        accounts.freeze(Account.locked(zhang.id))
        holders.disputed(zhang.id)
    last = told(rules)[-1]
    assert last["type"] == "person.disputed"
    assert last["receipts"] == [{"receipt": line.receipt, "matter": "M-1", "role": "股东"}]
    assert states_of(matter) == ("accepted", ["confirmed"])
