"""The whole service with two independent Node implementations of WeChat's side."""

from collections.abc import Iterator

import pytest

from tests.support.api.pushes import OURS, PUSH_PATH, event_message, text_message
from tests.support.service.node import NodePartner
from tests.support.service.service import Service

EMOJI = '👨‍👩‍👧 收不到验证码😭𠮷 <b>&amp; "引号"\\n'
BOTH_WAYS = pytest.mark.parametrize("form", ["json", "xml"])
BY_BOTH = pytest.mark.parametrize("library", ["wechat-crypto", "@wecom/crypto"])


@pytest.fixture(scope="module")
def wechat(_service: Service) -> Iterator[NodePartner]:
    settings = _service.settings
    with NodePartner(
        url=_service.url,
        token=settings.wechat_token.get_secret_value(),
        key=settings.wechat_encoding_aes_key.get_secret_value(),
        appid=settings.wechat_appid,
        path=PUSH_PATH,
    ) as partner:
        yield partner


@BY_BOTH
@BOTH_WAYS
def test_messages_and_events_are_accepted(
    service: Service, wechat: NodePartner, library: str, form: str
) -> None:
    message = text_message("o-node", EMOJI)
    # Numbers beyond 2**53 are sent as text, as WeChat does.
    message["MsgId"] = str(message["MsgId"])
    for fields in (message, message, event_message("o-node", "user_enter_tempsession")):
        answer = wechat.push(fields, library=library, form=form)
        assert answer == {"status": 200, "body": "success"}


@BY_BOTH
@BOTH_WAYS
def test_transfer_answer_is_decrypted_by_the_partners(
    service: Service, wechat: NodePartner, library: str, form: str
) -> None:
    asked = text_message("o-node", "转人工")
    for _ in range(2):
        answer = wechat.push(asked, library=library, form=form)
        opened = answer["opened"]
        assert int(opened.pop("CreateTime")) >= asked["CreateTime"]
        assert opened == {
            "ToUserName": "o-node",
            "FromUserName": OURS,
            "MsgType": "transfer_customer_service",
        }


@BY_BOTH
@BOTH_WAYS
@pytest.mark.parametrize("part", ["encrypt", "msg_signature", "timestamp", "nonce"])
def test_changed_push_is_refused(
    service: Service, wechat: NodePartner, library: str, form: str, part: str
) -> None:
    changes = {part: "4294967295" if part == "timestamp" else "AAAA"}
    answer = wechat.push(text_message("o-node", EMOJI), library=library, form=form, changes=changes)
    assert answer["status"] == 401
    assert answer["body"].startswith("SIGNATURE_INVALID ")


@BY_BOTH
def test_message_for_another_appid_is_refused(
    service: Service, wechat: NodePartner, library: str
) -> None:
    message = text_message("o-node", EMOJI)
    answer = wechat.push(message, library=library, form="json", appid="wx0000000000000000")
    assert answer["status"] == 400
    assert answer["body"].startswith("PUSH_UNREADABLE ")
