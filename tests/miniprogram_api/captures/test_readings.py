"""Readings of cards: genuine ones of a registered reader over a nonce of the clerk, once."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miniprogram_api import clock
from miniprogram_api.captures import evidence, readers, readings
from miniprogram_api.captures.readers import ReaderForm
from miniprogram_api.captures.taking import Capture
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite
from models.captures import CardNonce, DeskPicture
from models.captures import CardReader as Row
from models.desks.audit import AuditEntry
from models.second_person import SecondPersonRequest
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED, CardReader
from tests.support.people.persons import person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE, OTHER = person(number=81), person("李四光", number=82)
SEEN = OnSite(["id_card"], "核对原件一致")


def seen_with(rules: Rules, clerk: StaffMember, text: str) -> evidence.Evidence:
    """Verify with a reading and the person's photo, and return the stored evidence."""
    account_of(SOMEONE)
    capture = replace(CAPTURED, reading=text)
    done = window_desk.verify(rules.services, clerk, SOMEONE.id_number, SEEN, capture)
    return evidence.of(SecondPersonRequest.get_by_id(done.verification_id))


@BOTH
def test_genuine_reading_counts_once(rules: Rules) -> None:
    clerk, reader = member_of("clerk"), CardReader()
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    account_of(SOMEONE)
    # Both sides of the card may be left out: the chip was read.
    capture = Capture({"photo": CAPTURED.files["photo"]}, reading=text)
    done = window_desk.verify(rules.services, clerk, SOMEONE.id_number, SEEN, capture)
    seen = evidence.of(SecondPersonRequest.get_by_id(done.verification_id))
    assert seen.reading is not None
    elements = SOMEONE.four_elements
    assert (seen.reading.serial, seen.reading.name) == ("READER-1", SOMEONE.name)
    assert seen.reading.valid_until == elements["valid_until"]
    assert seen.reasons == {"card_front": "chip_read", "card_back": "chip_read"}
    assert {row.name for row in DeskPicture.select()} == {"photo", "chip_photo"}
    (line,) = lines_about(SOMEONE.id_number)
    assert line.content["card_reader"] == "READER-1"
    assert CardNonce.select().count() == 0
    assert not readings.read(clerk, text).is_genuine


def of_another_clerk(reader: CardReader, _clerk: StaffMember) -> str:
    return reader.read(readings.issue(member_of("clerk")).nonce, SOMEONE)


def of_an_unknown_nonce(reader: CardReader, _clerk: StaffMember) -> str:
    return reader.read("made-up", SOMEONE)


def of_an_old_nonce(reader: CardReader, clerk: StaffMember) -> str:
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    CardNonce.update(expires_at=clock.now()).execute()
    return text


def of_an_unknown_reader(reader: CardReader, clerk: StaffMember) -> str:
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    Row.delete().execute()
    return text


def of_a_withdrawn_reader(reader: CardReader, clerk: StaffMember) -> str:
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    readers.withdraw(member_of("administrator"), reader.row.id)
    return text


def of_another_office(reader: CardReader, clerk: StaffMember) -> str:
    elsewhere = member_of("clerk").window_id
    assert elsewhere != clerk.window_id
    Row.update(window=elsewhere).execute()
    return reader.read(readings.issue(clerk).nonce, SOMEONE)


def without_signature(reader: CardReader, clerk: StaffMember) -> str:
    sent = json.loads(reader.read(readings.issue(clerk).nonce, SOMEONE))
    return json.dumps({**sent, "signature": ""})


def with_another_name_inside(reader: CardReader, clerk: StaffMember) -> str:
    sent = json.loads(reader.read(readings.issue(clerk).nonce, OTHER))
    payload = json.loads(base64.b64decode(sent["payload"])) | SOMEONE.four_elements
    forged = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps({**sent, "payload": forged})


@pytest.mark.parametrize(
    "text_of",
    [
        of_another_clerk,
        of_an_unknown_nonce,
        of_an_old_nonce,
        of_an_unknown_reader,
        of_a_withdrawn_reader,
        of_another_office,
        without_signature,
        with_another_name_inside,
    ],
    ids=lambda made: made.__name__,
)
def test_foreign_reading_counts_as_typed(
    rules: Rules, text_of: Callable[[CardReader, StaffMember], str]
) -> None:
    clerk, reader = member_of("clerk"), CardReader()
    seen = seen_with(rules, clerk, text_of(reader, clerk))
    assert (seen.reading, seen.reasons) == (None, {"reading": "foreign"})
    assert "chip_photo" not in {row.name for row in DeskPicture.select()}


def test_reading_of_another_card_counts_as_typed(rules: Rules) -> None:
    clerk, reader = member_of("clerk"), CardReader()
    text = reader.read(readings.issue(clerk).nonce, OTHER)
    seen = seen_with(rules, clerk, text)
    assert (seen.reading, seen.reasons) == (None, {"reading": "other_card"})
    # It was not used up: the other person's act may follow.
    assert readings.read(clerk, text).is_genuine


def test_kept_reading_waits_for_the_end_of_its_sitting(rules: Rules) -> None:
    clerk, reader = member_of("clerk"), CardReader()
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    readings.keep(clerk, readings.read(clerk, text))
    later = clock.now() + timedelta(hours=3)
    with clock.replaced(lambda: later):
        assert readings.read(clerk, text).is_genuine
        readings.remove_old()
    assert CardNonce.select().count() == 1
    later += timedelta(hours=2)
    with clock.replaced(lambda: later):
        assert not readings.read(clerk, text).is_genuine
        assert readings.remove_old() == 1


def test_refused_act_leaves_the_reading(rules: Rules) -> None:
    clerk, reader = member_of("clerk"), CardReader()
    account_of(SOMEONE, level=4, verified_by="manual")
    text = reader.read(readings.issue(clerk).nonce, SOMEONE)
    capture = replace(CAPTURED, reading=text)
    with pytest.raises(Refused) as refused:
        window_desk.verify(rules.services, clerk, SOMEONE.id_number, SEEN, capture)
    assert refused.value.reason is Reason.ALREADY_VERIFIED
    assert readings.read(clerk, text).is_genuine


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 90_000, '{"payload": "e30"}', "x" * 200_000])
def test_other_texts_are_refused(rules: Rules, text: str) -> None:
    with pytest.raises(Refused) as refused:
        readings.read(member_of("clerk"), text)
    assert [item["field"] for item in refused.value.details["fields"]] == ["reading"]


def test_administrators_register_and_withdraw_readers(rules: Rules) -> None:
    administrator = member_of("administrator")
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    readers.add(administrator, ReaderForm("一号", "A-1", base64.b64encode(key).decode()))
    readers.add(administrator, ReaderForm("二号", "A-2", key.hex()))
    with pytest.raises(Refused) as refused:
        readers.add(administrator, ReaderForm("三号", "A-1", key.hex()))
    assert refused.value.details["fields"][0]["field"] == "serial"
    with pytest.raises(Refused) as refused:
        readers.add(administrator, ReaderForm("", " ", "no key"))
    fields = {item["field"] for item in refused.value.details["fields"]}
    assert fields == {"name", "serial", "public_key"}
    first = readers.listed(administrator)[0]
    assert (first.serial, first.public_key) == ("A-1", key.hex())
    readers.withdraw(administrator, first.id)
    assert [one.withdrawn_at is None for one in readers.listed(administrator)] == [True, False]
    tags = [entry.tag for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert tags.count("admin:card_reader:added") == 2
    assert tags.count("admin:card_reader:withdrawn") == 1
    for role in ("clerk", "operator"):
        with pytest.raises(Refused) as refused:
            readers.add(member_of(role), ReaderForm("四号", "A-4", key.hex()))
        assert refused.value.reason is Reason.FORBIDDEN
