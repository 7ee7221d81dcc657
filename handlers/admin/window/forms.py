"""Shared parts of the clerk's forms."""

from collections.abc import Mapping

from flask import url_for

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks.people import PersonView
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.staff import sittings
from miniprogram_api.staff.sittings import PresentBy, Sitting
from miniprogram_api.texts import word, words
from miniprogram_api.windows import doubts
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite

# The reason of a look-up for a person who is there.
AT_WINDOW = "at_window"
# Suggestions for the field of the reason.
COMMON_REASONS = words("desk.on_site_reasons").values()


def on_site(form: Mapping[str, str], evidence_seen: list[str]) -> OnSite:
    """Read the form of a verification."""
    return OnSite(
        evidence_seen=evidence_seen,
        reason=form_values.text(form, "reason", window_desk.LONGEST_REASON),
        place=form_values.text(form, "place", window_desk.LONGEST_REASON),
    )


def ticked(form: Mapping[str, str]) -> list[str]:
    """Return the papers ticked as seen in a form with files, whose boxes have a name each."""
    one = form.get("evidence_seen")
    return [key for key in evidence_seen.Document if f"seen_{key}" in form or key == one]


def done_address(
    visit: Visit,
    sitting: Sitting,
    act: str,
    done: window_desk.VerifiedAtWindow,
    seen: OnSite,
) -> str:
    """Keep the result of a sitting, and return the address where it goes on."""
    kept = {
        "act": act,
        "verification_id": done.verification_id,
        "ledger_number": done.ledger_number,
        "evidence_seen": list(seen.evidence_seen),
        "place": seen.place,
        "effective": done.effective,
    }
    sittings.keep(visit.member, sitting.handle, done=kept, typed={})
    sitting = sittings.note_present(visit.member, sitting.handle, "card")
    return next_address(sitting)


def denial_of(id_number: str) -> str | None:
    """Return the source's last answer about a person in words if it was a no."""
    denied = doubts.denied(id_number)
    return None if denied is None else word("desk.denials", denied)


def shown_by(is_typed: bool) -> PresentBy:
    """Return what the person showed: the card whose number was typed, or a scanned code."""
    return "card" if is_typed else "desk_code"


def next_address(sitting: Sitting) -> str:
    """Return the address of a finished sitting: of its last question, else of its end."""
    done = sitting.done or {}
    is_open = done.get("effective", True) and "authorization" not in done
    asks = registrar_systems.switch_is_used() and is_open
    return url_for(".authorise_person" if asks else ".show_done", handle=sitting.handle)


def known(visit: Visit, sitting: Sitting) -> PersonView | None:
    """Return the person of a sitting, None without an ID number."""
    return desk_people.of_sitting(visit.member, sitting) if sitting.id_number else None
