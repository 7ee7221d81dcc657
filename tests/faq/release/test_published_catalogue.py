"""Items of the catalogue that are due for another look."""

from datetime import timedelta

from faq.release import published_catalogue
from faq.release.publishing import Published
from miniprogram_api import clock


def test_items_are_due_a_year_after_their_review(published: Published) -> None:
    reviewed = max(item.reviewed_on for item in published.content.catalogue_items.values())
    now = clock.now()
    late = now + (reviewed - now.date()) + timedelta(days=400)
    with clock.replaced(lambda: late):
        assert len(published_catalogue.items_due()) == len(published.content.catalogue_items)
    soon = now + (reviewed - now.date()) + timedelta(days=1)
    with clock.replaced(lambda: soon):
        assert reviewed not in {item.reviewed_on for item in published_catalogue.items_due()}
