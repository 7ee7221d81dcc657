"""Versions of a matter: which lines begin anew, and what a person's digest covers."""

import random
from dataclasses import replace as changed
from functools import partial
from typing import Any

import pytest

from miniprogram_api.accounts import accounts
from miniprogram_api.matter_lines import content, finding, holders, states
from miniprogram_api.matters import versions
from miniprogram_api.matters.forms import Detail, Form, Named
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.matters.decisions import Decision
from models.matters.matters import CONFIRMED, PENDING, REFUSED, WAITING, Line, Matter
from models.storage.database import transaction
from tests.support.matters.matters import (
    PEOPLE,
    accept,
    confirm,
    events_of,
    form,
    lines_of,
    matter_of,
    named,
    refuse,
    states_of,
    verified,
)
from tests.support.service.rules import Rules, at_once

ZHANG, LI, WANG = PEOPLE
BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def put(services: Services, matter: Matter, new: Form, version: int | None = None) -> Matter:
    known = Matter.get_by_id(matter.id).version if version is None else version
    return versions.replace(
        services, matter.public_id, new, version=known, maker=matter.maker, actor="test"
    )


def digest(matter: Matter, account: Account) -> str:
    fresh = Matter.get_by_id(matter.id)
    return content.digest_of(fresh, finding.own_lines(fresh, account))


def test_unchanged_persons_keep_line_state_and_digest(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    confirm(rules.services, matter, zhang)
    seen, (line, _) = digest(matter, zhang), lines_of(matter)

    # Another phone and another order change nothing that he confirmed.
    put(rules.services, matter, form([named(WANG), named(ZHANG, phone="13800138099")]))
    _, kept = lines_of(matter)
    assert (kept.public_id, kept.receipt, kept.phone) == (
        line.public_id,
        line.receipt,
        "13800138099",
    )
    assert digest(matter, zhang) == seen
    assert states_of(matter) == (WAITING, [PENDING, CONFIRMED])
    # Without the person who had not confirmed, all have.
    put(rules.services, matter, form([named(ZHANG)]))
    assert states_of(matter) == (CONFIRMED, [CONFIRMED])
    assert [kind for _, kind in events_of(matter)] == ["matter.line_confirmed", "matter.confirmed"]
    assert Line.select().where(Line.removed_in.is_null(False)).count() == 2


@pytest.mark.parametrize("redo", ["changed", "all"])
def test_changed_persons_or_all_begin_anew(rules: Rules, redo: str) -> None:
    services = rules.with_settings(matter_redo=redo)
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(services, [named(ZHANG), named(LI)])
    confirm(services, matter, zhang)
    put(services, matter, form([named(ZHANG), named(LI, "经理")]))
    kept = CONFIRMED if redo == "changed" else PENDING
    assert states_of(matter) == (WAITING, [kept, PENDING])
    # A refusal ends with the version that it was said of.
    refuse(services, matter, li, "unwilling")
    assert states_of(matter)[0] == REFUSED
    put(services, matter, form([named(ZHANG), named(LI, "经理")]))
    assert states_of(matter) == (WAITING, [kept, PENDING])


def test_changed_content_changes_every_digest(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    seen = digest(matter, zhang)
    confirm(rules.services, matter, zhang)
    other = form([named(ZHANG)], details=(Detail("注册资本", "500万元"),))
    put(rules.services, matter, other)
    assert digest(matter, zhang) != seen
    assert states_of(matter) == (WAITING, [PENDING])
    assert lines_of(matter)[0].since_version == 2


@BOTH
def test_one_of_two_concurrent_versions_is_stored(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    forms = [form([named(ZHANG), named(LI, f"董事{number}")]) for number in range(4)]
    results = at_once([partial(put, rules.services, matter, new, 1) for new in forms])
    refused = [result.reason for result in results if isinstance(result, Refused)]
    assert refused == [Reason.MATTER_CHANGED] * 3
    assert Matter.get_by_id(matter.id).version == 2
    assert len(lines_of(matter)) == 2


def test_random_acts_keep_matter_events_and_records_together(rules: Rules) -> None:
    services, choose = rules.services, random.Random(20)
    found = [verified(someone) for someone in PEOPLE]
    persons = [named(someone, role) for someone in PEOPLE for role in ("股东", "董事")]
    matter = matter_of(services, persons)

    def version(_account: Account) -> None:
        kept: list[Named] = choose.sample(persons, choose.randint(2, 6))
        new = form(kept)
        put(services, matter, changed(new, district=choose.choice([None, "示例县"])))

    def freeze(account: Account) -> None:
        with transaction():
            row: Any = Account.locked(account.id)
            if row.status == "frozen":
                accounts.unfreeze(row)
            else:
                accounts.freeze(row)
            holders.account_changed(account.id)

    acts = [
        *[lambda account: confirm(services, matter, account)] * 6,
        lambda account: confirm(services, matter, account, "股东"),
        lambda account: refuse(services, matter, account),
        version,
        freeze,
    ]
    done = 0
    for _ in range(150):
        try:
            choose.choice(acts)(choose.choice(found))
            done += 1
        except Refused:
            # A frozen account, a decided line, a matter that another person refused.
            pass
        state, lines = states_of(matter)
        assert state == states.followed(state, lines)
        for line in lines_of(matter):
            assert (line.receipt is not None) == (line.state in (CONFIRMED, "lost"))
            if line.state == CONFIRMED:
                assert Account.get_by_id(line.account_id).status == "active"
    events = events_of(matter)
    assert [sequence for sequence, _ in events] == list(range(1, len(events) + 1))
    decided = ("matter.line_confirmed", "matter.line_refused")
    assert Decision.select().count() == sum(kind in decided for _, kind in events)
    assert done > 50
    with pytest.raises(Refused):
        accept(services, matter, version=0)
