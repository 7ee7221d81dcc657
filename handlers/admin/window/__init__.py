"""Pages for window clerks: registration, people, matters, reviews and tickets.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.window import (
    authorisation,
    matter_confirming,
    matter_forms,
    matter_reviews,
    matters,
    people,
    registration,
    reviews,
    tickets,
)
from handlers.admin.window.blueprint import pages
