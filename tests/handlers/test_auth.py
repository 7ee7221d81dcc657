"""The caller's address: only trusted proxies are believed."""

import pytest
from flask import Flask, request

from config import Settings
from handlers.auth import client_address
from tests.support.service.tables import settings_for

PROXY, INNER, CLIENT = "192.0.2.1", "192.0.2.2", "203.0.113.9"


def address(settings: Settings, peer: str | None, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    environ = {"REMOTE_ADDR": "" if peer is None else peer}
    with Flask("test").test_request_context("/", headers=headers, environ_overrides=environ):
        return client_address(request, settings)


@pytest.fixture
def trusting(tables: Settings) -> Settings:
    """Return settings that trust a network of proxies and an IPv6 one."""
    return settings_for(tables.var_dir, trusted_proxies="192.0.2.0/28, 2001:db8::/64")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        (PROXY, None, PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{CLIENT}, {INNER}", CLIENT),
        # Everything left of the first untrusted address may be forged.
        (PROXY, f"127.0.0.1, {CLIENT}, {INNER}", CLIENT),
        (CLIENT, "127.0.0.1", CLIENT),
        (PROXY, "", PROXY),
        (PROXY, " , ,", PROXY),
        (PROXY, "unknown", PROXY),
        (PROXY, f"{CLIENT}, unknown", PROXY),
        (PROXY, f"unknown, {INNER}", INNER),
        (PROXY, f"{CLIENT}:80", PROXY),
        (PROXY, "' OR 1=1", PROXY),
        (PROXY, INNER, INNER),
        ("2001:db8::1", "2001:db8:1::2", "2001:db8:1::2"),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        (PROXY, f"::ffff:{CLIENT}", CLIENT),
        (f"::ffff:{CLIENT}", "127.0.0.1", CLIENT),
        ("2001:DB8::0:1", None, "2001:db8::1"),
        (None, CLIENT, "0.0.0.0"),
    ],
)
def test_address_behind_trusted_proxies(
    trusting: Settings, peer: str | None, forwarded: str | None, expected: str
) -> None:
    assert address(trusting, peer, forwarded) == expected


def test_header_is_ignored_without_trusted_proxies(tables: Settings) -> None:
    assert address(tables, "127.0.0.1", CLIENT) == "127.0.0.1"
    assert address(tables, "::ffff:127.0.0.1", CLIENT) == "127.0.0.1"
    assert address(tables, None, CLIENT) == "0.0.0.0"
