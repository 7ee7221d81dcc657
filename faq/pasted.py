"""Text that comes out of Word, WPS or a web page, as the lines that somebody meant to paste.

What such programs put beside the words (styles, bullets of their symbol fonts, list numbers, spaces
that do not break) is taken away; bold words, links and lists stay, in the Markdown of `faq.markup`.
"""

import re
from html.parser import HTMLParser

import nh3

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t ]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc\ufffd]")
_LINE_ENDS = re.compile(r"\r\n?|[\n\v\f\u0085\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
# Bullets; what is a letter or the dot of names is one only with the gap that Word puts behind it.
_BULLET = re.compile(
    r"\s*(?:[-*+•●○▪■□◆◇➢➤►✓✔\ue000-\uf8ff](?:\s+|(?<=[^-*+]))"
    r"|[·ol§ØüvqnÞ–—](?:\t|[ \u00a0]{2,})\s*)"
)
_NUMBER = re.compile(
    r"\s*(?:(?P<number>\d{1,2})[.．、)）](?!\d)|[(（]\d{1,2}[)）]|[①-⑳]"
    r"|[一二三四五六七八九十]{1,3}、)\s*"
)
_ELEMENTS = {"a", "b", "br", "div", "h1", "h2", "h3", "h4", "li", "ol", "p", "strong", "table"}
_ELEMENTS |= {"td", "th", "tr", "ul"}
_BLOCKS = _ELEMENTS - {"a", "b", "strong", "td", "th"}
_LONGEST = 200_000


def line(text: str) -> str:
    """One line as it was meant: no control characters, no odd spaces, none at its ends."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub(" ", text))
    return _SPACES.sub(" ", _CONTROLS.sub("", text)).strip()


def item(text: str) -> str:
    """The same without the bullet or the number of a list before it."""
    return line(_unmarked(text))


def items(text: str) -> list[str]:
    """The lines of a list, without bullets, numbers and empty lines."""
    return [found for part in _lines(text) if (found := item(part))]


def lines(text: str) -> list[str]:
    """The lines of a text as they are, without the empty ones."""
    return [found for part in _lines(text) if (found := line(part))]


def text(written: str) -> str:
    """A text of several lines; one empty line parts paragraphs, none stands at its ends."""
    found = "\n".join(_listed(part) for part in _lines(written)).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", found)


def from_html(html: str) -> str:
    """What a page or a Word document meant, as text with the markup of `faq.markup`."""
    reader = _Reader()
    reader.feed(
        nh3.clean(
            html[:_LONGEST],
            tags=_ELEMENTS,
            attributes={"a": {"href"}},
            clean_content_tags={"script", "style", "title", "xml"},
            link_rel=None,
        )
    )
    reader.close()
    return text("\n".join([*reader.lines, reader.current]))


def _lines(text: str) -> list[str]:
    # What nobody sees goes first, because it could hide the bullet of a line.
    return _INVISIBLE.sub("", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))).split("\n")


def _unmarked(text: str) -> str:
    """Without one bullet or number; Word writes both where a list stands in a list."""
    for mark in (_BULLET, _NUMBER):
        found = mark.match(text)
        if found is not None and found.end() < len(text):
            return text[found.end() :]
    return text


def _listed(text: str) -> str:
    """The line with its bullet or number as Markdown has it."""
    bullet = _BULLET.match(text)
    if bullet is not None and bullet.end() < len(text):
        return f"- {line(text[bullet.end() :])}"
    number = _NUMBER.match(text)
    if number is not None and number["number"] and number.end() < len(text):
        return f"{int(number['number'])}. {line(text[number.end() :])}"
    return line(text)


class _Reader(HTMLParser):
    """Writes down what is left of a page after it was cleaned."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.current = ""
        self._lists: list[str] = []
        self._target, self._begin = "", 0
        self._bold, self._begin_bold = 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line()
        if tag in ("ul", "ol"):
            self._lists.append("- " if tag == "ul" else "1. ")
        elif tag == "li":
            self.current = self._lists[-1] if self._lists else "- "
        elif tag == "a":
            self._target, self._begin = dict(attrs).get("href") or "", len(self.current)
        elif tag in ("b", "strong") and not self._bold:
            self._begin_bold = len(self.current)
        if tag in ("b", "strong"):
            self._bold += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in ("td", "th"):
            self.current += " "
        elif tag == "a" and self._target.startswith("https://"):
            words = self.current[self._begin :].strip()
            if words and words != self._target:
                self.current = f"{self.current[: self._begin]}[{words}]({self._target})"
            self._target = ""
        elif tag in ("b", "strong"):
            self._bold -= 1
            if not self._bold:
                self._make_bold()
        if tag in _BLOCKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        # In HTML the end of a line is a space; between Chinese characters it is nothing.
        self.current += re.sub(r"(?<=[\u2e80-\uffef])[ \t]*\r?\n\s*(?=[\u2e80-\uffef])", "", data)
        self.current = re.sub(r"[ \t]*\r?\n[ \t]*", " ", self.current)

    def _make_bold(self) -> None:
        before, words = self.current[: self._begin_bold], self.current[self._begin_bold :]
        inner = line(words)
        if inner and "**" not in inner and _unmarked(inner):
            gap = " " if words[:1].isspace() else ""
            self.current = f"{before}{gap}**{inner}**{' ' if words[-1:].isspace() else ''}"

    def _end_line(self) -> None:
        if self._bold:
            self._make_bold()
            self._begin_bold = 0
        if self.current.strip():
            self.lines.append(self.current)
        self.current = ""
