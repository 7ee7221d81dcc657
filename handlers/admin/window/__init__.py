"""Pages for window clerks: registration, people, matters and tickets."""

from handlers.admin.window import (
    account_changes,
    authorisation,
    matter_confirming,
    matter_forms,
    matters,
    names,
    papers,
    people,
    registration,
    searching,
    tickets,
)
from handlers.admin.window.blueprint import pages
