"""Pages for window clerks: registration, people, matters and tickets."""

from handlers.admin.window import (
    authorisation,
    matter_confirming,
    matter_forms,
    matters,
    names,
    people,
    registration,
    tickets,
)
from handlers.admin.window.blueprint import pages
