"""Registration systems: letting them ask, what they may, and what they are told."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import dead_letters, registrar_hooks, registrar_systems
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrar_systems import Issued, System
from miniprogram_api.staff import Permission
from miniprogram_api.texts import words

PAGE = 50


@page(
    blueprint,
    "/registrars",
    may=Permission.READ_OPERATIONS,
    menu=Menu("运行", "登记系统", "key", 57),
)
def list_registrars(visit: Visit) -> ResponseReturnValue:
    """All systems, with what they asked and were told."""
    systems = registrar_systems.everything()
    return render(
        visit,
        "system/registrars.html",
        items=[(system, registrar_systems.usage(system.key_id)) for system in systems],
    )


@page(
    blueprint,
    "/registrars/new",
    methods=("GET", "POST"),
    may=Permission.WRITE_REGISTRARS,
    writes=Permission.WRITE_REGISTRARS,
)
def issue_registrar(visit: Visit) -> ResponseReturnValue:
    """Let a system ask; the page that answers is the only one that shows the secret."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            issued: Issued = registrar_systems.issue(
                visit.services.settings, **_typed(), actor=visit.member.actor
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return render(visit, "system/registrar_issued.html", 201, issued=issued)
    form = request.form if errors else {"daily_quota": "10000"}
    return render(
        visit,
        "system/registrar_form.html",
        422 if errors else 200,
        item=None,
        form=form,
        errors=errors,
    )


@page(
    blueprint,
    "/registrars/<key_id>",
    methods=("GET", "POST"),
    may=Permission.READ_OPERATIONS,
    writes=Permission.WRITE_REGISTRARS,
)
def show_registrar(visit: Visit, key_id: str) -> ResponseReturnValue:
    """One system: what it may, which can be changed, and its deliveries."""
    item = registrar_systems.get(key_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            registrar_systems.change(
                visit.services.settings, key_id, **_typed(), actor=visit.member.actor
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.show_registrar", key_id=key_id, done="saved"))
    found = registrar_hooks.deliveries(
        key_id,
        before=form_values.number(request.args.get("before", "")),
        most=PAGE + 1,
    )
    return render(
        visit,
        "system/registrar.html",
        422 if errors else 200,
        item=item,
        usage=registrar_systems.usage(key_id),
        form=request.form if errors else _form_of(item),
        errors=errors,
        deliveries=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        kinds=words("registrars.kinds"),
        reasons=words("registrars.reasons"),
    )


@page(
    blueprint,
    "/registrars/<key_id>/revoke",
    methods=("POST",),
    may=Permission.WRITE_REGISTRARS,
    writes=Permission.WRITE_REGISTRARS,
)
def revoke_registrar(visit: Visit, key_id: str) -> ResponseReturnValue:
    """Let a system ask no more, at once."""
    if not registrar_systems.revoke(key_id, actor=visit.member.actor):
        raise Refused(Reason.NOT_FOUND)
    return redirect(url_for("admin.show_registrar", key_id=key_id, done="key_revoked"))


@page(
    blueprint,
    "/registrars/<key_id>/deliveries/<int:event_id>",
    methods=("POST",),
    may=Permission.WRITE_REGISTRARS,
    writes=Permission.WRITE_REGISTRARS,
)
def send_registrar_event_again(visit: Visit, key_id: str, event_id: int) -> ResponseReturnValue:
    """Send an event again that was given up."""
    dead_letters.send_again(f"{dead_letters.EVENT}-{event_id}", actor=visit.member.actor)
    return redirect(url_for("admin.show_registrar", key_id=key_id, done="saved"))


def _typed() -> dict[str, Any]:
    return {
        "name": request.form.get("name", ""),
        "daily_quota": form_values.number(request.form.get("daily_quota", "")) or 0,
        "networks": form_values.words(request.form.get("networks", "")),
        "webhook_url": request.form.get("webhook_url", ""),
    }


def _form_of(item: System) -> dict[str, str]:
    return {
        "name": item.name,
        "daily_quota": str(item.daily_quota),
        "networks": "、".join(item.networks),
        "webhook_url": item.webhook_url,
    }
