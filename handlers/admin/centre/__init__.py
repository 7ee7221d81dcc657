"""Pages for the information centre: the queue of tickets and their pages.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.centre import tickets
from handlers.admin.centre.blueprint import pages
