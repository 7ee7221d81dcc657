"""Seals of the ledger and their anchors outside the database."""

import base64
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from config import SettingsError
from miniprogram_api import clock
from miniprogram_api.clients.registrar_hooks import HookAnswer, HookOutcome
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import signing
from miniprogram_api.services import Services
from models.desks.ledger import LedgerAnchor
from models.storage.database import SHANGHAI, database, is_sqlite
from tests.miniprogram_api.ledger.test_lines import BOTH, unprotect, write
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules, at_once


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(datetime(2026, 10, 3, 9, 0, tzinfo=SHANGHAI)).running() as running:
        yield running


def verify(rules: Rules) -> list[tuple[int, str]]:
    """Return the faults but those of triggers, which ``unprotect`` leaves."""
    faults = ledger_check.verify(rules.services.settings).faults
    return [(f.number, f.sentence) for f in faults if not f.sentence.startswith("the trigger")]


def test_ledger_is_sealed_on_the_first_day_and_every_day(rules: Rules, time: Time) -> None:
    settings = rules.services.settings
    first = ledger_seals.seal_if_due(settings)
    assert first is not None
    assert (first.sequence, first.number, first.lines, first.hash) == (1, 0, 0, bytes(32))
    write(member_of("centre"))
    assert ledger_seals.seal_if_due(settings) is None
    time.advance(days=1)
    second = ledger_seals.seal_if_due(settings)
    assert second is not None
    assert (second.sequence, second.number, second.lines) == (2, 1, 1)
    assert ledger_seals.seal_if_due(settings) is None
    assert ledger_seals.all_seals() == [second, first]
    assert ledger_seals.first_covering(1) == second
    assert verify(rules) == []


def test_thousandth_line_is_sealed_on_the_same_day(rules: Rules, time: Time) -> None:
    settings = rules.services.settings
    member = member_of("centre")
    ledger_seals.seal_if_due(settings)
    with database.atomic():
        for _ in range(999):
            write(member)
    assert ledger_seals.seal_if_due(settings) is None
    write(member)
    seal = ledger_seals.seal_if_due(settings)
    assert seal is not None
    assert (seal.sequence, seal.number) == (2, 1000)


@BOTH
def test_two_workers_make_one_seal(rules: Rules) -> None:
    settings = rules.services.settings
    made = at_once([lambda: ledger_seals.seal_if_due(settings)] * 4)
    assert sum(isinstance(seal, ledger_seals.Seal) for seal in made) == 1
    assert not [seal for seal in made if isinstance(seal, Exception)]


def test_old_public_halves_stay_accepted(rules: Rules) -> None:
    write(member_of("centre"))
    old = rules.services.settings
    seal = ledger_seals.make(old)
    half = signing.encoded_key(signing.public_key(old))
    fresh = "s2:" + base64.b64encode(bytes(range(32))).decode()
    new = rules.with_settings(ledger_seal_keys=f"{fresh},s1:{half}").settings
    newer = ledger_seals.make(new)
    assert newer.public_key != seal.public_key
    assert ledger_check.verify(new).faults == ()
    alone = rules.with_settings(ledger_seal_keys=fresh).settings
    (fault,) = ledger_check.verify(alone).faults
    assert fault.sentence == f"has a seal of {seal.sealed_at:%Y-%m-%d} that its key did not make"


def test_line_under_an_old_key_is_verified_and_an_unknown_key_is_named(rules: Rules) -> None:
    write(member_of("centre"))
    added = "l2:" + base64.b64encode(bytes(32)).decode()
    old = rules.services.settings.ledger_keys.get_secret_value()
    from miniprogram_api.operations import maintenance

    for ring, faults in (
        (f"{added},{old}", []),
        (added, [(1, "was written under the key “l1”, which is unknown")]),
        (added.replace("l2", "l1"), [(1, "was changed")]),
    ):
        settings = rules.with_settings(ledger_keys=ring).settings
        maintenance.connect(settings)
        assert [(f.number, f.sentence) for f in ledger_check.verify(settings).faults] == faults
    maintenance.connect(rules.with_settings(ledger_keys=f"{added},{old}").settings)
    write(member_of("centre"))
    keys = database.execute_sql("SELECT key_id FROM ledger_line ORDER BY number").fetchall()
    assert [tuple(row) for row in keys] == [("l1",), ("l2",)]


def test_seal_is_carried_out_as_a_file(rules: Rules) -> None:
    write(member_of("centre"))
    seal = ledger_seals.make(rules.services.settings)
    assert ledger_anchors.carry(rules.services)
    folder = Path(rules.services.settings.ledger_seal_dir)
    (path,) = folder.iterdir()
    assert path.name == "seal-00000001.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert ledger_seals.from_json(path.read_text()) == seal
    # A file that was removed is written again, an altered one is not touched.
    path.unlink()
    assert verify(rules) == [(0, "seal 1 has lost its anchor")]
    assert ledger_anchors.carry(rules.services)
    path.write_text(path.read_text().replace('"number": 1', '"number": 2'))
    assert ledger_anchors.carry(rules.services)
    assert (0, "the anchor seal-00000001.json is damaged or forged") in verify(rules)


def test_unwritable_folder_stops_no_act_and_is_tried_again(rules: Rules, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    services = rules.with_settings(ledger_seal_dir=str(blocked / "seals"))
    write(member_of("centre"))
    ledger_seals.make(services.settings)
    assert not ledger_anchors.carry(services)
    assert ledger_anchors.status(services.settings).anchored_at is None
    write(member_of("centre"))
    blocked.unlink()
    assert ledger_anchors.carry(services)
    assert ledger_anchors.status(services.settings).anchored_at is not None
    assert len(os.listdir(blocked / "seals")) == 1


def test_missing_disk_of_production_is_not_made(rules: Rules, tmp_path: Path) -> None:
    ledger_seals.make(rules.services.settings)
    assert not ledger_anchors._to_directory(tmp_path / "disk", is_own=False)
    assert not (tmp_path / "disk").exists()


class _Receiver:
    """A webhook that refuses the first call."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def send(self, key_id: str, url: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        self.bodies.append(body)
        is_first = len(self.bodies) == 1
        return HookAnswer(HookOutcome.NO_ANSWER if is_first else HookOutcome.TAKEN)


def test_webhook_gets_every_seal_in_order(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    services = rules.with_settings(ledger_seal_webhook="http://127.0.0.1:9/seals")
    receiver = _Receiver()
    monkeypatch.setattr(type(services.clients.registrar_hooks), "send", receiver.send)
    seals = [ledger_seals.make(services.settings) for _ in range(2)]
    assert not ledger_anchors.carry(services)
    assert ledger_anchors.status(services.settings).anchored_at is None
    assert ledger_anchors.carry(services)
    assert ledger_anchors.carry(services)
    received = [ledger_seals.from_json(body.decode()) for body in receiver.bodies]
    assert received == [seals[0], seals[0], seals[1]]
    assert LedgerAnchor.get(LedgerAnchor.place == "webhook").sequence == 2


def test_webhook_on_a_private_address_is_not_called(rules: Rules) -> None:
    services = Services(
        rules.with_settings(ledger_seal_webhook="https://10.0.0.1/seals").settings,
        rules.services.clients,
    )
    ledger_seals.make(services.settings)
    assert not ledger_anchors.carry(services)


def test_seal_counts_the_triggers_that_are_missing(rules: Rules) -> None:
    write(member_of("centre"))
    triggers = database.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE name = 'ledger_line_no_update'"
    ).fetchall()
    database.execute_sql("DROP TRIGGER ledger_line_no_update")
    ledger_seals.make(rules.services.settings)
    for _, statement in triggers:
        database.execute_sql(statement)
    assert verify(rules) == [(0, "seal 1 was made without all triggers")]


@BOTH
def test_removed_seals_are_found(rules: Rules) -> None:
    settings = rules.services.settings
    member = member_of("centre")
    for number in range(3):
        write(member, number)
        ledger_seals.make(settings)
    ledger_anchors.carry(rules.services)
    unprotect()
    mark = "?" if is_sqlite() else "%s"
    database.execute_sql(f"DELETE FROM ledger_seal WHERE sequence = {mark}", (2,))
    day = f"{ledger_seals.all_seals()[0].sealed_at:%Y-%m-%d}"
    assert verify(rules) == [
        (0, "seal 2 is missing"),
        (0, f"seal 2 is missing: it was anchored on {day}"),
    ]


def test_seal_of_another_key_is_invalid(rules: Rules) -> None:
    write(member_of("centre"))
    other = rules.with_settings(
        ledger_seal_keys="s1:" + base64.b64encode(bytes(32)).decode()
    ).settings
    forged = ledger_seals.make(other)
    day = f"{forged.sealed_at:%Y-%m-%d}"
    assert verify(rules) == [(1, f"has a seal of {day} that its key did not make")]
    problem = ledger_seals.mismatch(rules.services.settings, forged)
    assert problem == "its signature is not of LEDGER_SEAL_KEYS"


def test_modified_exported_seal_is_invalid(rules: Rules) -> None:
    write(member_of("centre"))
    settings = rules.services.settings
    content = json.loads(ledger_seals.to_json(ledger_seals.make(settings)))
    for change in ({"number": 2}, {"sequence": 7}, {"hash": "00" * 32}, {"gives_up": 1}):
        touched = ledger_seals.from_json(json.dumps({**content, **change}))
        assert (
            ledger_seals.mismatch(settings, touched) == "its signature is not of LEDGER_SEAL_KEYS"
        )
    for broken in ("", "[]", "{}", json.dumps({**content, "signature": "?"})):
        with pytest.raises(ValueError, match="holds no seal"):
            ledger_seals.from_json(broken)


@pytest.mark.parametrize("name", ["ledger_keys", "ledger_seal_keys"])
def test_service_refuses_to_start_with_an_invalid_key(rules: Rules, name: str) -> None:
    for key in ("short", "a:c2hvcnQ="):
        with pytest.raises(SettingsError, match=f"{name.upper()}: entry 1 is not ID:BASE64"):
            rules.with_settings(**{name: key})


def test_ages_are_those_of_the_last_seal_and_of_the_place_furthest_behind(
    rules: Rules, time: Time
) -> None:
    services = rules.with_settings(ledger_seal_webhook="https://10.0.0.1/seals")
    assert ledger_anchors.status(services.settings).figures() == {
        "seal_age_seconds": None,
        "anchor_age_seconds": None,
        "unchained_age_seconds": 0,
        "trigger_faults": 0,
        "differences": None,
    }
    ledger_seals.seal_if_due(services.settings)
    ledger_anchors.carry(services)
    time.advance(days=2)
    figures = ledger_anchors.status(services.settings).figures()
    assert (figures["seal_age_seconds"], figures["anchor_age_seconds"]) == (172_800, None)
    # Without the webhook the folder counts.
    alone = ledger_anchors.status(rules.services.settings).figures()
    assert alone["anchor_age_seconds"] == 172_800
    # A forged row must not pass for seals that were carried out.
    LedgerAnchor.update(sequence=1_000_000, carried_at=clock.now()).execute()
    assert ledger_anchors.status(rules.services.settings).anchored_at is None
