"""Pages for operators, administrators and auditors: staff, windows, systems, jobs, audit log."""

from handlers.admin.system import (
    audit_log,
    calendar,
    card_readers,
    catalogue,
    dead_letters,
    incidents,
    lookups,
    operations,
    people,
    registrars,
    sheet_template,
    windows,
)
from handlers.admin.system.blueprint import pages
