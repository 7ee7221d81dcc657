"""Pages for the information centre: the queue of tickets and their pages."""

from handlers.admin.centre import irregularities, queue, tickets
from handlers.admin.centre.blueprint import pages
