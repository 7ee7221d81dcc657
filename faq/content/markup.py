"""Render the Markdown subset of answers as plain text and as HTML.

Answers may have bold, links (https addresses and pages of the mini program), code and lists; a step
is one line. Plain text is for the API's `answer` and `steps`, the chat and the help of API errors;
HTML has only these elements.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape

import nh3
from markdown_it.token import Token

from faq.content.markup_parser import parser
from miniprogram_api.texts import words

PAGE = r"pages/[a-z0-9/_-]+(?:\?[a-z0-9_=&%-]+)?"
"""A page of the mini program in links and buttons."""

_TARGET = re.compile(rf"https://[^\s<>\"]+|/?{PAGE}", re.IGNORECASE)
# Texts without any of these need no parsing.
_SIGNS = re.compile(r"[*`\[\]\\\n]|^\s*(?:[-+]|\d+[.)])\s")
_ELEMENTS = {"p", "br", "strong", "code", "ul", "ol", "li", "a"}
_LONE_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")


_parser = parser(lambda url: _TARGET.fullmatch(url) is not None)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return the text without markup; a link's address follows its words."""
    if _SIGNS.search(text) is None:
        return text
    lines: list[str] = []
    counters: list[int | None] = []
    mark = ""
    for token in _parser.parse(text):
        if token.type == "bullet_list_open":
            counters.append(None)
        elif token.type == "ordered_list_open":
            counters.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            counters.pop()
        elif token.type == "list_item_open":
            number = counters[-1]
            mark = "· " if number is None else f"{number}. "
            if number is not None:
                counters[-1] = number + 1
        elif token.type == "inline":
            lines.append(mark + _inline(token.children or ()))
            mark = ""
    return "\n".join(lines)


def plain_line(text: str) -> str:
    """Return one line without markup; lists are not recognised."""
    if _SIGNS.search(text) is None:
        return text
    (block,) = _parser.parseInline(text)
    return _inline(block.children or ())


def html(text: str) -> str:
    """Return HTML with no other elements than p, br, strong, code, ul, ol, li and a[href]."""
    return _clean(_parser.render(text))


def html_line(text: str) -> str:
    """Return one line as HTML, without a paragraph."""
    return _clean(_parser.renderInline(text))


def escaped(text: str) -> str:
    """Return text without markup as HTML."""
    return escape(text).replace("\n", "<br>")


def mistakes(text: str) -> list[str]:
    """Describe invalid markup in sentences for the editor."""
    shown = plain(text)
    mistakes = []
    if _LONE_BOLD.search(shown):
        mistakes.append(words("content.markup")["bold"])
    if "](" in shown:
        mistakes.append(words("content.markup")["link"])
    return mistakes


def _clean(made: str) -> str:
    return nh3.clean(
        # Redundant between elements and after <br>.
        made.replace("\n", ""),
        tags=_ELEMENTS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel=None,
    )


def _inline(tokens: Iterable[Token]) -> str:
    text, target, begin = "", "", 0
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            text += token.content
        elif token.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif token.type == "link_open":
            target, begin = str(token.attrGet("href") or ""), len(text)
        elif token.type == "link_close" and target.startswith("https:") and text[begin:] != target:
            text += f"（{target}）"
    return text
