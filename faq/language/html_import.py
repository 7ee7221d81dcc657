"""Import text pasted from Word, WPS or a web page, as plain lines or the Markdown of `markup`.

Removes styles, bullets of symbol fonts, list numbers and non-breaking spaces; keeps bold words,
links and lists. A table becomes a list with an item for each row.
"""

import re

import nh3

from faq.language.grammar import NUMERALS

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t ]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc\ufffd]")
_LINE_ENDS = re.compile(r"\r\n?|[\n\v\f\u0085\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Bullets; letters and the dot of names count only with the gap that Word puts behind a bullet.
_BULLET = re.compile(
    r"\s*(?:[-*+•●○▪■□◆◇➢➤►✓✔\ue000-\uf8ff](?:\s+|(?<=[^-*+]))"
    r"|[·ol§ØüvqnÞ–—](?:\t|[ \u00a0]{2,})\s*)"
)
_NUMBER = re.compile(
    r"\s*(?:(?P<number>\d{1,2})[.．、)）](?!\d)|[(（]\d{1,2}[)）]|[①-⑳]"
    rf"|[{NUMERALS}]{{1,3}}、)\s*"
)
_ELEMENTS = {"a", "b", "br", "div", "h1", "h2", "h3", "h4", "li", "ol", "p", "strong", "table"}
_ELEMENTS |= {"td", "th", "tr", "ul"}
# HTML renders a line end as a space, which is wrong between Chinese characters.
_LINE_END_IN_CHINESE = re.compile(r"(?<=[\u2e80-\uffef])[ \t]*\r?\n\s*(?=[\u2e80-\uffef])")
_LONGEST = 200_000


def line(text: str) -> str:
    """Return one line without control characters, odd spaces and spaces at its ends."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub(" ", text))
    return _SPACES.sub(" ", _CONTROLS.sub("", text)).strip()


def item(text: str) -> str:
    """Return one line without a bullet or list number."""
    return line(_unmarked(text))


def items(text: str) -> list[str]:
    """Return the non-empty lines of a list, without bullets and numbers."""
    return [listed for part in _lines(text) if (listed := item(part))]


def lines(text: str) -> list[str]:
    """Return the non-empty lines of a text."""
    return [words for part in _lines(text) if (words := line(part))]


def text(written: str) -> str:
    """Return a text of several lines, with single empty lines between paragraphs."""
    lines = "\n".join(_listed(part) for part in _lines(written)).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", lines)


def is_table(html: str, plain: str) -> bool:
    """Return whether pasted text is a table: by its HTML, or by tabs in each of several lines."""
    rows = [part for part in plain.splitlines() if part.strip()]
    return "<table" in html.lower() or _has_cells(rows)


def _has_cells(rows: list[str]) -> bool:
    # The tab behind a bullet or a number of Word separates no cells.
    return len(rows) > 1 and all("\t" in _unmarked(row).strip() for row in rows)


def from_rows(plain: str) -> str:
    """Return a table of plain text, its cells separated by tabs, as a list."""
    # Its library takes long to import, and few processes need it.
    from faq.language.html_converter import row_as_line

    rows = (row_as_line(list(map(line, row.split("\t")))) for row in _LINE_ENDS.split(plain))
    return "\n".join(f"- {row}" for row in rows if row)


def from_html(html: str) -> str:
    """Convert a page or a Word document to text with the markup of `faq.content.markup`."""
    # Its library takes long to import, and few processes need it.
    from faq.language.html_converter import CONVERTER

    clean = nh3.clean(
        _LINE_END_IN_CHINESE.sub("", html[:_LONGEST]),
        tags=_ELEMENTS,
        attributes={"a": {"href"}},
        clean_content_tags={"script", "style", "title", "xml"},
        link_rel=None,
        url_schemes={"https"},
    )
    return text("\n".join(filter(str.strip, CONVERTER.convert(clean).split("\n"))))


def _lines(text: str) -> list[str]:
    # Invisible characters first: they could hide the bullet of a line.
    return _INVISIBLE.sub("", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))).split("\n")


def _unmarked(text: str) -> str:
    """Remove one bullet or number; Word writes both for a list within a list."""
    for mark in (_BULLET, _NUMBER):
        bullet = mark.match(text)
        if bullet is not None and bullet.end() < len(text):
            return text[bullet.end() :]
    return text


def _listed(text: str) -> str:
    """Return the line with its bullet or number in Markdown."""
    bullet = _BULLET.match(text)
    if bullet is not None and bullet.end() < len(text):
        return f"- {line(text[bullet.end() :])}"
    number = _NUMBER.match(text)
    if number is not None and number["number"] and number.end() < len(text):
        return f"{int(number['number'])}. {line(text[number.end() :])}"
    return line(text)
