"""What follows a check that a browser handed over: a day of waiting, 不是我, and the limits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.accounts import disputes
from models.accounts.accounts import Account
from models.accounts.verifications import HandedCheck
from models.desks.audit import AuditEntry
from models.outbox import OutboxJob
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.handovers import DELAYED, Handover, given_checks
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of, error_of
from tests.support.service.waiting import eventually


def waiting(service: Service, someone: Person, wechat: str = "victim") -> tuple[Handover, str]:
    """Return a hand-over whose delayed check was passed in WeChat, and that user's token."""
    handover, token = Handover(service, someone), service.wechat_login(wechat)
    handover.pass_in(token)
    return handover, token


def make_due(service: Service) -> None:
    """Let a day pass for the checks that wait."""
    with tables_of(service):
        now = clock.milliseconds(clock.now())
        HandedCheck.update(due_at=now).execute()
        OutboxJob.update(due_at=now).where(OutboxJob.name == "level.apply").execute()


def is_done(service: Service) -> Callable[[], bool]:
    def look() -> bool:
        with tables_of(service):
            jobs = OutboxJob.select().where(OutboxJob.name == "level.apply")
            return all(job.done_at is not None for job in jobs)

    return look


def told(service: Service, phone: str) -> Callable[[], Any]:
    def look() -> Any:
        return [m for m in service.sandbox.inbox(phone) if "24小时后生效" in m["text"]]

    return look


def test_delayed_check_counts_after_a_day(service: Service) -> None:
    before = clock.now()
    handover, wechat = waiting(service, person(number=60))
    at = datetime.fromisoformat(handover.account["level_pending"]["at"])
    assert timedelta(hours=24) <= at - before < timedelta(hours=24, minutes=5)
    (check,) = given_checks(service, wechat)
    assert (check["state"], check["way"], check["ticket"]) == ("waiting", "face", None)
    assert datetime.fromisoformat(check["counts_at"]) == at
    assert handover.account["level"] == 3

    make_due(service)

    assert eventually(lambda: handover.account["level"] == 4)
    assert (handover.account["verified_by"], handover.account["level_pending"]) == ("face", None)
    (check,) = given_checks(service, wechat)
    assert check["state"] == "counted"


def test_all_phones_of_the_person_hear_of_it_at_once(service: Service) -> None:
    """The attacker's account replaced the victim's own, which was cancelled, and changed phones."""
    victim, former, replaced = person(number=61), make_phone(6161), make_phone(6162)
    stranger = person(number=62)
    with tables_of(service):
        account_of(
            victim,
            status="cancelled",
            cancelled_at=clock.now(),
            identity_index=None,
            former_identity_index=victim.id_number,
            phone=former,
            phone_index=former,
        )
        account_of(stranger)
    handover = Handover(service, victim, phone=replaced, phone_index=replaced)
    browser = handover.browser
    code = service.sms_code(browser, victim.phone, "change_phone")
    change = {"phone": victim.phone, "sms_code": code, "password": PASSWORD}
    data_of(service.put("/account/phone", json=change, token=browser))
    handover.issue()

    handover.pass_in(service.wechat_login("victim"))

    for phone in (victim.phone, former, replaced):
        assert eventually(told(service, phone)), phone
        (message,) = told(service, phone)()
        assert victim.name not in message["text"]
    assert told(service, stranger.phone)() == []


def test_wechat_user_is_told_in_the_chat(service: Service) -> None:
    someone = person(number=63)
    # WeChat permits a message within 48 hours of the user's own.
    service.sandbox.push("o-victim", "你好")
    waiting(service, someone)

    def messages() -> list[str]:
        sent = service.sandbox.wechat_messages("o-victim")
        return [str(one) for one in sent if "点“不是我”" in str(one)]

    assert eventually(messages)
    (text,) = messages()
    assert f"{someone.phone[:3]}****{someone.phone[-4:]}" in text
    assert someone.name not in text


def test_not_me_cancels_what_waits_and_freezes_nobody(service: Service) -> None:
    handover, wechat = waiting(service, person(number=64))
    (check,) = given_checks(service, wechat)
    path = f"/handed-checks/{check['id']}/disputes"
    stranger = service.wechat_login("stranger")
    assert given_checks(service, stranger) == []
    error_of(service.post(path, token=stranger), 404, "NOT_FOUND")
    error_of(service.post(path, token=handover.browser), 404, "NOT_FOUND")

    ticket = data_of(service.post(path, token=wechat), 201)

    assert (ticket["kind"], ticket["state"]) == ("identity_dispute", "open")
    assert handover.someone.name not in ticket["description"]
    assert handover.account["level_pending"] is None
    assert handover.account["status"] == "registered"
    (check,) = given_checks(service, wechat)
    assert (check["state"], check["ticket"]) == ("void", ticket["id"])
    # Once more it is the same ticket.
    assert data_of(service.post(path, token=wechat), 201)["id"] == ticket["id"]
    make_due(service)
    assert eventually(is_done(service))
    assert handover.account["level"] == 3
    # While the dispute is open, another delayed check would come to nothing.
    handover.issue()
    opened = handover.opened(wechat, **DELAYED)
    assert (opened["needs"], opened["challenge"]) == ("window", None)


@pytest.mark.parametrize("way", ["face", "ctid"])
def test_person_of_the_dispute_freezes_the_account(service: Service, way: str) -> None:
    victim = person(number=65)
    handover = Handover(service, victim)
    wechat = service.wechat_login("victim")
    handover.pass_in(wechat, victim.phone)
    assert handover.account["level"] == 4
    (check,) = given_checks(service, wechat)
    assert check["state"] == "counted"
    assert check["phone"] == f"{victim.phone[:3]}****{victim.phone[-4:]}"
    path = f"/handed-checks/{check['id']}/disputes"
    number = data_of(service.post(path, token=wechat), 201)["id"]
    assert handover.account["status"] == "verified"

    # The lent WeChat of another person: neither face nor token are this person's.
    if way == "face":
        opened = data_of(
            service.post(f"/tickets/{number}/face-challenges", json=CONSENT, token=wechat)
        )
        sent = {"challenge_id": opened["challenge_id"]}
        service.sandbox.face("o-victim", 90100)
        refused = service.post(f"/tickets/{number}/face-verifications", json=sent, token=wechat)
        assert refused.status_code >= 400
    else:
        body = {"ctid_token": "ctid-ok-110101199003079921"}
        verified = f"/tickets/{number}/ctid-verifications"
        refused = service.post(verified, json=body, token=wechat)
        error_of(refused, 422, "CTID_REJECTED")
    assert handover.account["status"] == "verified"

    if way == "face":
        opened = data_of(
            service.post(f"/tickets/{number}/face-challenges", json=CONSENT, token=wechat)
        )
        sent = {"challenge_id": opened["challenge_id"]}
        shown = data_of(
            service.post(f"/tickets/{number}/face-verifications", json=sent, token=wechat)
        )
    else:
        body = {"ctid_token": f"ctid-ok-{victim.id_number}"}
        shown = data_of(service.post(verified, json=body, token=wechat))
    assert [step["action"] for step in shown["history"]] == ["opened", f"{way}_passed"]
    assert shown["state"] == "with_centre"
    with tables_of(service):
        assert Account.get_by_id(handover.account_id).status == "frozen"
        line = AuditEntry.get(AuditEntry.tag == "api:account:frozen")
        assert line.actor == audit.by_wechat("o-victim")
    assert is_reserved(service, victim)


def is_reserved(service: Service, victim: Person) -> bool:
    with tables_of(service):
        return disputes.reserving(victim.id_number) is not None


def test_dispute_by_anyone_cancels_what_waits(service: Service) -> None:
    victim = person(number=66)
    handover, _ = waiting(service, victim, "lender")
    claim = {"kind": "identity_dispute", "name": victim.name, "id_number": victim.id_number}
    data_of(service.post("/tickets", json=claim, token=service.wechat_login("victim")), 201)
    assert handover.account["level_pending"] is None
    assert eventually(
        lambda: any("状态有变动" in m["text"] for m in service.sandbox.inbox(victim.phone))
    )


def test_check_at_once_ends_what_waits(service: Service) -> None:
    someone = person(number=67)
    handover, _ = waiting(service, someone, "lender")
    handover.issue()
    handover.pass_in(service.wechat_login("own"), someone.phone)
    assert handover.account["level"] == 4
    # A review that takes the level away is not undone by the check that waited.
    with tables_of(service):
        Account.update(level=3, verified_by=None).execute()
    assert handover.account["level_pending"] is None
    make_due(service)
    assert eventually(is_done(service))
    assert handover.account["level"] == 3


def test_failed_checks_count_for_the_wechat_user_and_not_for_the_holder(service: Service) -> None:
    handover = Handover(service, person("张不像", number=68))
    wechat = service.wechat_login("helper")
    for left in (4, 3, 2, 1, 0):
        challenge_id = handover.challenge(wechat)
        refused = error_of(handover.verify(wechat, challenge_id), 422, "FACE_MISMATCH")
        assert refused["data"]["attempts_left"] == left
    # Neither the same code nor another one.
    for _ in range(2):
        refused = service.post(handover.path, json=DELAYED, token=wechat)
        full = error_of(refused, 429, "TOO_MANY_ATTEMPTS")
        assert full["data"]["scope"] == "handed"
        assert "这个微信" in full["message"]
        handover.issue()
    # Another WeChat, and above all the holder, begin with their own tries.
    other = service.wechat_login("other")
    refused = error_of(handover.verify(other, handover.challenge(other)), 422, "FACE_MISMATCH")
    assert refused["data"]["attempts_left"] == 4
    own = sign_in(service, handover.someone, "holder")
    opened = data_of(service.post("/face-challenges", json=CONSENT, token=own))
    refused = error_of(handover.verify(own, opened["challenge_id"]), 422, "FACE_MISMATCH")
    assert refused["data"]["attempts_left"] == 4
