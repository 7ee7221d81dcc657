"""What a user is told when no slot for a vendor is free, and that nothing is used up by it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clients, clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.centre import dispute_ctid, dispute_faces
from miniprogram_api.clients.guards import slots as slots_module
from miniprogram_api.clients.guards.slots import RETRY_AFTER_SECONDS, Slots
from miniprogram_api.identity import card_images, verification
from miniprogram_api.identity.documents.check import IdentityElements
from miniprogram_api.messaging import content_safety, notices
from miniprogram_api.messaging.content_safety import Verdict
from miniprogram_api.phones import proofs
from miniprogram_api.proofing import bound_checks, ctid, person_checks
from miniprogram_api.proofing.bound_checks import Asker
from miniprogram_api.reasons import Reason
from miniprogram_api.services import Services
from miniprogram_api.sign_in import sign_in
from miniprogram_api.tickets import forms
from miniprogram_api.tickets.forms import TicketForm
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import FaceChallenge, IdentityCheck
from models.outbox import Notice
from models.storage.database import transaction
from tests.support.people import photos, sms_codes
from tests.support.people.accounts import ADDRESS, account_of
from tests.support.people.faces import Holder, assert_no_connection_is_held, refusal
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

pytestmark = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

WAIT = {"retry_after": RETRY_AFTER_SECONDS}
FACE_BUSY = (Reason.IDENTITY_SOURCE_BUSY, {"step": "face", **WAIT})
# More than any limit of a day or an hour.
TIMES = 35
OCCUPIED = "another"


@dataclass(frozen=True)
class Crowd:
    """A process with two threads, one of which may call vendors."""

    rules: Rules
    services: Services

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Occupy the only slot."""
        client: Any = self.services.clients.ctid
        slots: Slots = client._guard.slots
        with slots.hold(OCCUPIED):
            yield

    def is_refused(
        self, call: Callable[[], object], reason: Reason, details: dict[str, object]
    ) -> None:
        """Check the refusal, again and again, and that neither vendor nor counter notes it."""
        before = len(self.rules.sandbox.calls()), self._counters()
        with self.calling():
            for _ in range(TIMES):
                refused = refusal(call)
                assert (refused.reason, refused.details) == (reason, details)
        assert (len(self.rules.sandbox.calls()), self._counters()) == before

    def _counters(self) -> dict[bytes, bytes]:
        """Return every counter in Redis."""
        store: Any = self.services.clients.store
        found: dict[bytes, bytes] = store._server.call(
            lambda client: {key: client.dump(key) for key in client.keys("*")}
        )
        return found


@pytest.fixture
def crowd(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Build the clients; every caller that waits for a slot holds no connection."""
    monkeypatch.setattr(slots_module, "PATIENCE_SECONDS", 0.001)
    take = Slots._take

    def watched(slots: Slots, vendor: str) -> None:
        if vendor != OCCUPIED:
            assert_no_connection_is_held()
        take(slots, vendor)

    monkeypatch.setattr(Slots, "_take", watched)
    settings = rules.with_settings(card_ocr="wechat").settings
    return Crowd(rules, Services(settings, clients.build(settings, threads=2)))


def version() -> str:
    return consents.current_text().version


def test_sign_in(crowd: Crowd) -> None:
    def call() -> sign_in.WeChatSession:
        return sign_in.as_wechat_user(crowd.services, "wx-zhang~crowd", ADDRESS)

    crowd.is_refused(call, Reason.WECHAT_UNAVAILABLE, WAIT)
    assert call().session.token


def test_phone_of_wechat(crowd: Crowd) -> None:
    def call() -> proofs.ProvedPhone:
        session = wechat_session()
        return proofs.prove_by_wechat(crowd.services, session=session, code="phone-13800138011")

    crowd.is_refused(call, Reason.WECHAT_UNAVAILABLE, WAIT)
    assert call().phone == "13800138011"


def test_code_by_sms(crowd: Crowd) -> None:
    def call() -> sms_codes.RequestedCode:
        return sms_codes.ask(crowd.services)

    crowd.is_refused(call, Reason.SMS_UNAVAILABLE, {"side": "gateway", **WAIT})
    assert SmsCode.select().count() == 0
    assert call() == sms_codes.FIRST


def test_four_elements(crowd: Crowd) -> None:
    someone = person(number=1)
    elements = IdentityElements(
        someone.name, someone.id_number, someone.valid_from, someone.valid_until
    )

    def call() -> None:
        with verification.claimed(crowd.services, someone.id_number):
            verification.verify(
                crowd.services,
                elements,
                session=wechat_session(),
                address=ADDRESS,
                purpose="register",
            )

    crowd.is_refused(call, Reason.IDENTITY_SOURCE_BUSY, WAIT)
    assert IdentityCheck.select().count() == 0
    call()
    assert IdentityCheck.get().outcome == "match"


def test_face_check(crowd: Crowd) -> None:
    holder = Holder(crowd.rules, person(number=1))
    holder.services = crowd.services
    crowd.is_refused(holder.open, *FACE_BUSY)
    assert FaceChallenge.select().count() == 0
    opened = holder.open()
    crowd.is_refused(lambda: holder.verify(opened.challenge_id), *FACE_BUSY)
    assert FaceChallenge.get().outcome is None
    assert holder.verify(opened.challenge_id).level == 4


def test_face_on_a_picture(crowd: Crowd) -> None:
    settings = crowd.rules.with_settings(face_mode="photo").settings
    photographing = Crowd(crowd.rules, Services(settings, crowd.services.clients))
    holder = Holder(crowd.rules, person(number=1), wechat=None)
    holder.services = photographing.services
    opened, picture = holder.open(), photos.portrait()
    photographing.is_refused(lambda: holder.verify(opened.challenge_id, image=picture), *FACE_BUSY)
    assert holder.verify(opened.challenge_id, image=picture).level == 4


def test_ctid(crowd: Crowd) -> None:
    someone = person(number=1)
    account = account_of(someone)

    def call() -> int:
        session = SessionInfo(b"t" * 32, "o-zhang", account.id)
        token = f"ctid-ok-{someone.id_number}"
        return ctid.verify(
            crowd.services,
            session=session,
            account_id=account.id,
            address=ADDRESS,
            ctid_token=token,
        ).level

    crowd.is_refused(call, Reason.CTID_UNAVAILABLE, WAIT)
    assert call() == 4


def test_checks_for_a_matter(crowd: Crowd) -> None:
    someone = person(number=1)
    holder = Holder(crowd.rules, someone)
    asker, bound = Asker(holder.session, holder.account, ADDRESS), "d" * 64

    def opening() -> bound_checks.FaceChallenge:
        return bound_checks.open_face(crowd.services, asker, bound, [])

    crowd.is_refused(opening, *FACE_BUSY)
    opened = opening()

    def by_face() -> bound_checks.PassedCheck:
        return bound_checks.face(crowd.services, asker, bound, opened.challenge_id, None)

    def by_ctid() -> bound_checks.PassedCheck:
        token = f"ctid-ok-{someone.id_number}"
        return bound_checks.by_ctid(crowd.services, asker, bound, token)

    crowd.is_refused(by_face, *FACE_BUSY)
    crowd.is_refused(by_ctid, Reason.CTID_UNAVAILABLE, WAIT)
    assert (by_face().way, by_ctid().way) == ("face", "ctid")


def test_face_check_that_clears_a_limit(crowd: Crowd) -> None:
    someone, session = person(number=1), wechat_session()
    busy = (FACE_BUSY[0], {**FACE_BUSY[1], "purpose": "clear_limit"})

    def opening() -> person_checks.FaceChallenge:
        return person_checks.open_challenge(
            crowd.services,
            session=session,
            name=someone.name,
            id_number=someone.id_number,
            address=ADDRESS,
            consent_version=version(),
        )

    crowd.is_refused(opening, *busy)
    opened = opening()

    def verifying() -> None:
        person_checks.verify(
            crowd.services,
            session=session,
            address=ADDRESS,
            challenge_id=opened.challenge_id,
            image=None,
        )

    crowd.is_refused(verifying, *busy)
    verifying()


def test_face_check_of_a_dispute(crowd: Crowd) -> None:
    someone, session = person(number=1), wechat_session("victim")
    account_of(someone, phone="13800990011")
    form = TicketForm("identity_dispute", name=someone.name, id_number=someone.id_number)
    number = forms.submit(crowd.services, form, session=session).id

    def opening() -> dispute_faces.TicketFaceChallenge:
        return dispute_faces.open_check(
            crowd.services, session, number, consent_version=version(), address=ADDRESS
        )

    crowd.is_refused(opening, *FACE_BUSY)
    opened = opening()

    def verifying() -> object:
        return dispute_faces.verify(
            crowd.services, session, number, opened.challenge_id, address=ADDRESS
        )

    def by_ctid() -> object:
        token = f"ctid-ok-{someone.id_number}"
        return dispute_ctid.verify(crowd.services, session, number, token, address=ADDRESS)

    crowd.is_refused(verifying, *FACE_BUSY)
    crowd.is_refused(by_ctid, Reason.CTID_UNAVAILABLE, WAIT)
    assert verifying()


def test_photo_of_a_card(crowd: Crowd) -> None:
    session = wechat_session()
    picture = crowd.rules.sandbox.card("front", name=person().name, id_number=person().id_number)

    def call() -> card_images.ReadCard:
        return card_images.read(crowd.services, session, picture, "front")

    crowd.is_refused(call, Reason.UPSTREAM_UNAVAILABLE, {"cause": "card", **WAIT})
    assert call().name == person().name


def test_text_goes_to_staff(crowd: Crowd) -> None:
    with crowd.calling():
        assert content_safety.check(crowd.services, "你好", "o-zhang") is Verdict.REVIEW
    assert content_safety.check(crowd.services, "你好", "o-zhang") is Verdict.PASS


def test_notice_is_sent_later(crowd: Crowd) -> None:
    someone = person(number=7)
    with transaction():
        notices.add(account_of(someone).id, notices.PHONE_CHANGED, someone.phone)
    with crowd.calling():
        assert jobs.work_once(crowd.services, clock.now())
    assert (Notice.get().done_at, Notice.get().last_error) == (None, "no_slot")
    assert jobs.work_once(crowd.services, clock.now() + timedelta(minutes=1))
    assert Notice.get().done_at <= clock.now()
