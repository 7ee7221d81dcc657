"""Pages for window clerks: registration, people, matters and tickets.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.window import (
    authorisation,
    matter_confirming,
    matter_forms,
    matters,
    people,
    registration,
    tickets,
)
from handlers.admin.window.blueprint import pages
