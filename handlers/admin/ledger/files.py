"""The ledger as a file, its verification and its seals."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names, ticket_numbers
from handlers.admin.frame.rendering import render
from handlers.admin.ledger.blueprint import pages
from handlers.admin.ledger.lines import filters_of, search_page
from miniprogram_api import audit, clock
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison as ledger_comparison
from miniprogram_api.ledger import export as ledger_export
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import signing
from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

MOST_SEALS = 200

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
    form = Form()
    kind: ledger_export.Format = "xlsx" if form["form"] == "xlsx" else "csv"
    with form:
        content = ledger_export.export(
            visit.member, kind, wanted, reason=form["reason"], unmasked="unmasked" in form
        )
        return csv_files.file(content, _TYPES[kind], f"ledger-{clock.today().isoformat()}.{kind}")
    return search_page(visit, export=form)


@pages.form("/verifications", may=Permission.READ_LEDGER, writes=Permission.READ_LEDGER)
def verify_ledger(visit: Visit) -> ResponseReturnValue:
    """List the verifications of the ledger and its last comparison; by POST verify it."""
    if request.method == "POST":
        ledger_verifications.request(visit.member)
        return redirect(url_for(".verify_ledger"))
    items = ledger_verifications.listed(visit.member)
    compared = ledger_comparison.last()
    template = "ledger/verifications.html"
    if "HX-Request" in request.headers:
        template = "ledger/verifications_part.html"
    return render(
        visit,
        template,
        items=items,
        chains=words("ledger.chains"),
        names=actor_names({i.asked_by for i in items}),
        comparison=compared,
        ticket_numbers=ticket_numbers(
            one.id for one in (compared.differences if compared else ()) if one.table == "ticket"
        ),
        differences=words("ledger.differences"),
        tables=words("ledger.tables"),
    )


@pages.form("/seals", may=Permission.READ_LEDGER, writes=Permission.EXPORT_LEDGER)
def seal_ledger(visit: Visit) -> ResponseReturnValue:
    """List the newest seals; by POST seal the last line now."""
    settings = visit.services.settings
    if request.method == "POST":
        ledger_seals.make(settings)
        is_carried = ledger_anchors.carry(visit.services)
        done = "sealed" if is_carried else "not_carried"
        return redirect(url_for(".seal_ledger", done=done))
    files = [
        (seal, ledger_seals.is_genuine(settings, seal))
        for seal in ledger_seals.all_seals(MOST_SEALS)
    ]
    return render(
        visit,
        "ledger/seals.html",
        seals=files,
        most=MOST_SEALS,
        ledger_status=ledger_anchors.status(settings),
        public_key=signing.encoded_key(signing.public_key(settings)),
    )


@pages.page("/seals/<int:sequence>.json", may=Permission.EXPORT_LEDGER)
def export_seal(visit: Visit, sequence: int) -> ResponseReturnValue:
    """Download one seal with the public key, to be kept outside the service."""
    seal = ledger_seals.get(sequence)
    if seal is None:
        raise Refused(Reason.NOT_FOUND)
    audit.write_own(
        "staff:seal:exported", actor=visit.member.actor, seal=sequence, line=seal.number
    )
    text = ledger_seals.to_json(seal) + "\n"
    return csv_files.file(text.encode(), "application/json", f"ledger-seal-{sequence:08}.json")
