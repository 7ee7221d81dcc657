"""Limits on attempts: their keys and the release of unused attempts."""

import pytest

from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.reasons import Reason, Refused
from tests.support.people.persons import person
from tests.support.service.rules import Rules


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("unix", "unix"),
    ],
)
def test_ipv6_address_counts_as_its_network(address: str, block: str) -> None:
    assert attempts.address_block(address) == block


def test_keys_contain_no_personal_data(rules: Rules) -> None:
    someone = person(number=1)
    settings, session = rules.services.settings, SessionInfo(b"x", "o-zhang", None)
    limit = attempts.identity_of_asker(settings, someone.id_number, session)
    assert someone.id_number not in limit.key
    assert limit == attempts.identity_of_asker(settings, someone.id_number, session)
    assert someone.id_number not in attempts.identity_of_all(settings, someone.id_number).key


def test_lookups_without_a_wechat_user_count_by_address(rules: Rules) -> None:
    settings = rules.services.settings
    nobody = attempts.lookups(settings, None, "192.0.2.7")
    assert [limit.key for limit in nobody] == ["attempts:lookups:address:192.0.2.7"]
    account = attempts.lookups(settings, SessionInfo(b"x", None, 7), "192.0.2.7")
    assert account[1].key == "attempts:lookups:user:account:7"


def test_failures_with_and_without_a_wechat_token_count_apart(rules: Rules) -> None:
    settings = rules.services.settings
    [without] = attempts.failures_of_address(settings, SessionInfo(b"x", None, 7), "192.0.2.7")
    [within] = attempts.failures_of_address(settings, SessionInfo(b"x", "o-zhang", 7), "192.0.2.7")
    assert (without.windows, within.windows) == ((("hour", 3_600, 100),), (("hour", 3_600, 2_000),))
    assert without.key != within.key


def test_service_halls_are_exempt_from_limits_by_address_only(rules: Rules) -> None:
    services = rules.with_settings(
        hall_networks="198.51.100.0/24, 2001:db8:5::/48",
        unknown_logins_per_address=1,
        unknown_logins_per_wechat_user=1,
    )
    settings, session = services.settings, SessionInfo(b"x", "o-zhang", None)
    by_address = (
        lambda address: attempts.failures_of_address(settings, session, address),
        lambda address: attempts.phones_of_address(settings, address, "phone"),
        lambda address: attempts.questions_from_address(settings, address),
        lambda address: attempts.handovers_from_address(settings, address, "conversation"),
        lambda address: attempts.lookups(settings, None, address),
    )
    for limits in by_address:
        for hall in ("198.51.100.0", "198.51.100.255", "2001:db8:5:ffff::1"):
            assert limits(hall) == []
        for other in ("198.51.101.0", "2001:db8:6::1", "unix"):
            assert len(limits(other)) == 1
    for _ in range(3):
        attempts.take_lookup(services, None, "198.51.100.7")
        attempts.require_lookup_left(services, None, "198.51.100.7")
    attempts.take_lookup(services, session, "198.51.100.7")
    with pytest.raises(Refused):
        attempts.take_lookup(services, session, "198.51.100.7")


def test_released_attempt_is_available_again(rules: Rules) -> None:
    services = rules.with_settings(unknown_logins_per_address=1)
    taken = attempts.take_lookup(services, None, "192.0.2.7")
    with pytest.raises(Refused) as caught:
        attempts.take_lookup(services, None, "192.0.2.7")
    assert caught.value.reason is Reason.TOO_MANY_ATTEMPTS
    attempts.give_back(services, taken)
    attempts.take_lookup(services, None, "192.0.2.7")


def test_outcome_survives_a_redis_outage(rules: Rules) -> None:
    taken = attempts.take_lookup(rules.services, None, "192.0.2.7")
    away = rules.with_settings(redis_url="unix:///nonexistent/valkey.sock")
    attempts.give_back(away, taken)
    with pytest.raises(StoreUnavailable):
        attempts.take_lookup(away, None, "192.0.2.7")
