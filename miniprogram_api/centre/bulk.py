"""One act on several tickets: claimed, or answered with one text; each for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from miniprogram_api.desks import ticket_acts
from miniprogram_api.reasons import Refused
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid

MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the tickets: the numbers of those done, and the others with the refusal."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, Refused], ...]


def claim(member: StaffMember, numbers: Sequence[str]) -> Outcome:
    """Claim each ticket that is free; others keep theirs.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``tickets`` for none or more than ``MOST``.
    """
    return _each(member, numbers, lambda number: ticket_acts.claim(member, number))


def answer(member: StaffMember, numbers: Sequence[str], reason: str) -> Outcome:
    """End each of the member's own tickets with one answer, which the openers read.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``tickets`` or ``reason``.
    """
    ticket_acts.require_reason(reason)
    return _each(
        member,
        numbers,
        lambda number: ticket_acts.finish(member, number, solved=True, reason=reason),
    )


def _each(member: StaffMember, numbers: Sequence[str], act: Callable[[str], object]) -> Outcome:
    require(member, Permission.WORK_AT_CENTRE)
    chosen = list(dict.fromkeys(numbers))
    if not 1 <= len(chosen) <= MOST:
        raise invalid("centre.tickets.required", most=MOST)
    done, refused = [], []
    for number in chosen:
        try:
            act(number)
        except Refused as no:
            refused.append((number, no))
        else:
            done.append(number)
    return Outcome(tuple(done), tuple(refused))
