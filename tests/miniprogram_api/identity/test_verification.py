"""Verification at the identity source: outcomes, attempts and the claim on a person."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import Full, Limit
from miniprogram_api.identity import verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from models.accounts.verifications import IdentityCheck, IdentityClaim
from models.storage import fields
from models.storage.database import database, transaction
from tests.support.people.persons import Person, person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"


def elements(of: Person, **changes: Any) -> IdentityElements:
    values = {
        "name": of.name,
        "id_number": of.id_number,
        "valid_from": of.valid_from,
        "valid_until": of.valid_until,
        **changes,
    }
    return IdentityElements(**values)


def verify(rules: Rules, of: IdentityElements, **changes: Any) -> Refused | None:
    """Verify the four elements; return the refusal, or None after a match."""
    values = {
        "session": wechat_session(),
        "address": ADDRESS,
        "purpose": "register",
        **changes,
    }
    try:
        verification.verify(rules.services, of, **values)
    except Refused as refused:
        return refused
    return None


def used(rules: Rules, limit: Limit) -> int:
    """Return the used quota of the limit's only window."""
    found = rules.services.clients.store.peek([limit], clock.milliseconds(clock.now()))
    [window] = limit.windows
    return window.limit if isinstance(found, Full) else window.limit - found.remaining[window.name]


def attempts_used(rules: Rules, of: Person) -> tuple[int, int]:
    """Return the attempts used by the person and by the address."""
    settings = rules.services.settings
    return (
        used(rules, attempts.identity_of_asker(settings, of.id_number, wechat_session())),
        used(rules, *attempts.failures_of_address(settings, wechat_session(), ADDRESS)),
    )


def test_match_uses_no_attempt_and_is_recorded(rules: Rules) -> None:
    someone = person(number=1)
    assert verify(rules, elements(someone), warnings=["name_space", "valid_until_day_off"]) is None
    row = IdentityCheck.get()
    assert (row.outcome, row.purpose, row.openid) == ("match", "register", "o-zhang")
    assert row.warnings == "name_space,valid_until_day_off"
    assert (row.long_term, row.name_has_dot, row.account) == (False, False, None)
    assert row.source_request_id
    assert attempts_used(rules, someone) == (0, 0)


@pytest.mark.parametrize(
    ("name", "reason", "outcome"),
    [
        ("张不符", Reason.FOUR_ELEMENTS_MISMATCH, "mismatch"),
        ("张无记录", Reason.IDENTITY_NO_RECORD, "no_record"),
        ("张无效", Reason.IDENTITY_INVALID, "invalid"),
    ],
)
def test_mismatch_counts_for_person_and_address(
    rules: Rules, name: str, reason: Reason, outcome: str
) -> None:
    someone = person(name, number=2)
    refused = verify(rules, elements(someone))
    assert refused is not None
    said = {"attempts_left": 4, **({} if outcome == "invalid" else {"by_photo": True})}
    assert (refused.reason, refused.case, refused.details) == (reason, 4, said)
    assert attempts_used(rules, someone) == (1, 1)
    assert IdentityCheck.get().outcome == outcome


@pytest.mark.parametrize(
    ("name", "long_term", "purpose", "case"),
    [
        ("张不符", False, "register", 4),
        ("阿不符·买", False, "register", 13),
        ("张不符", True, "register", 14),
        ("阿不符·买", True, "register", 14),
        # The name on record cannot be typed again.
        ("阿不符·买", False, "dates", 4),
        # Another end of the term does not help an invalid card.
        ("张无效", True, "register", 4),
    ],
)
def test_missing_data_names_the_most_specific_case(
    rules: Rules, name: str, long_term: bool, purpose: str, case: int
) -> None:
    someone = elements(person(name, number=3), **({"valid_until": None} if long_term else {}))
    refused = verify(rules, someone, purpose=purpose)
    assert refused is not None
    assert refused.case == case


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id_number": "110101199003079903"}, "id_number"),
        ({"name": "3"}, "name"),
        ({"valid_from": date(2024, 6, 3), "valid_until": date(2024, 6, 2)}, "valid_until"),
    ],
)
def test_value_rejected_by_the_source_is_a_refused_field(
    rules: Rules, changes: dict[str, Any], field: str
) -> None:
    someone = person(number=4)
    refused = verify(rules, elements(someone, **changes))
    assert refused is not None
    assert refused.reason is Reason.INVALID_INPUT
    # The form is right, so a person may have to look at it.
    assert refused.details["ticket"] == "identity_review"
    assert [entry["field"] for entry in refused.details["fields"]] == [field]
    assert attempts_used(rules, someone) == (0, 0)


@pytest.mark.parametrize("name", ["张源忙", "张限次"])
def test_busy_or_limited_source_uses_no_attempt(rules: Rules, name: str) -> None:
    someone = person(name, number=5)
    refused = verify(rules, elements(someone))
    assert refused is not None
    busy = name == "张源忙"
    assert refused.reason is (Reason.IDENTITY_SOURCE_BUSY if busy else Reason.IDENTITY_DAILY_LIMIT)
    assert ("retry_after" in refused.details) is not busy
    assert attempts_used(rules, someone) == (0, 0)
    assert IdentityCheck.get().outcome == ("source_error" if busy else "daily_limit")


@pytest.mark.parametrize("mode", ["slow", "error", "reset", "busy", "limit"])
def test_source_fault_uses_no_attempt(rules: Rules, mode: str) -> None:
    rules.sandbox.fault("identity", mode, seconds=1.5 if mode == "slow" else None)
    services = rules.with_settings(upstream_timeout=0.5) if mode == "slow" else rules.services
    someone = person(number=6)
    with pytest.raises(Refused) as caught:
        verification.verify(
            services,
            elements(someone),
            session=wechat_session(),
            address=ADDRESS,
            purpose="register",
        )
    limited = mode == "limit"
    assert caught.value.reason is (
        Reason.IDENTITY_DAILY_LIMIT if limited else Reason.IDENTITY_SOURCE_BUSY
    )
    assert caught.value.case == 12
    assert attempts_used(rules, someone) == (0, 0)
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1
    assert verify(rules, elements(someone)) is None


def test_a_daily_limit_ends_at_midnight_in_shanghai(rules: Rules) -> None:
    late = datetime(2026, 11, 24, 23, 59, 30, 500_000, tzinfo=clock.SHANGHAI)
    rules.sandbox.fault("identity", "limit")
    # The vendor's signature needs the true time, so only the reading of the clock afterwards moves.
    with clock.replaced(lambda: late):
        assert clock.seconds_to_midnight() == 30
    refused = verify(rules, elements(person(number=7)))
    assert refused is not None
    tomorrow = clock.now() + timedelta(seconds=refused.details["retry_after"])
    assert tomorrow.hour == 0
    assert tomorrow.date() == clock.today() + timedelta(days=1)


def test_five_mismatches_block_the_person_for_a_day(rules: Rules) -> None:
    someone = person("张不符", number=8)
    left = []
    for _ in range(5):
        refused = verify(rules, elements(someone))
        assert refused is not None
        left.append(refused.details["attempts_left"])
    assert left == [4, 3, 2, 1, 0]
    # No more tries of this user for this person, at another address and with the right name either.
    refused = verify(
        rules, elements(someone, name="张三"), address="192.0.2.8", session=wechat_session()
    )
    assert refused is not None
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert refused.case == 10
    assert 86_300 < refused.details["retry_after"] <= 86_400
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 5
    assert verify(rules, elements(person(number=9))) is None


def test_failures_block_an_address_for_an_hour(rules: Rules) -> None:
    services = rules.with_settings(wechat_failures_per_address=2)
    limited = Rules(services, rules.sandbox, rules.overrides)
    for number in (10, 11):
        verify(limited, elements(person("张不符", number=number)))
    refused = verify(limited, elements(person(number=12)))
    assert refused is not None
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert 3_500 < refused.details["retry_after"] <= 3_600
    # It was his first try: nothing may sound as if he had failed often.
    assert refused.details["scope"] == "address"
    assert sentence(refused.reason, refused.details).startswith(
        "您所在的网络核验失败过多，请换个网络或"
    )
    assert verify(limited, elements(person(number=12)), address="192.0.2.9") is None


@both_databases
def test_no_connection_is_held_during_the_source_call(rules: Rules) -> None:
    seen: list[tuple[bool, bool]] = []
    source = rules.services.clients.identity

    class Watched:
        name = source.name

        def check(self, *arguments: Any) -> Any:
            held = not database.is_closed() and type(database.obj).__name__ != "SqliteDatabase"
            seen.append((database.in_transaction() if not database.is_closed() else False, held))
            return source.check(*arguments)

    watching = replace(rules.services.clients, identity=Watched())
    watched = replace(rules, services=replace(rules.services, clients=watching))
    assert verify(watched, elements(person(number=13))) is None
    assert seen == [(False, False)]


def test_source_call_inside_a_transaction_is_an_error(rules: Rules) -> None:
    session = wechat_session()
    with pytest.raises(RuntimeError, match="transaction"), transaction():
        verify(rules, elements(person(number=14)), session=session)
    assert rules.sandbox.calls("CheckIdNameDate") == []
    assert attempts_used(rules, person(number=14)) == (0, 0)


# The claim


def test_retry_after_is_at_most_the_lease(rules: Rules) -> None:
    someone, now = person(number=21).id_number, clock.now()
    with (
        clock.replaced(lambda: now),
        verification.claimed(rules.services, someone),
        # Who comes next read his clock before the holder did.
        clock.replaced(lambda: now - timedelta(seconds=3)),
        pytest.raises(Refused) as refused,
        verification.claimed(rules.services, someone),
    ):
        pass
    lease = rules.services.settings.longest_call
    assert refused.value.details["retry_after"] == lease.total_seconds()


@both_databases
def test_one_of_many_callers_holds_the_claim(rules: Rules) -> None:
    someone = person(number=20).id_number

    def hold() -> str:
        with verification.claimed(rules.services, someone):
            # Longer than the others take to come.
            time.sleep(0.5)
        return "held"

    results = at_once([hold] * 8)
    assert results.count("held") == 1
    refusals = [r for r in results if isinstance(r, Refused)]
    assert len(refusals) == 7
    assert {r.reason for r in refusals} == {Reason.IDENTITY_CHECK_IN_PROGRESS}
    assert all(1 <= r.details["retry_after"] <= 30 for r in refusals)
    assert IdentityClaim.select().count() == 0


@both_databases
def test_claim_of_a_dead_process_expires_with_its_lease(rules: Rules) -> None:
    someone = person(number=21).id_number
    start = clock.now()
    IdentityClaim.insert(
        identity_index=someone, holder=b"gone", lease_until=start + timedelta(seconds=30)
    ).execute()
    with pytest.raises(Refused) as caught, verification.claimed(rules.services, someone):
        pass
    assert 29 <= caught.value.details["retry_after"] <= 30
    with clock.replaced(lambda: start + timedelta(seconds=30)):
        results = at_once([lambda: _hold_and_name(rules, someone)] * 6)
    holders = {r for r in results if isinstance(r, bytes)}
    assert len(holders) == 1
    assert b"gone" not in holders


def _hold_and_name(rules: Rules, id_number: str) -> bytes:
    with verification.claimed(rules.services, id_number) as claim:
        time.sleep(0.3)
        return claim.holder


@both_databases
def test_expired_holder_neither_succeeds_nor_releases_the_next_claim(
    rules: Rules,
) -> None:
    someone = person(number=22).id_number
    start = clock.now()
    with verification.claimed(rules.services, someone) as slow:
        with clock.replaced(lambda: start + timedelta(seconds=60)):
            later = verification.claimed(rules.services, someone)
            quick = later.__enter__()
        with pytest.raises(Refused) as caught, transaction():
            slow.confirm()
        assert caught.value.reason is Reason.IDENTITY_CHECK_IN_PROGRESS
        with transaction():
            quick.confirm()
    assert [row.holder for row in IdentityClaim.select()] == [quick.holder]
    later.__exit__(None, None, None)
    assert IdentityClaim.select().count() == 0


def test_only_expired_claims_are_deleted(rules: Rules) -> None:
    for number, seconds in ((27, -1), (28, 20)):
        IdentityClaim.insert(
            identity_index=person(number=number).id_number,
            holder=b"x",
            lease_until=clock.now() + timedelta(seconds=seconds),
        ).execute()
    assert verification.remove_expired_claims() == 1
    with pytest.raises(Refused), verification.claimed(rules.services, person(number=28).id_number):
        pass


def test_claim_expires_although_the_clock_was_set_back(rules: Rules) -> None:
    someone = person(number=23).id_number
    IdentityClaim.insert(
        identity_index=someone, holder=b"gone", lease_until=clock.now() + timedelta(hours=5)
    ).execute()
    with verification.claimed(rules.services, someone) as claim, transaction():
        claim.confirm()


@both_databases
def test_claim_holds_under_every_index_key(rules: Rules) -> None:
    someone = person(number=24).id_number
    old = fields.keys()
    new = fields.KeyRing(old.data, {"i9": b"9" * 32, **old.index}, old.cipher)
    # One process has the new key already, the other has not.
    with verification.claimed(rules.services, someone):
        fields.use_keys(new)
        try:
            with pytest.raises(Refused), verification.claimed(rules.services, someone):
                pass
        finally:
            fields.use_keys(old)
    fields.use_keys(new)
    try:
        with verification.claimed(rules.services, someone) as claim:
            with transaction():
                claim.confirm()
            fields.use_keys(old)
            with pytest.raises(Refused), verification.claimed(rules.services, someone):
                pass
    finally:
        fields.use_keys(old)
    assert IdentityClaim.select().count() == 0


def test_refusal_releases_the_claim(rules: Rules) -> None:
    someone = person(number=25).id_number
    with pytest.raises(KeyError), verification.claimed(rules.services, someone):
        raise KeyError
    assert IdentityClaim.select().count() == 0


def test_lease_is_longer_than_the_longest_call(rules: Rules) -> None:
    services = rules.with_settings(upstream_timeout=30)
    someone = person(number=26).id_number
    start = clock.now()
    with verification.claimed(services, someone):
        lease = IdentityClaim.get().lease_until - start
    # A call that never reached the source is made twice.
    assert lease > timedelta(seconds=2 * 30)
    with verification.claimed(rules.services, someone):
        lease = IdentityClaim.get().lease_until - clock.now()
    assert timedelta(seconds=29) < lease < timedelta(seconds=31)
