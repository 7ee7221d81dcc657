"""Webhooks of registration systems: causes, signature, order and retries."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.accounts import accounts, authorisation, cancellation, levels, switching
from miniprogram_api.delivery import dead_letters, webhooks
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Refused
from miniprogram_api.registrars import (
    queries as registrars,
)
from miniprogram_api.registrars import (
    signatures as registrar_signatures,
)
from miniprogram_api.registrars import (
    systems as registrar_systems,
)
from miniprogram_api.registrars import (
    watches as registrar_watches,
)
from miniprogram_api.registrars.queries import Asked
from miniprogram_api.registrars.signatures import SignedRequest
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import FROZEN, Account
from models.registrars import RegistrarEvent, RegistrarWatch
from models.storage.database import database, transaction
from models.storage.fields import DecryptionFailed
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person(number=41)


def system(rules: Rules, **changes: Any) -> registrar_systems.Issued:
    values = {
        "name": "企业登记系统",
        "daily_quota": 100,
        "webhook_url": f"{rules.sandbox.url}/sandbox/registrar/hook",
        "actor": "test",
        **changes,
    }
    return registrar_systems.issue(rules.services.settings, **values)


def ask(key: registrar_systems.Issued, matter: str = "M-1", name: str = SOMEONE.name) -> str:
    """Query SOMEONE; return the reason of the answer."""
    (verdict,) = registrars.query(key.key_id, matter, [Asked(name, SOMEONE.id_number, "股东")])
    return verdict.standing.reason


def ready_account(**changes: Any) -> Account:
    values = {
        "level": 4,
        "verified_by": "face",
        "authorization_enabled": True,
        "authorization_until": clock.today() + timedelta(days=5),
        **changes,
    }
    return account_of(SOMEONE, **values)


def work(rules: Rules) -> None:
    """Run every job that is due now."""
    while jobs.work_once(rules.services, clock.now()):
        pass


def told(rules: Rules) -> list[tuple[str, str]]:
    """Run all jobs; return type and reason of every event sent to the system, in order."""
    work(rules)
    bodies = [json.loads(event["body"]) for event in rules.sandbox.hook_events()]
    return [(body["type"], body["person"]["reason"]) for body in bodies]


def change(account: Account, **values: Any) -> None:
    with transaction():
        Account.update(**values).where(Account.id == account.id).execute()
        registrar_watches.account_changed(account.id)


def switch_off(rules: Rules, account: Account) -> None:
    authorisation.switch(
        rules.services,
        account.id,
        enabled=False,
        until=None,
        session=account_session(account),
        proof=PhoneProof(),
    )


@BOTH
def test_webhook_is_sent_when_a_person_becomes_ready_and_unready(rules: Rules) -> None:
    key = system(rules)
    account = account_of(SOMEONE)
    assert ask(key) == "level_too_low"
    with transaction():
        levels.raise_to_verified(account.id, "face", actor="test")
    assert told(rules) == []
    until = clock.today() + timedelta(days=3)
    change(account, authorization_enabled=True, authorization_until=until)
    assert told(rules) == [("person.ready", "ok")]
    switch_off(rules, fresh(account))
    assert told(rules)[1:] == [("person.not_ready", "off")]

    first, second = (json.loads(event["body"]) for event in rules.sandbox.hook_events())
    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["person"] == {
        "verified": True,
        "verified_by": "face",
        "level": 4,
        "authorized_until": until.isoformat(),
        "reason": "ok",
    }
    assert [(one["matter"], one["role"]) for one in first["receipts"]] == [("M-1", "股东")]
    for personal in (SOMEONE.name, SOMEONE.id_number):
        assert personal not in repr(rules.sandbox.hook_events())


def test_event_signature_uses_the_request_scheme(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    switch_off(rules, account)
    work(rules)
    (event,) = rules.sandbox.hook_events()
    headers = event["headers"]
    request = SignedRequest(
        headers["X-Key-Id"],
        headers["X-Timestamp"],
        headers["X-Nonce"],
        "",
        "POST",
        "/sandbox/registrar/hook",
        event["body"].encode(),
    )
    secret = base64.b64decode(key.secret)
    assert headers["X-Signature"] == registrar_signatures.sign(secret, request)
    assert headers["X-Key-Id"] == key.key_id
    assert headers["X-Event-Id"] == json.loads(event["body"])["event_id"]


def cancel(rules: Rules, account: Account) -> None:
    cancellation.cancel_by_hand(account.id, "不再使用", actor="test")


def revoke_level(rules: Rules, account: Account) -> None:
    change(account, level=3, verified_by=None)


def reset(rules: Rules, account: Account) -> None:
    with transaction():
        locked = accounts.locked_for_change(account.id)
        switching.close(locked, "password_reset", phone=locked.phone, actor="test")


@pytest.mark.parametrize(
    ("lose", "reason"),
    [
        (cancel, "cancelled"),
        (switch_off, "off"),
        (reset, "off"),
        (revoke_level, "level_too_low"),
    ],
)
def test_every_loss_of_readiness_is_sent(
    rules: Rules, lose: Callable[[Rules, Account], None], reason: str
) -> None:
    key = system(rules)
    account = ready_account()
    assert ask(key) == "ok"
    lose(rules, account)
    assert told(rules) == [("person.not_ready", reason)]


@BOTH
@pytest.mark.parametrize(
    ("columns", "days", "reason"),
    [
        ({"authorization_until": 5}, 6, "ended"),
        ({"authorization_until": 9, "valid_until": 2}, 3, "card_expired"),
    ],
)
def test_expiry_by_date_is_sent_the_next_day(
    rules: Rules, columns: dict[str, int], days: int, reason: str
) -> None:
    key = system(rules)
    ready_account(
        long_term=False,
        **{name: clock.today() + timedelta(days=count) for name, count in columns.items()},
    )
    assert ask(key) == "ok"
    with Time(clock.now()).running() as time:
        time.advance(days=days - 1)
        assert registrar_watches.check_due() == 1
        assert told(rules) == []
        time.advance(days=1)
        assert registrar_watches.check_due() == 1
        assert registrar_watches.check_due() == 0
        assert told(rules) == [("person.not_ready", reason)]


def test_unreadable_person_does_not_block_other_events(rules: Rules) -> None:
    damaged, key = system(rules), system(rules, name="年报系统")
    ready_account()
    assert [ask(damaged), ask(key)] == ["ok", "ok"]
    first = RegistrarWatch.get(RegistrarWatch.key == damaged.key_id)
    statement = "UPDATE registrar_watch SET id_number = ? WHERE id = ?"
    with Time(clock.now()).running() as time:
        time.advance(days=6)
        database.execute_sql(statement, (b"damaged", first.id))
        with pytest.raises(DecryptionFailed):
            registrar_watches.check_due()
        events = RegistrarEvent.select(RegistrarEvent.kind, RegistrarEvent.watch)
        assert [(event.kind, event.watch_id > first.id) for event in events] == [
            ("person.not_ready", True)
        ]


def test_extended_authorisation_is_sent_and_other_changes_are_not(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    change(account, username="other")
    assert told(rules) == []
    change(account, authorization_until=clock.today() + timedelta(days=8))
    assert told(rules) == [("person.ready", "ok")]


def test_only_systems_with_a_recent_matching_query_are_notified(rules: Rules) -> None:
    key, silent = system(rules), system(rules, webhook_url="")
    account = account_of(SOMEONE)
    assert ask(key, name="李四") == "not_found"
    ask(silent)
    until = clock.today() + timedelta(days=200)
    change(account, level=4, authorization_enabled=True, authorization_until=until)
    assert told(rules) == []
    assert ask(key) == "ok"
    with Time(clock.now()).running() as time:
        time.advance(days=91)
        change(account, authorization_enabled=False)
        assert told(rules) == []
        time.advance(days=120)
        registrar_watches.remove_old()
        assert RegistrarWatch.select().count() == 0


def test_dispute_and_its_end_are_sent_to_receipt_holders(rules: Rules) -> None:
    key, other = system(rules), system(rules, name="年报系统")
    account = ready_account()
    ask(key)
    with Time(clock.now()).running() as time:
        time.advance(days=120)
        assert ask(other) in ("ended", "card_expired")
        with transaction():
            Account.update(status=FROZEN).where(Account.id == account.id).execute()
            registrar_watches.disputed(account.id)
        assert told(rules) == [("person.disputed", "frozen")] * 2
        asked_long_ago = json.loads(rules.sandbox.hook_events()[0]["body"])
        assert len(asked_long_ago["receipts"]) == 1
        cancellation.cancel_by_hand(account.id, "冒名", actor="test")
        assert told(rules)[2:] == [("person.not_ready", "cancelled")] * 2


def test_on_site_verification_is_sent(rules: Rules) -> None:
    key = system(rules)
    ready_account()
    ask(key)
    ticket = opening.open_ticket(
        rules.services,
        Opening(
            kind="identity_dispute",
            source="user",
            openid="o-victim",
            subject=Subject(SOMEONE.name, SOMEONE.id_number),
        ),
    )
    # An unproved claim notifies no system.
    assert told(rules) == []
    seen = on_site(["id_card"], "人证一致", "窗口现场")
    window_desk.card_seen(member_of("clerk"), ticket.id, seen)
    assert told(rules) == [("person.disputed", "frozen")]


@BOTH
def test_change_during_a_query_is_sent(rules: Rules) -> None:
    """The answer includes the change, or an event is sent."""
    account = ready_account()
    for number in range(6):
        key, enabled = system(rules), bool(number % 2)
        said, _ = at_once(
            [lambda key=key: ask(key), lambda on=enabled: change(account, authorization_enabled=on)]  # type: ignore[misc, list-item]
        )
        watch = RegistrarWatch.get(RegistrarWatch.key == key.key_id)
        assert json.loads(watch.told)["reason"] == ("ok" if enabled else "off"), (number, said)
        assert (watch.sequence == 0) == (said == json.loads(watch.told)["reason"])


@BOTH
def test_failing_system_is_retried_in_order(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    rules.sandbox.fault("registrar", "error", 1)
    with Time(clock.now()).running() as time:
        change(account, authorization_enabled=False)
        change(account, authorization_enabled=True)
        assert told(rules) == []
        (first, second) = webhooks.of_persons(key.key_id)[::-1]
        assert (first.state, first.status, second.attempts) == ("waiting", 500, 0)
        time.advance(seconds=6)
        assert told(rules) == [("person.not_ready", "off"), ("person.ready", "ok")]
        time.advance(minutes=5)
        assert len(told(rules)) == 2
    assert RegistrarEvent.select().where(RegistrarEvent.due_at.is_null(False)).count() == 0


def test_undeliverable_event_becomes_a_dead_letter(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    rules.sandbox.fault("registrar", "busy", 1_000)
    with Time(clock.now()).running() as time:
        change(account, authorization_enabled=False)
        for _ in range(14):
            work(rules)
            time.advance(hours=1)
        (letter,) = dead_letters.list_all()
        assert "503" in letter.letter.cause
        assert len(dead_letters.list_all()) == 1
        rules.sandbox.fault("registrar", "ok")
        time.advance(hours=1)
        assert told(rules) == []
        dead_letters.send_again(letter.key, actor="test")
        assert told(rules) == [("person.not_ready", "off")]
        assert dead_letters.list_all() == []
        with pytest.raises(Refused):
            dead_letters.send_again(letter.key, actor="test")


def test_several_workers_send_each_event_once_in_order(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    for enabled in (False, True, False, True):
        change(account, authorization_enabled=enabled)
    at_once([lambda: work(rules) for _ in range(4)])
    sequences = [json.loads(e["body"])["sequence"] for e in rules.sandbox.hook_events()]
    assert sequences == [1, 2, 3, 4]


def change_and_fail(account: Account) -> None:
    with transaction():
        Account.update(authorization_enabled=False).execute()
        registrar_watches.account_changed(account.id)
        raise ZeroDivisionError


def test_rolled_back_change_sends_nothing(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    with pytest.raises(ZeroDivisionError):
        change_and_fail(account)
    assert told(rules) == []
    assert RegistrarEvent.select().count() == 0


def test_revoked_system_receives_nothing(rules: Rules) -> None:
    key = system(rules)
    account = ready_account()
    ask(key)
    change(account, authorization_enabled=False)
    registrar_systems.revoke(key.key_id, actor="test")
    assert told(rules) == []
    (delivery,) = webhooks.of_persons(key.key_id)
    assert delivery.state == "failed"
