"""The ledger as a file, looked through as a whole, and sealed."""

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers import page_headers
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import field_errors, render
from handlers.admin.ledger.lines import filters_of, search_page
from miniprogram_api import audit, clock, ledger_export, ledger_seals, ledger_verifications
from miniprogram_api.ledger_seals import Seal
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission

_TYPES: dict[ledger_export.Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@page(
    blueprint,
    "/ledger/export",
    methods=("POST",),
    may=Permission.EXPORT_LEDGER,
    writes=Permission.EXPORT_LEDGER,
)
def export_ledger(visit: Visit) -> ResponseReturnValue:
    """The lines that fit the filters as a file; the reason goes into the audit log."""
    wanted, filters = filters_of(request.form)
    if filters.errors:
        return search_page(visit)
    form: ledger_export.Format = "xlsx" if request.form.get("form") == "xlsx" else "csv"
    try:
        content = ledger_export.export(
            visit.member,
            form,
            wanted,
            reason=request.form.get("reason", ""),
            unmasked="unmasked" in request.form,
        )
    except Refused as refused:
        return search_page(visit, 422, errors=field_errors(refused))
    return _file(content, f"ledger-{clock.today().isoformat()}.{form}", _TYPES[form])


@page(
    blueprint,
    "/ledger/verifications",
    methods=("GET", "POST"),
    may=Permission.READ_LEDGER,
    writes=Permission.READ_LEDGER,
    menu=Menu("台账", "完整性校验", "shield-lock", 72),
)
def verify_ledger(visit: Visit) -> ResponseReturnValue:
    """The last looks through the whole ledger; by POST a new one begins."""
    if request.method == "POST":
        ledger_verifications.request(visit.member)
        return redirect(url_for("admin.verify_ledger"))
    items = ledger_verifications.listed(visit.member)
    template = "ledger/verifications.html"
    if "HX-Request" in request.headers:
        template = "ledger/verifications_part.html"
    return render(visit, template, items=items, names=actor_names({i.asked_by for i in items}))


@page(
    blueprint,
    "/ledger/seals",
    methods=("GET", "POST"),
    may=Permission.READ_LEDGER,
    writes=Permission.EXPORT_LEDGER,
    menu=Menu("台账", "月度封存", "lock", 74),
)
def seal_ledger(visit: Visit) -> ResponseReturnValue:
    """The seals; by POST every month that has ended is sealed now."""
    settings = visit.services.settings
    if request.method == "POST":
        made = ledger_seals.seal_ended_months(settings)
        done = "sealed" if made else "nothing_to_seal"
        return redirect(url_for("admin.seal_ledger", done=done))
    public = ledger_seals.public_key(settings)
    found = [
        (seal, seal.public_key == public and ledger_seals.is_genuine(seal))
        for seal in reversed(ledger_seals.all_seals())
    ]
    return render(visit, "ledger/seals.html", seals=found, public_key=ledger_seals.readable(public))


@page(
    blueprint,
    "/ledger/seals/present",
    methods=("POST",),
    may=Permission.EXPORT_LEDGER,
    writes=Permission.EXPORT_LEDGER,
)
def export_present_seal(visit: Visit) -> ResponseReturnValue:
    """A seal of the last line as it is now, to be kept elsewhere."""
    seal = ledger_seals.present(visit.services.settings)
    if seal is None:
        return redirect(url_for("admin.seal_ledger", done="nothing_to_seal"))
    return _seal_file(visit, seal, f"{clock.now():%Y%m%d-%H%M%S}")


@page(blueprint, "/ledger/seals/<month>.json", may=Permission.EXPORT_LEDGER)
def export_seal(visit: Visit, month: str) -> ResponseReturnValue:
    """One seal with the public key, to be kept where the service cannot reach it."""
    for seal in ledger_seals.all_seals():
        if seal.month == month:
            return _seal_file(visit, seal, month)
    raise Refused(Reason.NOT_FOUND)


def _seal_file(visit: Visit, seal: Seal, name: str) -> Response:
    audit.write_own("staff:seal:exported", actor=visit.member.actor, seal=name, line=seal.number)
    text = ledger_seals.exported(seal) + "\n"
    return _file(text.encode(), f"ledger-seal-{name}.json", "application/json")


def _file(content: bytes, name: str, content_type: str) -> Response:
    response = page_headers.secure(make_response(content))
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
