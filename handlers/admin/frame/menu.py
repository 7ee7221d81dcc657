"""The navigation: its groups and pages in their order."""

from typing import NamedTuple

from handlers.admin.frame.access import PAGES, Visit
from miniprogram_api.staff.members import Permission


class Item(NamedTuple):
    """An entry of the navigation; the page that it leads to names the permission."""

    title: str
    icon: str
    endpoint: str


MENU = {
    "工作": (
        Item("首页", "home", "admin.frame.start"),
        Item("数据概览", "chart-bar", "admin.dashboard.dashboard"),
    ),
    "窗口": (
        Item("受理台", "id", "admin.window.window_desk_page"),
        Item("代为注册", "clipboard-list", "admin.window.begin_registration"),
        Item("业务确认", "file-text", "admin.window.list_matters"),
        Item("第二人复核", "clipboard-check", "admin.second_person.list_requests"),
        Item("本窗口工单", "ticket", "admin.window.list_window_tickets"),
    ),
    "内容": (
        Item("常见问题", "message-question", "admin.content.list_entries"),
        Item("要点", "list", "admin.content.list_points"),
        Item("没答好的问题", "inbox", "admin.content.list_inbox"),
        Item("回答抽查", "list-search", "admin.content.list_spot_checks"),
        Item("服务目录", "building-store", "admin.content.show_catalogue"),
        Item("词表与固定答复", "book", "admin.content.show_lists"),
        Item("检查与发布", "send", "admin.content.publish"),
        Item("审核", "clipboard-check", "admin.content.list_submissions"),
        Item("发布记录", "history", "admin.content.list_releases"),
        Item("导入导出", "upload", "admin.content.exchange"),
        Item("问题集", "checklist", "admin.content.list_question_sets"),
    ),
    "信息中心": (Item("工单队列", "ticket", "admin.centre.centre_queue"),),
    "运行": (
        Item("号段", "phone", "admin.system.manage_number_ranges"),
        Item("放假安排", "calendar", "admin.system.manage_calendar"),
        Item("来源开关", "world-off", "admin.system.manage_sources"),
        Item("公告", "speakerphone", "admin.system.list_announcements"),
        Item("服务窗口", "building-store", "admin.system.list_windows"),
        Item("办事指南的当地内容", "book", "admin.system.list_local_catalogue"),
        Item("登记系统", "key", "admin.system.list_registrars"),
        Item("信息表模板", "file-text", "admin.system.edit_sheet_template"),
        Item("未送达的消息", "mail-exclamation", "admin.system.list_dead_letters"),
    ),
    "台账": (
        Item("台账查询", "clipboard-list", "admin.ledger.search_ledger"),
        Item("完整性校验", "shield-lock", "admin.ledger.verify_ledger"),
        Item("封存", "lock", "admin.ledger.seal_ledger"),
    ),
    "系统": (
        Item("工作人员", "users", "admin.system.list_staff"),
        Item("审计日志", "list-search", "admin.system.audit_log"),
        Item("查询留痕", "eye", "admin.system.show_lookups"),
    ),
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
    return item._replace(title="我的工作") if is_work else item


def _is_open(visit: Visit, endpoint: str) -> bool:
    may = PAGES[endpoint].may
    return may is None or visit.member.may(may)
