"""Build the parser of the Markdown subset of `faq.content.markup`.

Unlike CommonMark, only `**` marks bold, wherever its inner side is no space: else
`**“某提示”**怎么办` would stay unchanged, and `110***1234` would not.
"""

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_BOLD = "**"


def parser(is_target: Callable[[str], bool]) -> MarkdownIt:
    """Return a parser that accepts only links whose target satisfies `is_target`."""
    made = MarkdownIt("zero", {"html": False, "linkify": False, "breaks": True})
    made.enable(["backticks", "emphasis", "escape", "link", "list", "newline"])
    made.inline.ruler.at("emphasis", _bold)
    made.validateLink = is_target  # type: ignore[method-assign, assignment]
    return made


def _bold(state: StateInline, silent: bool) -> bool:
    """Replace CommonMark's rule for asterisks."""
    if silent or state.src[state.pos] != "*":
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    count = end - state.pos
    before = state.src[state.pos - 1 : state.pos] if state.pos else " "
    after = state.src[end : end + 1] or " "
    is_sign = count == len(_BOLD)
    for _ in range(count):
        state.push("text", "", 0).content = "*"
        if is_sign:
            state.delimiters.append(
                Delimiter(
                    marker=ord("*"),
                    length=count,
                    token=len(state.tokens) - 1,
                    end=-1,
                    open=not after.isspace(),
                    close=not before.isspace(),
                )
            )
    state.pos = end
    return True
