"""Pages for operators, administrators and auditors: staff, windows, systems, jobs, audit log.

May import handlers.admin.frame, faq and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.system import (
    audit_log,
    calendar,
    catalogue,
    dead_letters,
    lookups,
    operations,
    people,
    registrars,
    sheet_template,
    windows,
)
from handlers.admin.system.blueprint import pages
