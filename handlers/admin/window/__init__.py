"""Pages for window clerks: registration, people, reviews and tickets.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.window import authorisation, people, registration, reviews, tickets
from handlers.admin.window.blueprint import pages
