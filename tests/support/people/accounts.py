"""Accounts for tests that begin after registration, and a replaceable clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from miniprogram_api import clock
from miniprogram_api.access import passwords, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.operations import maintenance
from models.accounts.accounts import ACTIVE, Account
from tests.support.people.persons import Person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

ADDRESS = "192.0.2.7"


@cache
def hashed(password: str) -> str:
    """Return the hash of a password, cached for all tests."""
    return passwords.hash_password(password)


def account_of(someone: Person, **changes: Any) -> Account:
    """Create an active account at level 3 with PASSWORD; ``changes`` are columns."""
    now = clock.now()
    values = {
        "status": ACTIVE,
        "level": 3,
        "source": "self",
        "name": someone.name,
        "id_number": someone.id_number,
        "identity_index": someone.id_number,
        "valid_from": someone.valid_from,
        "valid_until": someone.valid_until,
        "long_term": someone.valid_until is None,
        "phone": someone.phone,
        "phone_index": someone.phone,
        "phone_verified_by": "sms",
        "password_hash": hashed(PASSWORD),
        "password_changed_at": now,
        "created_at": now,
        "activated_at": now,
        **changes,
    }
    return Account.create(**values)


def fresh(account: Account) -> Account:
    """Reload the account from the database."""
    return Account.get_by_id(account.id)


def account_session(account: Account, name: str | None = "zhang") -> SessionInfo:
    """Open a session of the account for the WeChat user ``o-NAME``."""
    openid = None if name is None else f"o-{name}"
    opened = sessions.start(openid, account.id)
    return SessionInfo(opened.token_hash, openid, account.id)


def is_alive(session: SessionInfo) -> bool:
    """Return whether the session's row exists."""
    from models.accounts.sessions import Session

    return Session.get_or_none(Session.token_hash == session.token_hash) is not None


class Time:
    """Replace the clock by one that is moved by hand."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    @contextmanager
    def running(self) -> Iterator["Time"]:
        with clock.replaced(lambda: self.now):
            yield self


@contextmanager
def tables_of(service: Service) -> Iterator[None]:
    """Bind the models to the database of a running service."""
    maintenance.connect(service.settings)
    try:
        yield
    finally:
        maintenance.disconnect()


def sign_in(service: Service, someone: Person, wechat: str = "zhang", **body: Any) -> str:
    """Sign in over HTTP and return the token."""
    content = {"login": someone.id_number, "password": PASSWORD, **body}
    token = service.wechat_login(wechat)
    return str(data_of(service.post("/sessions", json=content, token=token))["token"])


_proofs = iter(range(1, 10**9))


def phone_proof(service: Service, token: str, phone: str) -> str:
    """Return a phone proof from WeChat's number, in place of an SMS code."""
    code = f"phone-{phone}~{next(_proofs)}"
    return str(
        data_of(service.post("/wechat/phone", json={"code": code}, token=token))["phone_proof"]
    )
