"""Registering a person without a smartphone, in three steps and one sitting.

The sitting keeps the typed values over errors, closed pages and ended sessions; the last step
calls ``window_registration``.
"""

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window import captures
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import (
    COMMON_REASONS,
    denial_of,
    done_address,
    known,
    next_address,
    on_site,
    ticked,
)
from handlers.api.uploads import Image
from handlers.auth import client_address
from miniprogram_api.captures import evidence_seen
from miniprogram_api.captures.taking import Capture
from miniprogram_api.desks import lookups
from miniprogram_api.reasons import Reason
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.staff import sittings, windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import words
from miniprogram_api.windows import identity_checks as window_checks
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.identity_checks import CheckAtWindow
from miniprogram_api.windows.registration import SOURCE_SAYS_NO, WindowForm

IDENTITY = ("name", "id_number", "valid_from", "valid_until")
CONTACT = (
    "phone", "whose", "proved_by", "sms_code", "consent_signed",
    "guardian_name", "guardian_id_number", "guardian_relation",
    "guardian_valid_from", "guardian_valid_until", "guardian_paper",
)  # fmt: skip
SEEN_BEFORE = (evidence_seen.Document.HOUSEHOLD_REGISTER,)
"""Papers that prove a guardianship and are ticked as seen of the person, too."""
SEEN = ("place", "reason", "despite_source")
RELATIONS = tuple(words("guardians.relations").values())

# Set by the page's autosave: keep the values without checking them.
_DRAFT = "draft"
# Refusals of the last step that lead back to step 2, and to the person.
_OF_CONTACT = frozenset(
    {
        Reason.SMS_CODE_WRONG,
        Reason.SMS_CODE_EXPIRED,
        Reason.SMS_CODE_USED,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.CONSENT_REQUIRED,
        Reason.GUARDIAN_NOT_CONFIRMED,
    }
)
_OF_PERSON = frozenset({Reason.ALREADY_REGISTERED, Reason.VERIFICATION_HELD})
# The statuses of accounts that this sitting creates or activates.
_OPEN = (None, "unactivated")


@pages.form("/registrations", may=Permission.WORK_AT_WINDOW)
def begin_registration(visit: Visit) -> ResponseReturnValue:
    """Begin with step 1 for a person who was not searched for before."""
    if request.method == "GET":
        return _identity_page(visit, None, Form())
    return once(visit, lambda: _begun(visit))


def _begun(visit: Visit) -> str:
    handle = sittings.begin(visit.member).handle
    sittings.keep(visit.member, handle, typed=_identity_typed({}))
    return url_for(".registration_identity", handle=handle, check=1)


@pages.form("/registrations/<handle>/identity", may=Permission.WORK_AT_WINDOW)
def registration_identity(visit: Visit, handle: str) -> ResponseReturnValue:
    """Take the data of the card (step 1) and check it locally."""
    sitting = sittings.get(visit.member, handle)
    if request.method == "POST":
        values = _identity_typed(sitting.typed)
        sitting = sittings.keep(visit.member, handle, typed=values)
        if _DRAFT in request.form:
            return "", 204
        return _check_identity(visit, sitting, may_go_on="use" not in request.form)
    if "check" in request.args:
        return _check_identity(visit, sitting)
    return _identity_page(
        visit, sitting, Form({"id_number": sitting.shown_number, **sitting.typed})
    )


def _identity_typed(before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of step 1, with an accepted suggestion in its field."""
    values = {
        **before,
        **{name: form_values.text(request.form, name) for name in IDENTITY},
        "confirmed": request.form.getlist("confirmed"),
    }
    field, _, suggestion = request.form.get("use", "").partition("=")
    if field in IDENTITY:
        values[field] = suggestion[:200]
    return values


def _check_identity(
    visit: Visit, sitting: Sitting, *, may_go_on: bool = True
) -> ResponseReturnValue:
    """Go on to step 2, or back to step 1 with errors or warnings."""
    values = {**dict.fromkeys(IDENTITY, ""), **sitting.typed}
    form = Form(values, typed=values)
    with form:
        looked = window_checks.check_identity(visit.member, *(values[name] for name in IDENTITY))
        number = looked.normalised.id_number
        if number != sitting.id_number:
            lookups.record(visit.services, visit.member, number, lookups.REGISTRATION)
        sitting = sittings.keep(visit.member, sitting.handle, id_number=number)
        confirmed = values.get("confirmed", ())
        is_clear = all(warning.code in confirmed for warning in looked.warnings)
        if not (is_clear and looked.account_status in _OPEN and may_go_on):
            return _identity_page(visit, sitting, form, looked)
        return redirect(url_for(".registration_contact", handle=sitting.handle))
    return _identity_page(visit, sitting, form)


def _identity_page(
    visit: Visit, sitting: Sitting | None, form: Form, looked: CheckAtWindow | None = None
) -> ResponseReturnValue:
    fields = [] if form.refused is None else form.refused.details.get("fields", ())
    is_taken = looked is not None and looked.account_status not in _OPEN
    return render(
        visit,
        "window/registration_identity.html",
        422 if is_taken or (looked and looked.warnings) else None,
        form=form,
        handle=None if sitting is None else sitting.handle,
        suggestions={i["field"]: i["suggestion"] for i in fields if i.get("suggestion")},
        warnings=[] if looked is None else looked.warnings,
        account_status=looked.account_status if looked is not None and is_taken else None,
        synced=_is_synced(visit, sitting),
        asks_switch=registrar_systems.switch_is_used(),
        read=captures.read_of(visit, sitting),
        takes_photos=True,
        **captures.bridge(visit),
    )


@pages.form("/registrations/<handle>/contact", may=Permission.WORK_AT_WINDOW)
def registration_contact(visit: Visit, handle: str) -> ResponseReturnValue:
    """Take phone, signed consent and guardian (step 2)."""
    sitting = sittings.get(visit.member, handle)
    looked = _looked(visit, sitting)
    if looked is None:
        return redirect(url_for(".registration_identity", handle=handle))
    if request.method == "GET":
        return _contact_page(visit, sitting, looked, Form(sitting.typed))
    values: dict[str, Any] = {name: form_values.text(request.form, name) for name in CONTACT}
    values["confirmed_contact"] = request.form.getlist("confirmed_contact")
    sitting = sittings.keep(visit.member, handle, typed={**sitting.typed, **values})
    if _DRAFT in request.form:
        return "", 204
    form = Form(typed=sitting.typed)
    with form:
        if "send_code" in request.form:
            window_registration.send_code(visit.services, visit.member, values["phone"])
            return _contact_page(visit, sitting, looked, form, sent_to=values["phone"])
        window_registration.judge_contact(
            visit.member,
            phone_text=_phone(sitting.typed),
            consent_signed=bool(values["consent_signed"]),
            guardian=_guardian(sitting.typed),
            needs_guardian=looked.needs_guardian,
            sms_code=_sms_code(sitting.typed),
            confirmed_warnings=values["confirmed_contact"],
        )
        return redirect(url_for(".registration_verification", handle=handle))
    return _contact_page(visit, sitting, looked, form)


def _contact_page(
    visit: Visit,
    sitting: Sitting,
    looked: CheckAtWindow,
    form: Form,
    *,
    sent_to: str = "",
) -> ResponseReturnValue:
    return render(
        visit,
        "window/registration_contact.html",
        form=form,
        handle=sitting.handle,
        looked=looked,
        relations=RELATIONS,
        proofs=words("guardians.proofs"),
        sent_to=sent_to,
        warnings=[] if form.refused is None else form.refused.details.get("warnings", []),
        synced=looked.account_status is not None,
        asks_switch=registrar_systems.switch_is_used(),
    )


@pages.form(
    "/registrations/<handle>/verification",
    may=Permission.WORK_AT_WINDOW,
    largest=captures.LARGEST,
    files=captures.FILES,
)
def registration_verification(
    visit: Visit, handle: str, form: dict[str, str], files: dict[str, Image]
) -> ResponseReturnValue:
    """Take the evidence (step 3) and register the account at level 4, or hold it."""
    sitting = sittings.get(visit.member, handle)
    if sitting.done is not None:
        return redirect(next_address(sitting))
    looked = _looked(visit, sitting)
    if looked is None or "phone" not in sitting.typed:
        return redirect(url_for(".registration_contact", handle=handle))
    page_form = Form({"place": windows.name_of(visit.member.window_id), **sitting.typed}, typed={})
    if page_form.is_sent:
        values: dict[str, Any] = {name: form_values.text(form, name, 500) for name in SEEN}
        values["evidence_seen"] = ticked(form)
        sitting = sittings.keep(visit.member, handle, typed={**sitting.typed, **values})
        if _DRAFT in form:
            return "", 204
        page_form = Form(typed=sitting.typed)
        capture = captures.received(sitting, form, files)
        with page_form:
            return once(visit, lambda: _registered(visit, sitting, capture), form)
        sitting = captures.keep(visit, sitting, capture, page_form)
    return render(
        visit,
        "window/registration_verification.html",
        form=page_form,
        takes_photos=True,
        handle=handle,
        looked=looked,
        **captures.shown(visit, sitting, needs_guardian=looked.needs_guardian),
        documents=evidence_seen.NAMES,
        # In step 2 it was said to be seen in the original.
        seen_before=[key for key in SEEN_BEFORE if key == sitting.typed.get("guardian_paper")],
        common_reasons=COMMON_REASONS,
        source_says_no=page_form.reason in SOURCE_SAYS_NO
        or bool(sitting.typed.get("despite_source")),
        denied=denial_of(looked.normalised.id_number),
        back_to_contact=page_form.reason in _OF_CONTACT,
        person=known(visit, sitting) if page_form.reason in _OF_PERSON else None,
        synced=looked.account_status is not None,
        asks_switch=registrar_systems.switch_is_used(),
    )


def _registered(visit: Visit, sitting: Sitting, capture: Capture) -> str:
    values = sitting.typed
    form = WindowForm(
        **{name: values[name] for name in IDENTITY},
        phone=_phone(values),
        phone_of_relative=values.get("whose") == "relative",
        consent_signed=bool(values.get("consent_signed")),
        on_site=on_site(values, values["evidence_seen"]),
        guardian=_guardian(values),
        sms_code=_sms_code(values),
        confirmed_warnings=[*values.get("confirmed", ()), *values.get("confirmed_contact", ())],
        despite_source=bool(values.get("despite_source")),
        capture=capture,
    )
    address = client_address(request, visit.services.settings)
    act = "activated" if _is_synced(visit, sitting) else "registered"
    done = window_registration.register(visit.services, visit.member, form, address=address)
    return done_address(visit, sitting, act, done, form.on_site)


def _looked(visit: Visit, sitting: Sitting) -> CheckAtWindow | None:
    """Return the local check of step 1, None while it has errors or open warnings."""
    values = sitting.typed
    if not all(values.get(name) for name in IDENTITY):
        return None
    with Form():
        looked = window_checks.check_identity(visit.member, *(values[name] for name in IDENTITY))
        confirmed = values.get("confirmed", ())
        return looked if all(w.code in confirmed for w in looked.warnings) else None
    return None


def _guardian(values: Mapping[str, Any]) -> Guardian | None:
    name, number = values.get("guardian_name", ""), values.get("guardian_id_number", "")
    if not name and not number:
        return None
    return Guardian(
        name,
        number,
        values.get("guardian_relation", ""),
        values.get("guardian_valid_from", ""),
        values.get("guardian_valid_until", ""),
        values.get("guardian_paper", ""),
    )


def _is_synced(visit: Visit, sitting: Sitting | None) -> bool:
    """Return whether the sitting activates a synced account."""
    person = None if sitting is None else known(visit, sitting)
    account = None if person is None else person.account
    return account is not None and account.status == "unactivated"


def _phone(values: Mapping[str, Any]) -> str | None:
    return None if values.get("whose") == "none" else values["phone"]


def _sms_code(values: Mapping[str, Any]) -> str | None:
    return values.get("sms_code", "") if values.get("proved_by") == "sms" else None
