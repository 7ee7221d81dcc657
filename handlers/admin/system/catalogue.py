"""What districts add to the service catalogue, edited by operators."""

from dataclasses import asdict

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.release.publishing import current
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api.catalogue import overrides
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission


@pages.page("/local-catalogue", may=Permission.READ_OPERATIONS)
def list_local_catalogue(visit: Visit) -> ResponseReturnValue:
    """List the published items with what the chosen district adds."""
    districts = overrides.districts()
    asked = request.args.get("district", "")
    district = asked if asked in districts else next(iter(districts), "")
    return render(
        visit,
        "system/local_catalogue.html",
        groups=current().content.catalogue,
        districts=districts,
        district=district,
        found=overrides.of_district(district),
        empty_local=overrides.Local(),
    )


@pages.form(
    "/local-catalogue/<code>", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS
)
def edit_local_catalogue(visit: Visit, code: str) -> ResponseReturnValue:
    """Edit what a district adds to one item."""
    item = current().content.catalogue_items.get(code)
    if item is None:
        raise Refused(Reason.NOT_FOUND)
    district = (request.form or request.args).get("district", "")
    if request.method != "POST":
        district = overrides.known_district(district)
    form = Form(asdict(overrides.find(district, code)), beside=overrides.LONGEST)
    if form.is_sent:
        with form:
            overrides.change(visit.member, district, code, request.form)
            return redirect(url_for(".list_local_catalogue", district=district, done="saved"))
    return render(
        visit,
        "system/local_catalogue_form.html",
        form=form,
        item=item,
        district=district,
        longest=overrides.LONGEST,
        writable=visit.member.may(Permission.WRITE_OPERATIONS),
    )
