"""Pages for the information centre: the queue of tickets and approvals by a second person."""

from handlers.admin.centre import approvals, tickets
from handlers.admin.centre.blueprint import pages
