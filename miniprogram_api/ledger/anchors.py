"""Anchors: every seal carried out of the database at once, as a file and to a webhook.

``integrity`` compares the files with the ledger, which detects lines cut off the end, an emptied or
rolled back database and deleted seals.
"""

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.clients.registrar_hooks import HookOutcome
from miniprogram_api.ledger import links
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger.seals import Seal
from miniprogram_api.services import Services
from models.desks import ledger_triggers
from models.desks.ledger import LedgerAnchor, LedgerComparison, LedgerSeal
from models.storage.database import lock, release, transaction

DIRECTORY, WEBHOOK = "directory", "webhook"
_FILE = re.compile(r"seal-\d{8,}\.json")

log = structlog.get_logger("ledger")


class NothingToAccept(Exception):
    """No anchor contradicts the ledger, so no restore is to be accepted."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The seals in LEDGER_SEAL_DIR by sequence, and the files that are no genuine seal."""

    seals: dict[int, Seal]
    forged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What operators watch; None for what is not there yet."""

    sealed_at: datetime | None
    anchored_at: datetime | None
    """Of the place outside that is furthest behind."""
    unchained_since: datetime | None
    """When the oldest row was written that the worker has not chained yet."""
    trigger_faults: int
    differences: int | None
    """Found by the last comparison of ledger and tables."""

    def figures(self) -> dict[str, int | None]:
        """Return the same as numbers, the times as ages in seconds."""
        return {
            "seal_age_seconds": _age(self.sealed_at),
            "anchor_age_seconds": _age(self.anchored_at),
            "unchained_age_seconds": _age(self.unchained_since) or 0,
            "trigger_faults": self.trigger_faults,
            "differences": self.differences,
        }


def carry(services: Services) -> bool:
    """Carry every seal that is not yet outside; return whether all are. Failures are logged."""
    settings = services.settings
    is_done = True
    if settings.ledger_seal_directory is not None:
        is_done &= _to_directory(
            settings.ledger_seal_directory, is_own=settings.profile == "sandbox"
        )
    if settings.ledger_seal_webhook:
        is_done &= _to_webhook(services, settings.ledger_seal_webhook)
    return is_done


def read(settings: Settings) -> Anchors | None:
    """Return the anchors of LEDGER_SEAL_DIR, None without one. Raises OSError."""
    directory = settings.ledger_seal_directory
    if directory is None or (not directory.exists() and not carried_to_directory()):
        return None
    seals: dict[int, Seal] = {}
    forged = []
    for name in sorted(os.listdir(directory)):
        path = directory / name
        if not _FILE.fullmatch(name):
            continue
        try:
            seal = ledger_seals.from_json(path.read_text())
        except ValueError:
            forged.append(path.name)
            continue
        if path.name == _name(seal.sequence) and ledger_seals.is_genuine(settings, seal):
            seals[seal.sequence] = seal
        else:
            forged.append(path.name)
    return Anchors(seals, tuple(forged))


def carried_to_directory() -> int:
    """Return the sequence of the last seal that was written to LEDGER_SEAL_DIR; 0: none."""
    row = LedgerAnchor.get_or_none(LedgerAnchor.place == DIRECTORY)
    return 0 if row is None else int(row.sequence)


def accept_restore(settings: Settings, reason: str, *, actor: str) -> Seal:
    """Seal the ledger of a restored backup and give up the seals made after the backup.

    Raises NothingToAccept, and OSError when LEDGER_SEAL_DIR cannot be read.
    """
    anchor = read(settings)
    with transaction():
        lock("ledger")
        own = {seal.sequence: seal for seal in ledger_seals.all_seals()}
        known = {number for seal in own.values() for number in seal.given_up}
        outside = {} if anchor is None else anchor.seals
        against = [n for n, seal in outside.items() if own.get(n) != seal and n not in known]
        if not against:
            raise NothingToAccept
        audit.write("command:ledger:restore_accepted", actor=actor, seal=min(against))
        return ledger_seals.make(settings, after=max(outside), gives_up=min(against), reason=reason)


def status(settings: Settings) -> Status:
    """Return when the last seal and anchor were made and what the last checks found."""
    seal = ledger_seals.last()
    places = [DIRECTORY] * (settings.ledger_seal_directory is not None)
    places += [WEBHOOK] * bool(settings.ledger_seal_webhook)
    # One that is ahead of the seals was not written by this service.
    carried = list(
        LedgerAnchor.select().where(
            LedgerAnchor.place.in_(places)
            & (LedgerAnchor.sequence <= (0 if seal is None else seal.sequence))
        )
    )
    compared = LedgerComparison.select().order_by(LedgerComparison.id.desc()).first()
    is_complete = carried and len(carried) == len(places)
    return Status(
        None if seal is None else seal.sealed_at,
        min(row.carried_at for row in carried) if is_complete else None,
        links.waiting_since(),
        len(ledger_triggers.faults()),
        None if compared is None else len(json.loads(compared.differences)),
    )


def _age(then: datetime | None) -> int | None:
    return None if then is None else int((clock.now() - then).total_seconds())


def _to_directory(directory: Path, *, is_own: bool) -> bool:
    """Write a file for each seal that has none.

    A missing folder of one's ``own`` is made; another one is a disk that is not mounted.
    """
    before = carried_to_directory()
    rows = {seal.sequence: seal for seal in ledger_seals.all_seals()}
    given_up = {number for seal in rows.values() for number in seal.given_up}
    release()
    try:
        if is_own:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        present = set(os.listdir(directory))
        for sequence in sorted(rows.keys() - given_up):
            path = directory / _name(sequence)
            text = ledger_seals.to_json(rows[sequence]) + "\n"
            if path.name not in present:
                _write(path, text)
            elif sequence > before and path.read_text(errors="replace") != text:
                # The database is older than its anchors.
                log.error("an anchor contradicts the ledger", anchor=path.name)
                return False
    except OSError as error:
        log.error("a seal was not carried out", place=DIRECTORY, exc_info=error)
        return False
    _note(DIRECTORY, max(rows, default=0))
    return True


def _write(path: Path, text: str) -> None:
    """Write a file completely or not at all, synced to the disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _to_webhook(services: Services, url: str) -> bool:
    """Post each seal after the last one that was accepted; its signature is in the body."""
    row = LedgerAnchor.get_or_none(LedgerAnchor.place == WEBHOOK)
    waiting = LedgerSeal.sequence > (0 if row is None else row.sequence)
    for one in LedgerSeal.select().where(waiting).order_by(LedgerSeal.sequence):
        seal = ledger_seals.of_row(one)
        release()
        answer = services.clients.registrar_hooks.send(
            "ledger-seals",
            url,
            {"Content-Type": "application/json"},
            ledger_seals.to_json(seal).encode(),
        )
        if answer.outcome is not HookOutcome.TAKEN:
            log.error("a seal was not carried out", place=WEBHOOK, outcome=answer.outcome.value)
            return False
        _note(WEBHOOK, seal.sequence)
    return True


def _note(place: str, sequence: int) -> None:
    """Record what was carried; the time stays while nothing new is carried."""
    row = LedgerAnchor.get_or_none(LedgerAnchor.place == place)
    if row is None or row.sequence < sequence:
        values = {"sequence": sequence, "carried_at": clock.now()}
        LedgerAnchor.insert(place=place, **values).on_conflict(
            conflict_target=[LedgerAnchor.place], update=values
        ).execute()


def _name(sequence: int) -> str:
    return f"seal-{sequence:08}.json"
