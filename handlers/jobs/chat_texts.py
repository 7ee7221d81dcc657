"""The bot's answer as one WeChat text, and the answers to messages that are not text."""

from collections.abc import Iterable
from html import escape
from typing import Any

from faq.conversation.answering import Answer
from faq.conversation.help import Help
from miniprogram_api.messaging.chat_replies import LONGEST_TEXT_BYTES, shortened
from miniprogram_api.texts import text, words

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
MOST_LINKS = 3
MOST_WINDOWS = 2
_TICKET_PAGE = "pages/tickets/index?kind="


def for_kind(kind: str) -> str:
    """Return the answer to a message of this MsgType other than text."""
    return words("chat.kinds").get(kind) or text("chat.other_kind")


def of_answer(answer: Answer, appid: str) -> str:
    """Render the answer, shortened to WeChat's limit.

    Options have plain numbers, because users reply with a number; steps have circled ones.
    """
    body = [finding["message"] for finding in answer.diagnosis]
    body.append(answer.answer)
    body += _numbered_steps(answer.steps)
    tail = [f"{number}. {option['title']}" for number, option in enumerate(answer.options, 1)]
    if answer.options:
        tail.append(text("chat.reply_by_number"))
    if answer.kind == "fallback":
        tail += [f"· {related['title']}" for related in answer.related]
    tail += _action_lines(answer.actions, appid)
    end = "".join(f"\n{line}" for line in tail)
    room = LONGEST_TEXT_BYTES - len(end.encode())
    return shortened("\n".join(body), room) + end


def of_help(sentence: str, help_text: Help | None, appid: str) -> str:
    """Render a refusal with its help, shortened to WeChat's limit."""
    steps = help_text["steps"] if help_text else []
    tail = _action_lines(help_text["actions"] if help_text else [], appid)
    end = "".join(f"\n{line}" for line in [*tail, text("chat.more")])
    room = LONGEST_TEXT_BYTES - len(end.encode())
    return shortened("\n".join([sentence, *_numbered_steps(steps)]), room) + end


def _numbered_steps(steps: list[str]) -> list[str]:
    if len(steps) < 2:
        return steps
    marks = [*_CIRCLED, *("·" for _ in steps)]
    return [f"{mark} {step}" for mark, step in zip(marks, steps, strict=False)]


def _action_lines(actions: Iterable[dict[str, Any]], appid: str) -> list[str]:
    links, others = [], []
    for action in actions:
        label = action["label"]
        page = action.get("page") or (
            f"{_TICKET_PAGE}{action['ticket']}" if "ticket" in action else None
        )
        for place in action.get("windows", ())[:MOST_WINDOWS]:
            key = "chat.window" if place["open_today"] else "chat.closed_window"
            others.append(text(key, **place))
        if page is not None:
            links.append(f"→ {_link(label, page, appid)}")
        elif "call" in action:
            others.append(f"{label}：{action['call']}")
        elif "copy" in action:
            others.append(f"{label}：{action['copy']}")
        # Other actions work in the mini program only; the steps name them.
    return others[:MOST_LINKS] + links[:MOST_LINKS]


def _link(label: str, page: str, appid: str) -> str:
    """Return a link into the mini program, in WeChat's form for customer-service texts."""
    return (
        f'<a data-miniprogram-appid="{escape(appid)}" data-miniprogram-path="{escape(page)}">'
        f"{escape(label, quote=False)}</a>"
    )
