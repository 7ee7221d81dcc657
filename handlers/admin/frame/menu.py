"""The navigation: its groups and pages in their order."""

from typing import NamedTuple

from handlers.admin.frame.access import PAGES, Visit
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text


class Item(NamedTuple):
    """An entry of the navigation; the page that it leads to names the permission."""

    title: str
    icon: str
    endpoint: str


_PAGES = {
    "work": (
        ("home", "admin.frame.start"),
        ("chart-bar", "admin.dashboard.dashboard"),
    ),
    "window": (
        ("id", "admin.window.window_desk_page"),
        ("clipboard-list", "admin.window.begin_registration"),
        ("file-text", "admin.window.list_matters"),
        ("list-search", "admin.window.check_names"),
        ("clipboard-check", "admin.second_person.list_requests"),
        ("ticket", "admin.window.list_window_tickets"),
    ),
    "content": (
        ("message-question", "admin.content.list_entries"),
        ("list", "admin.content.list_points"),
        ("inbox", "admin.content.list_inbox"),
        ("list-search", "admin.content.list_spot_checks"),
        ("building-store", "admin.content.show_catalogue"),
        ("book", "admin.content.show_lists"),
        ("send", "admin.content.publish"),
        ("clipboard-check", "admin.content.list_submissions"),
        ("history", "admin.content.list_releases"),
        ("upload", "admin.content.exchange"),
        ("checklist", "admin.content.list_question_sets"),
    ),
    "centre": (
        ("ticket", "admin.centre.centre_queue"),
        ("alert-triangle", "admin.centre.show_irregularities"),
    ),
    "operations": (
        ("phone", "admin.system.manage_number_ranges"),
        ("calendar", "admin.system.manage_calendar"),
        ("world-off", "admin.system.manage_sources"),
        ("speakerphone", "admin.system.list_announcements"),
        ("alert-triangle", "admin.system.list_incidents"),
        ("building-store", "admin.system.list_windows"),
        ("book", "admin.system.list_local_catalogue"),
        ("key", "admin.system.list_registrars"),
        ("file-text", "admin.system.edit_sheet_template"),
        ("mail-exclamation", "admin.system.list_dead_letters"),
    ),
    "ledger": (
        ("clipboard-list", "admin.ledger.search_ledger"),
        ("shield-lock", "admin.ledger.verify_ledger"),
        ("lock", "admin.ledger.seal_ledger"),
    ),
    "system": (
        ("users", "admin.system.list_staff"),
        ("list-search", "admin.system.audit_log"),
        ("eye", "admin.system.show_lookups"),
        ("id", "admin.system.list_card_readers"),
    ),
}
MENU = {
    text(f"menu.groups.{group}"): tuple(
        Item(text(f"menu.pages.{endpoint.rpartition('.')[2]}"), icon, endpoint)
        for icon, endpoint in pages
    )
    for group, pages in _PAGES.items()
}


def shown(visit: Visit) -> dict[str, list[Item]]:
    """Map each group to its entries that this member may open."""
    groups = {
        group: [_titled(visit, item) for item in items if _is_open(visit, item.endpoint)]
        for group, items in MENU.items()
    }
    return {group: items for group, items in groups.items() if items}


def nearest(endpoint: str) -> Item | None:
    """Return the entry of a page, or of the nearest page above it."""
    items = {PAGES[item.endpoint].path: item for group in MENU.values() for item in group}
    path = PAGES[endpoint].path if endpoint in PAGES else ""
    while path and path not in items:
        path = path.rpartition("/")[0]
    return items.get(path)


def title_of(endpoint: str) -> str | None:
    """Return the title of the entry of a page, or of the nearest page above it."""
    item = nearest(endpoint)
    return item and item.title


def _titled(visit: Visit, item: Item) -> Item:
    """Call the start page of editors by what it shows them."""
    is_work = item.endpoint == "admin.frame.start" and visit.member.may(Permission.WRITE_CONTENT)
    return item._replace(title=text("menu.work_of_editors")) if is_work else item


def _is_open(visit: Visit, endpoint: str) -> bool:
    may = PAGES[endpoint].may
    return may is None or visit.member.may(may)
