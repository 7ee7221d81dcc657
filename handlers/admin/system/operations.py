"""The operator's pages: number ranges, source switches, announcements."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from miniprogram_api.operations.announcements import Announcement
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.ranges import NumberRange
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import word


@pages.form("/number-ranges", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def manage_number_ranges(visit: Visit) -> ResponseReturnValue:
    """List and change the unsupported number ranges; changes apply at once."""
    ranges = number_ranges.list_ranges()
    chosen = next((r for r in ranges if r.prefix == request.args.get("prefix")), None)
    form = Form({} if chosen is None else _fields_of(chosen))
    if form.is_sent:
        with form:
            number_ranges.set_range(
                form["prefix"].strip(),
                form.day("supported_from"),
                form["note"].strip(),
                actor=visit.member.actor,
            )
            return redirect(url_for(".manage_number_ranges", done="saved"))
    return render(visit, "system/number_ranges.html", form=form, ranges=ranges, today=clock.today())


def _fields_of(item: NumberRange) -> dict[str, str]:
    day = item.supported_from.isoformat() if item.supported_from else ""
    return {"prefix": item.prefix, "supported_from": day, "note": item.note}


@pages.act("/number-ranges/<prefix>/remove", may=Permission.WRITE_OPERATIONS)
def remove_number_range(visit: Visit, prefix: str) -> ResponseReturnValue:
    """Remove a range, so that it is supported at once."""
    number_ranges.remove(prefix, actor=visit.member.actor)
    return redirect(url_for(".manage_number_ranges", done="saved"))


@pages.form("/sources", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def manage_sources(visit: Visit) -> ResponseReturnValue:
    """List the outside sources and switch one off, with a notice for users."""
    form = Form()
    if form.is_sent:
        with form:
            outages.switch_off(
                form["source"],
                form["notice"],
                form.moment("until"),
                actor=visit.member.actor,
            )
            return redirect(url_for(".manage_sources", done="saved"))
    return render(
        visit,
        "system/sources.html",
        form=form,
        names={source: word("names.sources", source) for source in outages.SOURCES},
        off={outage.source: outage for outage in outages.current()},
    )


@pages.act("/sources/<source>/on", may=Permission.WRITE_OPERATIONS)
def switch_source_on(visit: Visit, source: str) -> ResponseReturnValue:
    """Switch a source on."""
    outages.switch_on(source, actor=visit.member.actor)
    return redirect(url_for(".manage_sources", done="saved"))


@pages.page("/announcements", may=Permission.READ_OPERATIONS)
def list_announcements(visit: Visit) -> ResponseReturnValue:
    """List all announcements with their states."""
    items = announcements.list_all()
    return render(visit, "system/announcements.html", items=items, now=clock.now())


@pages.form("/announcements/new", may=Permission.WRITE_OPERATIONS)
def add_announcement(visit: Visit) -> ResponseReturnValue:
    """Create an announcement."""
    return _announcement_form(visit, None)


@pages.form("/announcements/<int:announcement_id>", may=Permission.WRITE_OPERATIONS)
def edit_announcement(visit: Visit, announcement_id: int) -> ResponseReturnValue:
    """Change an announcement."""
    return _announcement_form(visit, announcement_id)


@pages.act("/announcements/<int:announcement_id>/withdraw", may=Permission.WRITE_OPERATIONS)
def withdraw_announcement(visit: Visit, announcement_id: int) -> ResponseReturnValue:
    """Withdraw an announcement."""
    announcements.withdraw(announcement_id, actor=visit.member.actor)
    return redirect(url_for(".list_announcements", done="saved"))


def _announcement_form(visit: Visit, announcement_id: int | None) -> ResponseReturnValue:
    item = None if announcement_id is None else announcements.get(announcement_id)
    form = Form({} if item is None else _texts_of(item))
    if form.is_sent:
        with form:
            announcements.save(
                announcement_id,
                title=form["title"],
                text=form["text"],
                districts=form.words("districts"),
                starts_at=form.moment("starts_at"),
                ends_at=form.moment("ends_at"),
                actor=visit.member.actor,
            )
            return redirect(url_for(".list_announcements", done="saved"))
    return render(visit, "system/announcement_form.html", form=form, item=item)


def _texts_of(item: Announcement) -> dict[str, str]:
    return {
        "title": item.title,
        "text": item.text,
        "districts": "、".join(item.districts),
        "starts_at": f"{item.starts_at:%Y-%m-%dT%H:%M}",
        "ends_at": f"{item.ends_at:%Y-%m-%dT%H:%M}" if item.ends_at else "",
    }
