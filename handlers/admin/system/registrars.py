"""Registration systems: keys, limits and webhooks."""

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import cut, render
from handlers.admin.system.blueprint import pages
from miniprogram_api.delivery import dead_letters, webhooks
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.systems import Issued, System, SystemForm
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

PAGE = 50


@pages.page("/registrars", may=Permission.READ_OPERATIONS)
def list_registrars(visit: Visit) -> ResponseReturnValue:
    """List all systems with their usage."""
    systems = registrar_systems.all_systems()
    items = [(system, registrar_systems.usage(system.key_id)) for system in systems]
    return render(visit, "system/registrars.html", items=items)


@pages.form("/registrars/new", may=Permission.WRITE_REGISTRARS)
def issue_registrar(visit: Visit) -> ResponseReturnValue:
    """Issue a key; only the answer to this form shows the secret."""
    form = Form({"daily_quota": "10000", "uses_switch": "1"})
    if form.is_sent:
        with form:
            issued: Issued = registrar_systems.issue(
                visit.services.settings, **_typed(form), actor=visit.member.actor
            )
            return render(visit, "system/registrar_issued.html", 201, issued=issued)
    return render(visit, "system/registrar_form.html", form=form, item=None)


@pages.form(
    "/registrars/<key_id>", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_REGISTRARS
)
def show_registrar(visit: Visit, key_id: str) -> ResponseReturnValue:
    """Show and change one system, with its deliveries."""
    item = registrar_systems.get(key_id)
    form = Form(_form_of(item))
    if form.is_sent:
        with form:
            settings, actor = visit.services.settings, visit.member.actor
            registrar_systems.change(settings, key_id, SystemForm(**_typed(form)), actor=actor)
            return redirect(url_for(".show_registrar", key_id=key_id, done="saved"))
    rows = webhooks.of_persons(key_id, before=form_values.before(), most=PAGE + 1)
    deliveries, last = cut(rows, PAGE)
    return render(
        visit,
        "system/registrar.html",
        form=form,
        item=item,
        usage=registrar_systems.usage(key_id),
        deliveries=deliveries,
        older=last and last.id,
        of_matters=webhooks.of_matters(key_id),
        kinds=words("registrars.kinds"),
        reasons=words("registrars.reasons"),
    )


@pages.act("/registrars/<key_id>/revoke", may=Permission.WRITE_REGISTRARS)
def revoke_registrar(visit: Visit, key_id: str) -> ResponseReturnValue:
    """Revoke a key at once."""
    if not registrar_systems.revoke(key_id, actor=visit.member.actor):
        raise Refused(Reason.NOT_FOUND)
    return redirect(url_for(".show_registrar", key_id=key_id, done="key_revoked"))


@pages.act("/registrars/<key_id>/deliveries/<int:event_id>", may=Permission.WRITE_REGISTRARS)
def send_registrar_event_again(visit: Visit, key_id: str, event_id: int) -> ResponseReturnValue:
    """Resend an event that was given up."""
    dead_letters.send_again(f"{webhooks.PERSONS.name}-{event_id}", actor=visit.member.actor)
    return redirect(url_for(".show_registrar", key_id=key_id, done="saved"))


@pages.act("/registrars/<key_id>/matter-events/<int:event_id>", may=Permission.WRITE_REGISTRARS)
def send_matter_event_again(visit: Visit, key_id: str, event_id: int) -> ResponseReturnValue:
    """Resend an event of a matter that was given up."""
    dead_letters.send_again(f"{webhooks.MATTERS.name}-{event_id}", actor=visit.member.actor)
    return redirect(url_for(".show_registrar", key_id=key_id, done="saved"))


def _typed(form: Form) -> dict[str, Any]:
    return {
        "name": form["name"],
        "daily_quota": form.number("daily_quota") or 0,
        "networks": form.words("networks"),
        "webhook_url": form["webhook_url"],
        "uses_switch": "uses_switch" in form,
    }


def _form_of(item: System) -> dict[str, str]:
    return {
        "name": item.name,
        "daily_quota": str(item.daily_quota),
        "networks": "、".join(item.networks),
        "webhook_url": item.webhook_url,
        "uses_switch": "1" if item.uses_switch else "",
    }
