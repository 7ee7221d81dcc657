"""Chat messages: which are handed to a human at once, and which the bot answers."""

from collections.abc import Callable

from tests.handlers.wechat.conftest import PushEndpoint
from tests.support.api.pushes import text_message

MakeEndpoint = Callable[..., PushEndpoint]


def calls(endpoint: PushEndpoint, text: str) -> bool:
    """Return whether the push's answer transfers the message to a human."""
    answer = endpoint.push(endpoint.partner.encrypted(text_message("o-zhang", text)))
    if answer.data == b"success":
        return False
    return bool(endpoint.partner.decrypted(answer.data)["MsgType"] == "transfer_customer_service")


def test_mentioning_humans_without_a_request_is_answered_by_the_bot(
    make_endpoint: MakeEndpoint,
) -> None:
    endpoint = make_endpoint()
    for text in (
        "人工核验要带什么材料",
        "客服，我收不到验证码",
        "我已经在窗口人工核验通过了，怎么还显示三级",
    ):
        assert not calls(endpoint, text)


def test_request_for_a_human_inside_a_message_is_found(make_endpoint: MakeEndpoint) -> None:
    assert calls(make_endpoint(), "收不到验证码，转人工")


def test_mentions_of_dying_are_answered_by_the_bot_first(make_endpoint: MakeEndpoint) -> None:
    assert not calls(make_endpoint(), "不想活了，转人工")
