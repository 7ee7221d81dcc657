"""Pictures and readings of cards on the clerk's pages.

Pictures of a refused form are kept in the sitting, so that they are not taken again; a reading is
kept from the step in which the card was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.window.blueprint import pages
from handlers.api.uploads import Image
from miniprogram_api.captures import readers, readings, taking
from miniprogram_api.captures.evidence import ASKED, Reading
from miniprogram_api.captures.taking import Capture
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import words

FILES = taking.FILES
LARGEST = 45 * 1024 * 1024
REASON = "no_pictures_reason"
"""The field for the reason of the missing pictures that name no own one."""
OWN_REASONS = {name: f"no_{name}_reason" for name in ASKED}
"""Picture → the field for the reason why it is missing."""
COMPARE = "compare"
CARD = ("name", "id_number", "valid_from", "valid_until")
REASONS = {
    key: title for key, title in words("captures.reasons").items() if key not in taking.NOT_CHOSEN
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a sitting read of a card."""

    reading: Reading
    is_genuine: bool

    def agrees(self, name: str, value: str) -> bool:
        """Return whether a field of the form is as it was read by a registered reader."""
        return self.is_genuine and getattr(self.reading, name) == value.strip()


def received(sitting: Sitting, form: Mapping[str, str], files: Mapping[str, Image]) -> Capture:
    """Return what this form and the sitting have of a person."""
    sent = {name: file.content for name, file in files.items() if file.content}
    content = {**sitting.pictures, **sent}
    chosen = {name: form.get(own) or form.get(REASON, "") for name, own in OWN_REASONS.items()}
    reasons = {name: reason for name, reason in chosen.items() if name not in content and reason}
    return Capture.received(content, reasons, sitting.reading, agrees_to_comparison=COMPARE in form)


def keep(visit: Visit, sitting: Sitting, capture: Capture, form: Form) -> Sitting:
    """Keep the readable pictures of a refused form in the sitting."""
    kept = {name: one for name, one in capture.files.items() if name not in form.errors}
    return sittings.keep_pictures(visit.member, sitting.handle, kept)


def shown(visit: Visit, sitting: Sitting, *, needs_guardian: bool = False) -> dict[str, Any]:
    """Return the values of the part of a page that takes pictures."""
    titles = words("captures.pictures")
    names = FILES if needs_guardian else ASKED
    card = read_of(visit, sitting)
    return {
        "slots": {name: titles[name] for name in names},
        "kept_pictures": sitting.pictures,
        "picture_reasons": REASONS,
        "own_reasons": OWN_REASONS,
        "asks_comparison": visit.services.settings.face_compare != "off" and card is not None,
        **bridge(visit),
        "read": card,
    }


def bridge(visit: Visit) -> dict[str, Any]:
    """Return the address of the card reader's program; empty where the window has no reader."""
    has_reader = readers.serve(visit.member)
    return {"reader": visit.services.settings.card_reader_address if has_reader else ""}


def read_of(visit: Visit, sitting: Sitting | None) -> Read | None:
    """Return what the sitting read, None where no card was read."""
    if sitting is None or not sitting.reading:
        return None
    card = readings.read(visit.member, sitting.reading)
    return Read(card.reading, card.is_genuine)


@pages.act("/readings", may=Permission.WORK_AT_WINDOW)
def issue_nonce(visit: Visit) -> Response:
    """Answer with a nonce for the card reader."""
    issued = readings.issue(visit.member)
    return jsonify(nonce=issued.nonce, expires_in=issued.expires_in)


@pages.act("/registrations/reading", may=Permission.WORK_AT_WINDOW)
def begin_by_reading(visit: Visit) -> ResponseReturnValue:
    """Begin a registration with what was read of a card."""
    return _filled(visit, sittings.begin(visit.member))


@pages.act("/registrations/<handle>/reading", may=Permission.WORK_AT_WINDOW)
def fill_by_reading(visit: Visit, handle: str) -> ResponseReturnValue:
    """Fill step 1 of a registration with what was read of a card."""
    return _filled(visit, sittings.get(visit.member, handle))


def _filled(visit: Visit, sitting: Sitting) -> ResponseReturnValue:
    card = _kept(visit, sitting)
    typed = {**sitting.typed, **{name: getattr(card, name) for name in CARD}}
    sittings.keep(visit.member, sitting.handle, typed=typed)
    return redirect(url_for(".registration_identity", handle=sitting.handle))


@pages.act("/persons/<handle>/reading", may=Permission.WORK_AT_WINDOW)
def read_card_of_person(visit: Visit, handle: str) -> ResponseReturnValue:
    """Keep what was read of the card of the person at the window."""
    _kept(visit, sittings.get(visit.member, handle))
    return redirect(url_for(".verify_person", handle=handle))


def _kept(visit: Visit, sitting: Sitting) -> Reading:
    text = request.form.get("reading", "")
    card = readings.read(visit.member, text)
    readings.keep(visit.member, card)
    sittings.keep(visit.member, sitting.handle, reading=text)
    return card.reading
