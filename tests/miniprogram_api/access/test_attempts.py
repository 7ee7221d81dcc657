"""Limits on attempts: their keys and the release of unused attempts."""

from collections.abc import Callable

import pytest

from config import Settings
from miniprogram_api import audit
from miniprogram_api.access import attempts, visitors
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import Limit, StoreUnavailable, Taken
from miniprogram_api.proofing import limits
from miniprogram_api.reasons import Reason, Refused
from tests.support.people.persons import person
from tests.support.service.rules import Rules, at_once


def web(address: str) -> SessionInfo:
    return SessionInfo(b"x", "web:a", None, address=address)


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


def test_service_halls_have_ten_times_the_limits_by_address_only(rules: Rules) -> None:
    services = rules.with_settings(hall_networks="198.51.100.0/24, 2001:db8:5::/48")
    settings, wechat = services.settings, SessionInfo(b"x", "o-zhang", None)
    by_address = {
        2_000: lambda address: attempts.failures_of_address(settings, wechat, address),
        100: lambda address: attempts.failures_of_address(settings, web(address), address),
        60: lambda address: attempts.phones_of_address(settings, web(address), "phone"),
        5: lambda address: attempts.handovers_from_address(settings, address, "conversation"),
        120: lambda address: attempts.lookups(settings, None, address),
        360: lambda address: attempts.reports_of(settings, web(address))[1:],
    }
    by_address_too = (
        lambda settings, address: visitors.limits(settings, "questions", address),
        lambda settings, address: visitors.limits(settings, "web_logins", address),
        lambda settings, address: attempts.new_tickets(settings, web(address), "matter")[1:],
        lambda settings, address: attempts.cards_of(settings, web(address))[1:],
        lambda settings, address: attempts.name_checks(settings, None, address),
    )

    def most(limits: list[Limit]) -> int:
        [limit] = limits
        return limit.windows[0].limit

    for hall in ("198.51.100.0", "198.51.100.255", "2001:db8:5:ffff::1"):
        assert [most(limits(hall)) for limits in by_address.values()] == [
            10 * number for number in by_address
        ]
        assert {most(limits(settings, hall)) for limits in by_address_too} == {600}
        assert attempts.reports_of(settings, web(hall))[0].windows[0].limit == 60
        assert attempts.name_checks(settings, wechat, hall)[0].windows[0].limit == 300
    for other in ("198.51.101.0", "2001:db8:6::1", "unix"):
        assert [most(limits(other)) for limits in by_address.values()] == list(by_address)
        assert {most(limits(settings, other)) for limits in by_address_too} == {60}


def test_tries_count_by_user_account_or_the_address_of_a_browser(rules: Rules) -> None:
    first, second = web("192.0.2.7"), SessionInfo(b"y", "web:b", None, address="192.0.2.7")
    assert (
        attempts.counted_as(first)
        == attempts.counted_as(second)
        != attempts.counted_as(web("192.0.2.8"))
    )
    assert "192.0.2.7" not in attempts.counted_as(first)
    assert attempts.counted_as(SessionInfo(b"x", "web:a", 7, address="192.0.2.7")) == "account:7"
    assert attempts.counted_as(
        SessionInfo(b"x", "o-zhang", 7, address="192.0.2.7")
    ) == audit.by_wechat("o-zhang")
    settings, someone = rules.services.settings, person(number=1).id_number
    of_first = attempts.identity_of_asker(settings, someone, first)
    assert of_first == attempts.identity_of_asker(settings, someone, second)
    of_first = limits.faces_of_asker(settings, first, someone, "192.0.2.7")[0]
    assert of_first == limits.faces_of_asker(settings, second, someone, "192.0.2.7")[0]


@pytest.mark.parametrize("limits_of", [attempts.reports_of, attempts.cards_of])
def test_only_browsers_without_an_account_share_the_limits_of_an_address(
    rules: Rules, limits_of: Callable[[Settings, SessionInfo], list[Limit]]
) -> None:
    settings = rules.services.settings
    own, shared = limits_of(settings, web("192.0.2.7"))
    other, same = limits_of(settings, SessionInfo(b"y", "web:b", None, address="192.0.2.7"))
    assert own.key != other.key
    assert shared == same
    # Neighbours are not locked out for a day.
    assert shared.windows[0].seconds == 3_600
    for session in (("o-zhang", None), ("web:a", 7), (None, 7)):
        assert len(limits_of(settings, SessionInfo(b"x", *session, address="192.0.2.7"))) == 1


def test_simultaneous_browsers_do_not_exceed_the_limit_of_their_address(rules: Rules) -> None:
    services = rules.with_settings(client_reports_per_user=2)
    browsers = [SessionInfo(b"x", f"web:{n}", None, address="192.0.2.7") for n in range(20)]

    def report(session: SessionInfo) -> Taken:
        return attempts.take(
            services, attempts.reports_of(services.settings, session), scope="reports"
        )

    results = at_once([lambda one=one: report(one) for one in browsers])
    assert sum(isinstance(result, Taken) for result in results) == 12
    refused = [result for result in results if isinstance(result, Refused)]
    assert {one.details["scope"] for one in refused} == {"reports"}


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
