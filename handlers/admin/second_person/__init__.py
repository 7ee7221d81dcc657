"""Pages for the decision of a second person: one list, one page of a request.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.second_person import moved, requests
from handlers.admin.second_person.blueprint import pages
