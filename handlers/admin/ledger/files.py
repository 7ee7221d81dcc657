"""The ledger as a file, its verification and its seals."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import field_errors, render
from handlers.admin.ledger.blueprint import pages
from handlers.admin.ledger.lines import filters_of, search_page
from miniprogram_api import audit, clock
from miniprogram_api.ledger import export as ledger_export
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.ledger.seals import Seal
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission

_TYPES: dict[ledger_export.Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.act("/export", may=Permission.EXPORT_LEDGER, writes=Permission.EXPORT_LEDGER)
def export_ledger(visit: Visit) -> ResponseReturnValue:
    """Download the lines that match the filters; the reason goes into the audit log."""
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
    return csv_files.file(content, _TYPES[form], f"ledger-{clock.today().isoformat()}.{form}")


@pages.form("/verifications", may=Permission.READ_LEDGER, writes=Permission.READ_LEDGER)
def verify_ledger(visit: Visit) -> ResponseReturnValue:
    """List the verifications of the whole ledger; by POST request a new one."""
    if request.method == "POST":
        ledger_verifications.request(visit.member)
        return redirect(url_for(".verify_ledger"))
    items = ledger_verifications.listed(visit.member)
    template = "ledger/verifications.html"
    if "HX-Request" in request.headers:
        template = "ledger/verifications_part.html"
    return render(visit, template, items=items, names=actor_names({i.asked_by for i in items}))


@pages.form("/seals", may=Permission.READ_LEDGER, writes=Permission.EXPORT_LEDGER)
def seal_ledger(visit: Visit) -> ResponseReturnValue:
    """List the seals; by POST seal every month that has ended."""
    settings = visit.services.settings
    if request.method == "POST":
        made = ledger_seals.seal_ended_months(settings)
        done = "sealed" if made else "nothing_to_seal"
        return redirect(url_for(".seal_ledger", done=done))
    public = ledger_seals.public_key(settings)
    found = [
        (seal, seal.public_key == public and ledger_seals.is_genuine(seal))
        for seal in reversed(ledger_seals.all_seals())
    ]
    return render(
        visit, "ledger/seals.html", seals=found, public_key=ledger_seals.encoded_key(public)
    )


@pages.act("/seals/present", may=Permission.EXPORT_LEDGER, writes=Permission.EXPORT_LEDGER)
def export_present_seal(visit: Visit) -> ResponseReturnValue:
    """Download a seal of the current last line."""
    seal = ledger_seals.sign_last_line(visit.services.settings)
    if seal is None:
        return redirect(url_for(".seal_ledger", done="nothing_to_seal"))
    return _seal_file(visit, seal, f"{clock.now():%Y%m%d-%H%M%S}")


@pages.page("/seals/<month>.json", may=Permission.EXPORT_LEDGER)
def export_seal(visit: Visit, month: str) -> ResponseReturnValue:
    """Download one seal with the public key, to be kept outside the service."""
    for seal in ledger_seals.all_seals():
        if seal.month == month:
            return _seal_file(visit, seal, month)
    raise Refused(Reason.NOT_FOUND)


def _seal_file(visit: Visit, seal: Seal, name: str) -> Response:
    audit.write_own("staff:seal:exported", actor=visit.member.actor, seal=name, line=seal.number)
    text = ledger_seals.to_json(seal) + "\n"
    return csv_files.file(text.encode(), "application/json", f"ledger-seal-{name}.json")
