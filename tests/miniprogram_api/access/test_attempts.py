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
    limit = attempts.identity_of_person(rules.services.settings, someone.id_number)
    assert someone.id_number not in limit.key
    assert limit == attempts.identity_of_person(rules.services.settings, someone.id_number)


def test_lookups_without_a_wechat_user_count_by_address(rules: Rules) -> None:
    settings = rules.services.settings
    nobody = attempts.lookups(settings, None, "192.0.2.7")
    assert [limit.key for limit in nobody] == ["attempts:lookups:address:192.0.2.7"]
    account = attempts.lookups(settings, SessionInfo(b"x", None, 7), "192.0.2.7")
    assert account[1].key == "attempts:lookups:user:account:7"


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
