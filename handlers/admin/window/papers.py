"""What the window prints: receipts of a person's acts, and the consent to be signed."""

from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from miniprogram_api.accounts import consents
from miniprogram_api.counter import receipts
from miniprogram_api.staff import sittings
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words


@pages.page("/persons/<handle>/receipt", may=Permission.READ_WINDOW)
def print_receipt(visit: Visit, handle: str) -> ResponseReturnValue:
    """Show the receipt of this clerk's acts of today for the person, ready to be printed."""
    sitting = sittings.get(visit.member, handle)
    return render(
        visit,
        "window/receipt.html",
        handle=handle,
        receipt=receipts.of_person(visit.member, sitting.id_number),
        actions=words("ledger.actions"),
        asked=words("ledger.acts"),
        verify_at=f"{visit.services.settings.origin}/verify",
    )


@pages.page("/consent", may=Permission.READ_WINDOW)
def print_consent(visit: Visit) -> ResponseReturnValue:
    """Show the rules in force with lines to sign, ready to be printed."""
    return render(
        visit, "window/consent.html", consent=consents.shown_text(visit.services.settings)
    )
