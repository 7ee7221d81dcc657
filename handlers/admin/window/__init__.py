"""Pages for window clerks: registration, people, matters, reviews and tickets."""

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
