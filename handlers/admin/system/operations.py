"""The operator's pages: number ranges, the outage switch, announcements."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import announcements, clock, number_ranges, outages
from miniprogram_api.number_ranges import NumberRange
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import Permission
from miniprogram_api.texts import word


@page(
    blueprint,
    "/number-ranges",
    methods=("GET", "POST"),
    may=Permission.READ_OPERATIONS,
    writes=Permission.WRITE_OPERATIONS,
    menu=Menu("运行", "号段", "phone", 40),
)
def manage_number_ranges(visit: Visit) -> ResponseReturnValue:
    """The ranges that are not supported, or only from a day on; changes hold at once."""
    errors = {}
    ranges = number_ranges.list_ranges()
    form: dict[str, str] = request.form.to_dict()
    if request.method == "POST":
        try:
            number_ranges.set_range(
                form.get("prefix", "").strip(),
                form_values.day("supported_from", form.get("supported_from", "")),
                form.get("note", "").strip(),
                actor=visit.member.actor,
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.manage_number_ranges", done="saved"))
    else:
        chosen = next((r for r in ranges if r.prefix == request.args.get("prefix")), None)
        form = {} if chosen is None else _fields_of(chosen)
    return render(
        visit,
        "system/number_ranges.html",
        422 if errors else 200,
        ranges=ranges,
        today=clock.today(),
        errors=errors,
        form=form,
    )


def _fields_of(item: NumberRange) -> dict[str, str]:
    day = item.supported_from.isoformat() if item.supported_from else ""
    return {"prefix": item.prefix, "supported_from": day, "note": item.note}


@page(
    blueprint, "/number-ranges/<prefix>/remove", methods=("POST",), may=Permission.WRITE_OPERATIONS
)
def remove_number_range(visit: Visit, prefix: str) -> ResponseReturnValue:
    """Take a range off the list: it is supported at once."""
    number_ranges.remove(prefix, actor=visit.member.actor)
    return redirect(url_for("admin.manage_number_ranges", done="saved"))


@page(
    blueprint,
    "/sources",
    methods=("GET", "POST"),
    may=Permission.READ_OPERATIONS,
    writes=Permission.WRITE_OPERATIONS,
    menu=Menu("运行", "来源开关", "world-off", 45),
)
def manage_sources(visit: Visit) -> ResponseReturnValue:
    """Which outside sources are switched off, with what users are told."""
    errors = {}
    form = request.form
    if request.method == "POST":
        try:
            outages.switch_off(
                form.get("source", ""),
                form.get("notice", ""),
                form_values.moment("until", form.get("until", "")),
                actor=visit.member.actor,
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.manage_sources", done="saved"))
    return render(
        visit,
        "system/sources.html",
        422 if errors else 200,
        names={source: word("names.sources", source) for source in outages.SOURCES},
        off={outage.source: outage for outage in outages.current()},
        errors=errors,
        form=form,
    )


@page(blueprint, "/sources/<source>/on", methods=("POST",), may=Permission.WRITE_OPERATIONS)
def switch_source_on(visit: Visit, source: str) -> ResponseReturnValue:
    """Ask the source again from now on."""
    outages.switch_on(source, actor=visit.member.actor)
    return redirect(url_for("admin.manage_sources", done="saved"))


@page(
    blueprint,
    "/announcements",
    may=Permission.READ_OPERATIONS,
    menu=Menu("运行", "公告", "speakerphone", 50),
)
def list_announcements(visit: Visit) -> ResponseReturnValue:
    """All announcements with their state."""
    return render(
        visit, "system/announcements.html", items=announcements.everything(), now=clock.now()
    )


@page(blueprint, "/announcements/new", methods=("GET", "POST"), may=Permission.WRITE_OPERATIONS)
def add_announcement(visit: Visit) -> ResponseReturnValue:
    """Announce something."""
    return _announcement_form(visit, None)


@page(
    blueprint,
    "/announcements/<int:announcement_id>",
    methods=("GET", "POST"),
    may=Permission.WRITE_OPERATIONS,
)
def edit_announcement(visit: Visit, announcement_id: int) -> ResponseReturnValue:
    """Change what is announced."""
    return _announcement_form(visit, announcement_id)


@page(
    blueprint,
    "/announcements/<int:announcement_id>/withdraw",
    methods=("POST",),
    may=Permission.WRITE_OPERATIONS,
)
def withdraw_announcement(visit: Visit, announcement_id: int) -> ResponseReturnValue:
    """Show it no more."""
    announcements.withdraw(announcement_id, actor=visit.member.actor)
    return redirect(url_for("admin.list_announcements", done="saved"))


def _announcement_form(visit: Visit, announcement_id: int | None) -> ResponseReturnValue:
    item = None if announcement_id is None else announcements.get(announcement_id)
    errors = {}
    form: dict[str, str] = request.form.to_dict()
    if request.method == "POST":
        try:
            announcements.save(
                announcement_id,
                title=form.get("title", ""),
                text=form.get("text", ""),
                districts=form_values.words(form.get("districts", "")),
                starts_at=form_values.moment("starts_at", form.get("starts_at", "")),
                ends_at=form_values.moment("ends_at", form.get("ends_at", "")),
                actor=visit.member.actor,
            )
        except Refused as refused:
            errors = field_errors(refused)
        else:
            return redirect(url_for("admin.list_announcements", done="saved"))
    elif item is not None:
        form = {
            "title": item.title,
            "text": item.text,
            "districts": "、".join(item.districts),
            "starts_at": f"{item.starts_at:%Y-%m-%dT%H:%M}",
            "ends_at": f"{item.ends_at:%Y-%m-%dT%H:%M}" if item.ends_at else "",
        }
    return render(
        visit,
        "system/announcement_form.html",
        422 if errors else 200,
        item=item,
        form=form,
        errors=errors,
    )
