"""The admin pages under /admin: for editors, operators, window clerks, the information centre.

Server-rendered; every page module registers its pages through ``access.page``, which asks for the
session, the form's proof and the permission, and lists the page in the navigation.
"""

from flask import Flask

from handlers.admin import signing_in, start
from handlers.admin.blueprint import blueprint

# Imported, so that they register their pages.
MODULES = (signing_in, start)

# The roles by the names that people read.
ROLE_NAMES = {
    "editor": "常见问题编辑",
    "operator": "运行管理",
    "clerk": "窗口人员",
    "centre": "信息中心",
    "auditor": "审计",
    "administrator": "系统管理员",
}


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters["role_name"] = lambda role: ROLE_NAMES.get(role, role)
