"""Pages for the information centre: the queue of tickets and approvals by a second person.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.centre import approvals, tickets
from handlers.admin.centre.blueprint import pages
