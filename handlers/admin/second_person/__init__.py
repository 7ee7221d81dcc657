"""Pages for the decision of a second person: one list, one page of a request."""

from handlers.admin.second_person import moved, requests
from handlers.admin.second_person.blueprint import pages
