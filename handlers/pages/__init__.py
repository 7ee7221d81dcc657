"""The start page with a chat box, the documentation of the API, and check codes on paper."""

from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from faq.release.publishing import current
from handlers import page_headers
from handlers.auth import client_address
from handlers.pages.reference import sections
from miniprogram_api.counter import receipts
from miniprogram_api.counter.receipts import VerifiedAct
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import check_codes, name_slips
from miniprogram_api.sheets.sheet import NameSlip
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.sentences import sentence

blueprint = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)


def _page(template: str, **values: Any) -> Response:
    return page_headers.secure(make_response(render_template(template, **values)))


@blueprint.get("/")
def home() -> Response:
    """Show the start page with links and a chat box."""
    services: Services = current_app.extensions["services"]
    inbox = None
    if services.settings.profile == "sandbox":
        inbox = f"http://127.0.0.1:{services.settings.sandbox_port}/sandbox/inbox"
    entries = [entry for entry in current().entries if entry.case is not None]
    return _page("home.html", inbox=inbox, entries=entries)


def not_found() -> Response:
    """Return the page for an address that does not exist, with a way home."""
    page = _page("not_found.html")
    page.status_code = Reason.NOT_FOUND.status
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.get("/docs")
def docs() -> Response:
    """Show the documentation of the API."""
    services: Services = current_app.extensions["services"]
    return _page("docs.html", sections=sections(), base=services.settings.origin)


@blueprint.get("/verify")
def verify() -> ResponseReturnValue:
    """Show the form for a check code."""
    code = request.args.get("code", "").strip()[: check_codes.LONGEST]
    if code:
        return redirect(url_for(".verify_code", code=code))
    return _verification("")


@blueprint.get("/verify/<code>")
def verify_code(code: str) -> ResponseReturnValue:
    """Show the record of a check code and whether its signature holds."""
    services: Services = current_app.extensions["services"]
    address = client_address(request, services.settings)
    try:
        checked = check_codes.verify(services, code, address=address)
    except Refused as refused:
        message = sentence(refused.reason, refused.details)
        return _verification(code, status=refused.reason.status, message=message, mark="bad")
    if checked is None:
        slip = name_slips.find(code)
        if slip is not None:
            return _slip(slip)
        act = receipts.verify(check_codes.canonical(code))
        return _unknown(code) if act is None else _act(act)
    return _verification(
        checked.code,
        found=checked,
        message=text(f"sheets.validity.{checked.validity}", until=_moment(checked.until)),
        mark={check_codes.TAMPERED: "bad"}.get(checked.validity, "good" if checked.counts else ""),
        kind=word("sheets.kinds", checked.matter_kind),
        way=word("sheets.verified_ways", checked.way),
        state=word("sheets.matter_states", checked.matter_state),
    )


def _unknown(code: str) -> Response:
    known_form = check_codes.has_form(code)
    message = text("sheets.code_unknown" if known_form else "sheets.code_malformed")
    return _verification(code, status=404, message=message, mark="bad")


def _act(act: VerifiedAct) -> Response:
    """Show an act of a receipt and whether it has effect."""
    marks = {receipts.TAMPERED: "bad", receipts.STANDS: "good", receipts.AGREED: "good"}
    return _verification(
        act.code,
        act=act,
        action=word("ledger.actions", act.action),
        message=text(f"sheets.receipt_validity.{act.validity}"),
        mark=marks.get(act.validity, ""),
    )


def _slip(slip: NameSlip) -> Response:
    """Show a slip of checked names."""
    return _verification(
        slip.code,
        slip=slip,
        message=text(
            "sheets.slip_validity",
            made=_moment(slip.made_at),
            until=text("sheets.day", day=name_slips.kept_until(slip)),
            note=slip.note,
        ),
        library_date=slip.library_date or text("sheets.name_slip.not_compared"),
        results=words("sheets.name_slip.results"),
    )


def _moment(at: datetime) -> str:
    return text("sheets.moment", at=at)


def _verification(code: str, *, status: int = 200, **values: Any) -> Response:
    response = _page("verify.html", code=code[: check_codes.LONGEST], **values)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
