"""The admin pages under /admin: for editors, operators, window clerks, the information centre.

Server-rendered; every page module registers its pages through ``access.page``, which asks for the
session, the form's proof and the permission, and lists the page in the navigation.
"""

from flask import Flask

from handlers.admin import (
    approvals,
    audit_log,
    centre,
    clerk_people,
    clerk_registration,
    clerk_reviews,
    clerk_tickets,
    dashboard,
    dead_letters,
    desk_filters,
    entries,
    entry_editor,
    entry_history,
    entry_trial,
    evidence,
    exchange,
    inbox,
    ledger,
    ledger_files,
    lists,
    operations,
    people,
    publications,
    question_sets,
    registrars,
    reviews,
    signing_in,
    start,
    windows,
    written,
)
from handlers.admin.blueprint import blueprint
from handlers.admin.once import once_field

# Imported, so that they register their pages.
MODULES = (
    approvals,
    audit_log,
    centre,
    clerk_people,
    clerk_registration,
    clerk_reviews,
    clerk_tickets,
    dashboard,
    dead_letters,
    entries,
    entry_editor,
    entry_history,
    entry_trial,
    evidence,
    exchange,
    inbox,
    ledger,
    ledger_files,
    lists,
    operations,
    people,
    publications,
    question_sets,
    registrars,
    reviews,
    signing_in,
    start,
    windows,
)

# The roles by the names that people read.
ROLE_NAMES = {
    "editor": "常见问题编辑",
    "operator": "运行管理",
    "clerk": "窗口人员",
    "centre": "信息中心",
    "auditor": "审计",
    "administrator": "系统管理员",
}

ROLE_TEXTS = {
    "editor": "编写和发布常见问题，处理没答好的问题。",
    "operator": "管理号段、公告、来源开关、登记系统和未送达的消息。",
    "clerk": "在窗口为群众核验、代为注册、向信息中心报送。",
    "centre": "处理报送的工单，双人复核后生效。",
    "auditor": "查看全部内容，不能修改任何内容。",
    "administrator": "管理工作人员、角色和登记系统的接入，看不到群众的个人信息。",
}


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters["role_name"] = lambda role: ROLE_NAMES.get(role, role)
    app.jinja_env.filters["moment"] = written.moment
    app.jinja_env.filters["day"] = written.day
    app.jinja_env.filters["role_text"] = lambda role: ROLE_TEXTS[role]
    app.jinja_env.filters.update(desk_filters.FILTERS)
    app.jinja_env.globals["once_field"] = once_field
