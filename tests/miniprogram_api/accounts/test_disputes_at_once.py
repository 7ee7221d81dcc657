"""A proof of a dispute during a registration of the identity: one of the two sees the other."""

from threading import Event
from typing import Any

import pytest

from miniprogram_api.accounts import consents
from miniprogram_api.centre import dispute_faces
from miniprogram_api.desks import acts as desk
from miniprogram_api.enrolment import registration
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets import tickets
from miniprogram_api.tickets.tickets import Subject
from models.accounts.accounts import FROZEN, Account
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import form, sent_code, wechat_session
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
VICTIM = person(number=91)
ADDRESS = "192.0.2.1"


@BOTH
@pytest.mark.parametrize("first", ["registration", "proof"])
def test_account_made_during_the_proof_is_frozen_or_refused(
    rules: Rules, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    victim, impostor = wechat_session("victim"), wechat_session("impostor")
    ticket = tickets.open_ticket(
        rules.services,
        kind="identity_dispute",
        account_id=None,
        openid="o-victim",
        source="user",
        subject=Subject(VICTIM.name, VICTIM.id_number),
    )
    version = consents.current_text().version
    check = dispute_faces.open_check(
        rules.services, victim, str(ticket.id), consent_version=version, address=ADDRESS
    )
    rules.sandbox.face("o-victim", 10000)
    phone = make_phone(92)
    typed = form(VICTIM, sent_code(phone), phone=phone)
    ready = Event()

    # The first of the two, inside its transaction, waits for half a second.
    def slow(function: Any) -> Any:
        def run(*values: Any) -> Any:
            ready.set()
            Event().wait(0.5)
            return function(*values)

        return run

    if first == "registration":
        monkeypatch.setattr(registration, "_create", slow(registration._create))
    else:
        # Called under the lock, before the commit of the proof.
        monkeypatch.setattr(desk, "account_with", slow(desk.account_with))

    def register() -> Any:
        if first == "proof":
            ready.wait(10)
        return registration.register(rules.services, typed, session=impostor, address=ADDRESS)

    def prove() -> Any:
        if first == "registration":
            ready.wait(10)
        return dispute_faces.verify(
            rules.services, victim, str(ticket.id), check.challenge_id, address=ADDRESS
        )

    registered, proved = at_once([register, prove])

    assert not isinstance(proved, Exception), proved
    if first == "registration":
        assert Account.get().status == FROZEN
    else:
        assert isinstance(registered, Refused)
        assert registered.reason is Reason.IDENTITY_RESERVED
        assert Account.select().count() == 0
