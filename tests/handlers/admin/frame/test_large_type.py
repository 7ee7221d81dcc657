"""Pages of the centre on the narrowest phone with large type: nothing is wider than the phone."""

from handlers.admin.frame.access import COOKIE
from tests.support.admin import sample_pages
from tests.support.admin.browser import browsing
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

# What stands over the edge, but for tables that are scrolled in their place.
TOO_WIDE = """() => {
    const edge = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= edge) return []
    return ['the page', ...[...document.querySelectorAll('body *')]
        .filter((element) => !element.closest('.table-responsive'))
        .filter((element) => element.getBoundingClientRect().right > edge + 1)
        .map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim()}`)]
}"""
SIZES = ("100%", "150%", "200%")


def test_requests_and_tickets_fit_a_narrow_phone_in_large_type(desk_service: Service) -> None:
    token = token_of(member_of("centre", "clerk", name="孙工"))
    paths = sample_pages.work_at_centre(desk_service, Desk(desk_service, token))
    cookie = {"name": COOKIE, "value": token, "url": desk_service.url}
    with browsing() as visit:
        page = visit.page
        page.context.add_cookies([cookie | {"sameSite": "Strict", "httpOnly": True}])  # type: ignore[list-item]
        page.set_viewport_size({"width": 320, "height": 640})
        wide = {}
        for path in paths:
            page.goto(desk_service.url + path)
            for size in SIZES:
                page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
                wide[path, size] = page.evaluate(TOO_WIDE)
    assert len(wide) == 2 * len(SIZES)
    assert {place: parts for place, parts in wide.items() if parts} == {}
