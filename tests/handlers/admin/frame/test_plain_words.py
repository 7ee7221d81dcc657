"""No admin page shows a raw code: each code of the product has its Chinese word."""

import html
import re
from collections import Counter

import pytest
from werkzeug.exceptions import HTTPException

from faq.content import seed
from handlers.admin.frame.access import PAGES
from tests.handlers.admin.frame.test_accessibility import (
    EVERYTHING,
    NO_PAGES,
    signed_in_pages,
    without_arguments,
)
from tests.support.admin import sample_pages
from tests.support.admin.desk import Desk, url_map
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

MOST_OF_A_KIND = 2
# What no reader sees as text, and what is typed by hand.
_UNSEEN = re.compile(r"<(script|style|template|textarea|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
_CODE = re.compile(r"(?<![\w./:-])(?:[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:_[a-z0-9]+)+)(?![\w./-])")
# Editors type the slug of an entry and the topic of small talk, so they stand beside the title.
_CONTENT = seed.load()
SLUGS = {entry.slug for entry in _CONTENT.entries} | {talk.topic for talk in _CONTENT.smalltalk}
_LINK = re.compile(r'href="(/admin[^"#]*)')


def text_of(page: str) -> str:
    """Return the text of a page as its reader sees it."""
    return html.unescape(_UNSEEN.sub(" ", page))


def raw_codes(page: str) -> set[str]:
    """Return the codes in the text of a page that are no slug of an entry."""
    return set(_CODE.findall(text_of(page))) - SLUGS


def test_code_in_the_text_is_found() -> None:
    page = "<td data-act='face_check'>REASON_CODE，sms_not_received，held_up</td><b>A_B</b>"
    assert raw_codes(page) == {"REASON_CODE", "held_up", "A_B"}


@pytest.mark.timeout(300)
def test_no_page_shows_a_raw_code(desk_service: Service) -> None:
    member = member_of(*EVERYTHING, name="孙编辑")
    desk = Desk(desk_service, token_of(member))
    adapter = url_map().bind("127.0.0.1")
    left = [*sample_pages.fill(desk_service, member), *without_arguments()]
    seen: Counter[str] = Counter()
    faults: list[str] = []
    while left:
        path = left.pop(0)
        try:
            endpoint, _ = adapter.match(path.partition("?")[0], method="GET")
        except HTTPException:
            continue
        if endpoint not in PAGES.keys() - NO_PAGES or seen[endpoint] >= MOST_OF_A_KIND:
            continue
        seen[endpoint] += 1
        page = desk.get(path.removeprefix("/admin")).text
        faults += [f"{path}: {code}" for code in sorted(raw_codes(page))]
        left += [html.unescape(link) for link in _LINK.findall(page)]
    assert signed_in_pages() - NO_PAGES == set(seen)
    assert not faults, "\n".join(faults)
