"""Verification of all chains: finds what was changed, removed and inserted.

The order of a chain is checked by ``steps``, what its lines and links hold by ``checks``; here are
triggers, seals and anchors.
"""

from collections.abc import Callable
from dataclasses import dataclass

from config import Settings
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import steps
from miniprogram_api.ledger.checks import LineChecker, LinkChecker
from miniprogram_api.ledger.faults import Fault, FaultKind, Faults
from miniprogram_api.ledger.seals import Seal
from miniprogram_api.ledger.sources import CHAINS
from miniprogram_api.ledger.steps import Checker, day_of
from models.desks import ledger_triggers
from models.storage.fields import keys


@dataclass(frozen=True, slots=True)
class Verdict:
    """Number of checked lines and links, of seals and of anchors, and all faults."""

    lines: int
    """Of the ledger."""
    erased: int
    """Of these, the lines without a personal part."""
    links: int
    """Of the other chains."""
    seals: int
    anchors: int
    faults: tuple[Fault, ...]


def verify(settings: Settings, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every hash of all chains, personal parts included; check triggers and seals.

    ``progress`` gets the number of what was checked, every 5,000. Without anchors, what was removed
    from the end together with its seals is not detectable.
    """
    faults = Faults()

    def note(number: int, kind: FaultKind, **values: str | int) -> None:
        faults.add(Fault(number, kind, values))

    for part, trouble, name in ledger_triggers.faults():
        note(0, FaultKind[f"{part}_{trouble}"], name=name)
    # In this order, because each anchor is of a seal, and each seal of a line.
    carried = ledger_anchors.carried_to_directory()
    outside = _anchors(settings, note)
    seals = ledger_seals.all_seals()[::-1]
    given_up = _check_seals(settings, note, seals)
    if outside is not None:
        outside = {n: seal for n, seal in outside.items() if n not in given_up}
        _check_anchors(note, seals, outside, carried, given_up)
    lines = LineChecker(settings, keys(), faults)
    checkers: list[Checker] = [lines, *(LinkChecker(settings, one, faults) for one in CHAINS)]
    counts: list[int] = []
    for checker in checkers:
        expected = steps.Expected(checker.chain, seals, outside or {})

        def report(count: int, before: int = sum(counts)) -> None:
            if progress is not None:
                progress(before + count)

        counts.append(steps.walk(checker, expected, faults, report))
    return Verdict(
        counts[0],
        len(lines.erased),
        sum(counts[1:]),
        len(seals),
        len(outside or {}),
        faults.first(),
    )


def _anchors(settings: Settings, note: Callable[..., None]) -> dict[int, Seal] | None:
    """Return the anchors by sequence; None where none are configured or none can be read."""
    try:
        outside = ledger_anchors.read(settings)
    except OSError:
        note(0, FaultKind.ANCHORS_UNREADABLE)
        return None
    if outside is None:
        return None
    for name in outside.forged:
        note(0, FaultKind.ANCHOR_FORGED, name=name)
    return outside.seals


def _check_seals(settings: Settings, note: Callable[..., None], seals: list[Seal]) -> set[int]:
    """Check the seals, oldest first; return the sequences that accepted restores gave up."""
    genuine = [seal for seal in seals if ledger_seals.is_genuine(settings, seal)]
    given_up = {number for seal in genuine for number in seal.given_up}
    for seal in seals:
        if seal not in genuine:
            note(seal.number, FaultKind.FOREIGN_SEAL, day=day_of(seal))
    before, known = 0, given_up | {seal.sequence for seal in seals}
    for seal in genuine:
        for missing in sorted({*range(before + 1, seal.sequence)} - known):
            note(0, FaultKind.SEAL_MISSING, seal=missing)
        if seal.trigger_faults:
            note(0, FaultKind.SEAL_UNTRIGGERED, seal=seal.sequence)
        before = seal.sequence
    return given_up


def _check_anchors(
    note: Callable[..., None],
    seals: list[Seal],
    outside: dict[int, Seal],
    carried: int,
    given_up: set[int],
) -> None:
    own = {seal.sequence: seal for seal in seals}
    for sequence, seal in outside.items():
        if sequence not in own:
            note(0, FaultKind.SEAL_MISSING_ANCHORED, seal=sequence, day=day_of(seal))
        elif own[sequence] != seal:
            note(0, FaultKind.SEAL_CHANGED, seal=sequence, day=day_of(seal))
    for sequence in sorted(own.keys() - outside.keys() - given_up):
        if sequence <= carried:
            note(0, FaultKind.ANCHOR_LOST, seal=sequence)
