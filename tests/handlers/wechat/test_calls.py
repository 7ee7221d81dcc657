"""Chat messages: which are handed to a human at once, and which the bot answers."""

from collections.abc import Callable

from tests.handlers.wechat.conftest import Door
from tests.support.api.pushes import text_message

MakeDoor = Callable[..., Door]


def calls(opened: Door, text: str) -> bool:
    """Return whether the push's answer transfers the message to a human."""
    answer = opened.push(opened.partner.sealed(text_message("o-zhang", text)))
    if answer.data == b"success":
        return False
    return bool(opened.partner.opened(answer.data)["MsgType"] == "transfer_customer_service")


def test_mentioning_humans_without_a_request_is_answered_by_the_bot(door: MakeDoor) -> None:
    opened = door()
    for text in ("人工核验要带什么材料", "我已经在窗口人工核验通过了，怎么还显示三级"):
        assert not calls(opened, text)


def test_request_for_a_human_inside_a_message_is_found(door: MakeDoor) -> None:
    assert calls(door(), "收不到验证码，转人工")


def test_mentions_of_dying_are_answered_by_the_bot_first(door: MakeDoor) -> None:
    assert not calls(door(), "不想活了，转人工")
