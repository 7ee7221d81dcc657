"""Passkeys of staff: registered, asked for, accepted once, and what they are required for."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding
from miniprogram_api.services import Services
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import passkeys
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.staff.sessions import SignedIn
from models.accounts.accounts import Account
from models.desks.staff import StaffMember as Row
from models.desks.staff import StaffPasskey, StaffPasskeyUse, StaffSession
from tests.support.admin import holds
from tests.support.admin.passkeys import SoftAuthenticator
from tests.support.admin.staff import STAFF_PASSWORD, member_of, token_of
from tests.support.people.accounts import ADDRESS
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ORIGIN = "https://desk.test"


def reason_of(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def found(services: Services, token: str) -> StaffMember:
    member = staff_sessions.find_session(services, token)
    assert member is not None
    return member


def registered(services: Services, member: StaffMember) -> tuple[SoftAuthenticator, str]:
    """Register a passkey in a session that a password opened; return it and the session."""
    key, token = SoftAuthenticator(ORIGIN), token_of(member)
    answer = key.create(passkeys.registration_options(member, ORIGIN))
    passkeys.register(found(services, token), token, answer, "办公电脑", origin=ORIGIN)
    return key, token


def signed_in(services: Services, key: SoftAuthenticator) -> SignedIn:
    answer = key.get(passkeys.sign_in_options(ORIGIN))
    return staff_sessions.sign_in_by_passkey(services, answer, origin=ORIGIN)


def required(rules: Rules) -> Services:
    settings = rules.services.settings.model_copy(update={"staff_passkeys": "required"})
    return Services(settings, rules.services.clients)


@BOTH
def test_passkey_opens_a_session_without_password(rules: Rules) -> None:
    member = member_of("editor")
    key, token = registered(rules.services, member)
    assert found(rules.services, token).by_passkey
    done = signed_in(rules.services, key)
    assert (done.member.id, done.member.by_passkey, done.member.pending) == (
        member.id,
        True,
        frozenset(),
    )
    (listed,) = passkeys.listed(member)
    assert (listed.name, listed.last_used_at is not None) == ("办公电脑", True)


@BOTH
def test_answer_is_accepted_once_at_the_same_moment(rules: Rules) -> None:
    key, _ = registered(rules.services, member_of("editor"))
    answer = key.get(passkeys.sign_in_options(ORIGIN))

    def send() -> SignedIn:
        return staff_sessions.sign_in_by_passkey(rules.services, answer, origin=ORIGIN)

    answers = at_once([send] * 3)
    assert sum(isinstance(one, SignedIn) for one in answers) == 1
    later = clock.now() + timedelta(hours=2)
    with clock.replaced(lambda: later):
        # The registration's, and the sign-in's.
        assert passkeys.remove_expired() == 2


def of_another_origin(key: SoftAuthenticator) -> str:
    key.origin = "https://desk.evil"
    return key.get(passkeys.sign_in_options(ORIGIN))


def without_pin_or_finger(key: SoftAuthenticator) -> str:
    key.verifies = False
    return key.get(passkeys.sign_in_options(ORIGIN))


def copied_key_with_an_old_counter(key: SoftAuthenticator) -> str:
    StaffPasskey.update(sign_count=10).execute()
    return key.get(passkeys.sign_in_options(ORIGIN))


def of_a_made_up_challenge(key: SoftAuthenticator) -> str:
    return key.get(json.dumps({"challenge": "c2lnbl9pbi4wLjk5OTk5OTk5OTk5OTkuYS5i"}))


def of_a_challenge_for_another_purpose(key: SoftAuthenticator) -> str:
    member = staff.members()[0]
    return key.get(passkeys.raising_options(member, ORIGIN))


def of_an_unknown_key(_key: SoftAuthenticator) -> str:
    return SoftAuthenticator(ORIGIN).get(passkeys.sign_in_options(ORIGIN))


def of_another_key_with_this_id(key: SoftAuthenticator) -> str:
    return SoftAuthenticator(ORIGIN, id=key.id).get(passkeys.sign_in_options(ORIGIN))


def of_an_old_page(key: SoftAuthenticator) -> str:
    earlier = clock.now() - timedelta(minutes=61)
    with clock.replaced(lambda: earlier):
        options = passkeys.sign_in_options(ORIGIN)
    return key.get(options)


def of_a_member_who_left(key: SoftAuthenticator) -> str:
    Row.update(active=False).execute()
    return key.get(passkeys.sign_in_options(ORIGIN))


def no_json(_key: SoftAuthenticator) -> str:
    return "[" * 500


@pytest.mark.parametrize(
    "answer_of",
    [
        of_another_origin,
        without_pin_or_finger,
        copied_key_with_an_old_counter,
        of_a_made_up_challenge,
        of_a_challenge_for_another_purpose,
        of_an_unknown_key,
        of_another_key_with_this_id,
        of_an_old_page,
        of_a_member_who_left,
        no_json,
    ],
    ids=lambda made: made.__name__,
)
def test_other_answers_open_no_session(
    rules: Rules, answer_of: Callable[[SoftAuthenticator], str]
) -> None:
    key, _ = registered(rules.services, member_of("editor"))
    answer = answer_of(key)
    refused = reason_of(
        lambda: staff_sessions.sign_in_by_passkey(rules.services, answer, origin=ORIGIN)
    )
    assert refused is Reason.PASSKEY_REFUSED


def test_password_alone_is_not_enough_beside_a_passkey(rules: Rules) -> None:
    member = member_of("editor", username="wangfang")
    key, _ = registered(rules.services, member)
    done = staff_sessions.sign_in(rules.services, "wangfang", STAFF_PASSWORD, None, address=ADDRESS)
    assert done.member.pending == {"passkey"}
    assert not done.member.may(Permission.READ_CONTENT)
    # A stolen password adds no passkey and removes none.
    new = SoftAuthenticator(ORIGIN).create(passkeys.registration_options(member, ORIGIN))
    adding = reason_of(lambda: passkeys.register(done.member, done.token, new, "", origin=ORIGIN))
    assert adding is Reason.FORBIDDEN
    removing = reason_of(lambda: passkeys.remove(done.member, StaffPasskey.get().id))
    assert removing is Reason.FORBIDDEN
    answer = key.get(passkeys.raising_options(member, ORIGIN))
    passkeys.raise_session(done.member, done.token, answer, origin=ORIGIN)
    raised = found(rules.services, done.token)
    assert raised.may(Permission.READ_CONTENT)
    passkeys.register(raised, done.token, new, "", origin=ORIGIN)
    assert [one.name for one in passkeys.listed(member)] == ["办公电脑", "通行密钥"]
    passkeys.remove(raised, passkeys.listed(member)[1].id)
    assert StaffPasskey.select().count() == 1


def test_passkey_of_a_colleague_raises_nothing(rules: Rules) -> None:
    key, _ = registered(rules.services, member_of("editor"))
    member = member_of("editor")
    token = token_of(member)
    answer = key.get(passkeys.raising_options(member, ORIGIN))
    refused = reason_of(lambda: passkeys.raise_session(member, token, answer, origin=ORIGIN))
    assert refused is Reason.PASSKEY_REFUSED
    assert not found(rules.services, token).by_passkey


@pytest.mark.parametrize("role", ["administrator", "centre"])
def test_required_of_administrators_and_the_centre_after_their_first_sign_in(
    rules: Rules, role: str
) -> None:
    services = required(rules)
    member = member_of(role)
    assert found(services, token_of(member)).pending == {"passkey"}
    key, token = registered(services, member)
    assert found(services, token).pending == frozenset()
    assert signed_in(services, key).member.pending == frozenset()
    # Password and number open a session that can only be raised.
    assert found(services, token_of(member)).pending == {"passkey"}
    assert found(services, token_of(member_of("clerk"))).pending == frozenset()


def test_clerk_decides_as_the_second_person_with_a_passkey_alone(rules: Rules) -> None:
    services = required(rules)
    held = holds.register(rules)
    second = member_of("clerk")
    by_password = found(services, token_of(second))
    key, _ = registered(services, second)

    def decide(member: StaffMember) -> None:
        deciding.decide(services, member, held.verification_id, agrees=True)

    assert reason_of(lambda: decide(by_password)) is Reason.PASSKEY_REQUIRED
    assert Account.select().count() == 0
    decide(signed_in(services, key).member)
    assert Account.get().level == 4


def test_reset_removes_the_passkeys(rules: Rules) -> None:
    member = member_of("editor")
    key, _ = registered(rules.services, member)
    staff.reset(member_of("administrator"), member.id)
    assert reason_of(lambda: signed_in(rules.services, key)) is Reason.PASSKEY_REFUSED


def test_removed_passkey_leaves_no_session_that_it_opened(rules: Rules) -> None:
    member = member_of("editor")
    key, _ = registered(rules.services, member)
    stolen = signed_in(rules.services, key).token
    own = signed_in(rules.services, key).token
    passkeys.remove(found(rules.services, own), StaffPasskey.get().id)
    assert not any(found(rules.services, token).by_passkey for token in (stolen, own))


def test_session_continued_by_password_asks_the_passkey_again(rules: Rules) -> None:
    member = member_of("editor")
    key, _ = registered(rules.services, member)
    token = signed_in(rules.services, key).token
    device = staff_devices.remember("", member.id)
    idle = clock.now() - timedelta(hours=2)
    StaffSession.update(last_seen_at=idle).execute()
    staff_sessions.resume(rules.services, token, STAFF_PASSWORD, address=ADDRESS, device=device)
    assert not found(rules.services, token).by_passkey


def test_names_and_number_of_passkeys_are_limited(rules: Rules) -> None:
    member = member_of("editor")
    registered(rules.services, member)
    token = token_of(member)
    by_passkey = found(rules.services, token).__class__(
        member.id, member.username, member.name, member.roles, None, by_passkey=True
    )

    def add(name: str) -> None:
        new = SoftAuthenticator(ORIGIN).create(passkeys.registration_options(member, ORIGIN))
        passkeys.register(by_passkey, token, new, name, origin=ORIGIN)

    assert reason_of(lambda: add("长" * 33)) is Reason.INVALID_INPUT
    for _ in range(passkeys.MOST - 1):
        add("备用")
    assert reason_of(lambda: add("备用")) is Reason.INVALID_INPUT
    assert StaffPasskeyUse.select().count() == passkeys.MOST
