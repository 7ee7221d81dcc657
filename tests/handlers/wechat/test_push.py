"""The push endpoint: signatures, modes, formats and answers."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from miniprogram_api import clock
from miniprogram_api.messaging import chat_inbox
from models.chat import ChatMessage
from tests.handlers.wechat.conftest import APPID, KEY, TOKEN, PushEndpoint
from tests.support.api.pushes import (
    OURS,
    PUSH_PATH,
    Partner,
    as_json,
    as_xml,
    event_message,
    text_message,
)

MakeEndpoint = Callable[..., PushEndpoint]
FORMS = pytest.mark.parametrize("form", ["json", "xml"])
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
QUESTION = "收不到验证码😭怎么办 <b>&amp; ]]> 𠮷"


def kept() -> list[dict[str, Any]]:
    """Return all stored messages, oldest first."""
    rows = ChatMessage.select().order_by(ChatMessage.id)
    return [{"openid": r.openid, "kind": r.kind, "event": r.event, **json.loads(r.content)}
            for r in rows]  # fmt: skip


def assert_success(response: TestResponse) -> None:
    assert (response.status_code, response.data) == (200, b"success")
    assert response.content_type == "text/plain; charset=utf-8"


def assert_refused(response: TestResponse, status: int, code: str) -> None:
    """Check for one line with code and Chinese sentence, and that nothing was stored."""
    assert response.status_code == status, response.text
    name, _, sentence = response.text.partition(" ")
    assert name == code
    assert sentence.endswith("。")
    assert response.content_type == "text/plain; charset=utf-8"


def test_console_check_is_echoed(make_endpoint: MakeEndpoint) -> None:
    path = (
        f"{PUSH_PATH}?signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504"
        "&nonce=1514711492&echostr=4375120948345356249"
    )
    response = make_endpoint().client.get(path)
    assert (response.status_code, response.data) == (200, b"4375120948345356249")
    assert response.content_type.startswith("text/plain")
    wrong = make_endpoint().client.get(path.replace("=f464", "=f465"))
    assert_refused(wrong, 401, "SIGNATURE_INVALID")
    assert b"4375120948345356249" not in wrong.data


def test_documented_plain_push_is_accepted(make_endpoint: MakeEndpoint) -> None:
    path = (
        f"{PUSH_PATH}?signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059"
        "&nonce=486452656"
    )
    body = as_json(text_message(OPENID, "你好"))
    with clock.replaced(lambda: datetime.fromtimestamp(1714037059, UTC)):
        assert_success(make_endpoint(wechat_push_mode="plain").push((path, body)))
    assert_refused(
        make_endpoint(wechat_push_mode="plain").push((path, body)), 401, "SIGNATURE_INVALID"
    )


KNOWN_ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZ"
    "qzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2"
    "Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBr"
    "ebufAlr7F9mFUPAJGj04="
)


def test_documented_secure_push_is_accepted(make_endpoint: MakeEndpoint) -> None:
    path = (
        f"{PUSH_PATH}?msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
        "&timestamp=1714112445&nonce=415670741&encrypt_type=aes"
    )
    body = as_json({"ToUserName": "gh_97417a04a28d", "Encrypt": KNOWN_ENCRYPT})
    with clock.replaced(lambda: datetime.fromtimestamp(1714112445 + 299, UTC)):
        assert_success(make_endpoint().push((path, body)))
    assert kept() == [
        {"openid": OPENID, "kind": "event", "event": "debug_demo", "debug_str": "hello world"}
    ]
    assert ChatMessage.get().sent_at.timestamp() == 1714112445


@FORMS
@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("plain", "clear"),
        ("compatible", "both"),
        ("compatible", "clear"),
        ("compatible", "encrypted"),
        ("secure", "encrypted"),
        ("secure", "both"),
    ],
)
def test_modes_accept_their_pushes(
    make_endpoint: MakeEndpoint, form: str, mode: str, kind: str
) -> None:
    endpoint = make_endpoint(wechat_push_mode=mode, wechat_push_format=form)
    call = getattr(endpoint.partner, kind)(text_message(OPENID, QUESTION))
    assert_success(endpoint.push(call))
    assert_success(endpoint.push(call))
    assert kept() == [{"openid": OPENID, "kind": "text", "event": "", "Content": QUESTION}]
    assert chat_inbox.count_waiting() == 1


@FORMS
def test_format_is_detected_from_the_push(make_endpoint: MakeEndpoint, form: str) -> None:
    endpoint = make_endpoint(wechat_push_format="xml" if form == "json" else "json")
    endpoint.partner.form = form
    assert_success(endpoint.push(endpoint.partner.encrypted(text_message(OPENID, QUESTION))))
    answer = endpoint.push(endpoint.partner.encrypted(text_message(OPENID, "转人工")))
    assert endpoint.partner.decrypted(answer.data)["MsgType"] == "transfer_customer_service"


@FORMS
def test_secure_mode_refuses_plain_pushes(make_endpoint: MakeEndpoint, form: str) -> None:
    endpoint = make_endpoint(wechat_push_format=form)
    call = endpoint.partner.clear(text_message(OPENID, QUESTION))
    assert_refused(endpoint.push(call), 400, "PUSH_UNREADABLE")
    assert kept() == []


def test_plain_mode_refuses_ciphertext(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(wechat_push_mode="plain")
    call = endpoint.partner.encrypted(text_message(OPENID, QUESTION))
    assert_refused(endpoint.push(call), 400, "PUSH_UNREADABLE")


@FORMS
def test_compatible_mode_reads_the_encrypted_part(make_endpoint: MakeEndpoint, form: str) -> None:
    endpoint = make_endpoint(wechat_push_mode="compatible", wechat_push_format=form)
    partner = endpoint.partner
    encrypted = partner.encrypt(partner.write(text_message(OPENID, "真的")))
    path = f"{PUSH_PATH}?{partner.query(encrypted)}"
    clear = {**text_message("o-somebody-else", "假的"), "Encrypt": encrypted}
    assert_success(endpoint.push((path, partner.write(clear))))
    assert kept() == [{"openid": OPENID, "kind": "text", "event": "", "Content": "真的"}]
    # The clear part may be signed correctly: a wrong ciphertext is still refused.
    other = partner.encrypt(partner.write(text_message(OPENID, "别的")))
    path = f"{PUSH_PATH}?{partner.query(encrypted)}"
    refused = endpoint.push((path, partner.write({**clear, "Encrypt": other})))
    assert_refused(refused, 401, "SIGNATURE_INVALID")


def test_text_that_looks_like_an_envelope_is_a_text(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(wechat_push_mode="compatible", wechat_push_format="xml")
    tricky = "<Encrypt><![CDATA[AAAA</Encrypt>"
    assert_success(endpoint.push(endpoint.partner.clear(text_message(OPENID, tricky))))
    assert kept()[0]["Content"] == tricky


@pytest.mark.parametrize("kind", ["clear", "encrypted"])
@pytest.mark.parametrize(
    "change",
    [
        ("signature=", "signature=0"),
        ("signature=", "signature=%E2%82%AC"),
        ("signature=", "unsigned="),
        ("nonce=", "nonce=1"),
        ("nonce=", "nonce=%ED%A0%80"),
        ("timestamp=", "timestamp=-"),
        ("timestamp=", "timestamp="),
        ("timestamp=", "timestamp=%D9%A1"),
        ("timestamp=", "moment="),
        ("timestamp=", "timestamp=00"),
    ],
    ids=str,
)
def test_wrong_signature_is_refused(
    make_endpoint: MakeEndpoint, kind: str, change: tuple[str, str]
) -> None:
    endpoint = make_endpoint(wechat_push_mode="plain" if kind == "clear" else "secure")
    path, body = getattr(endpoint.partner, kind)(text_message(OPENID, QUESTION))
    changed = path.replace("timestamp=1", "timestamp=") if change[1] == "timestamp=" else None
    changed = changed or path.replace(*change)
    assert changed != path
    assert_refused(endpoint.push((changed, body)), 401, "SIGNATURE_INVALID")
    assert kept() == []


@pytest.mark.parametrize("kind", ["clear", "encrypted"])
def test_wrong_token_is_refused(make_endpoint: MakeEndpoint, kind: str) -> None:
    endpoint = make_endpoint(wechat_push_mode="plain" if kind == "clear" else "secure")
    for token in ("", "AAAAa"):
        stranger = Partner(token, KEY, APPID)
        call = getattr(stranger, kind)(text_message(OPENID, QUESTION))
        assert_refused(endpoint.push(call), 401, "SIGNATURE_INVALID")


@pytest.mark.parametrize("kind", ["clear", "encrypted"])
@pytest.mark.parametrize("off", [-301, 301, -299, 299])
def test_push_outside_the_time_window_is_refused(
    make_endpoint: MakeEndpoint, kind: str, off: int
) -> None:
    endpoint = make_endpoint(wechat_push_mode="plain" if kind == "clear" else "secure")
    now = datetime.fromtimestamp(int(time.time()), UTC)
    call = getattr(endpoint.partner, kind)(
        text_message(OPENID, QUESTION), at=int(now.timestamp()) + off
    )
    with clock.replaced(lambda: now):
        response = endpoint.push(call)
    if abs(off) > 300:
        assert_refused(response, 401, "SIGNATURE_INVALID")
    else:
        assert_success(response)


def test_previous_key_is_accepted_and_others_are_not(make_endpoint: MakeEndpoint) -> None:
    new = "B" * 42 + "E"
    endpoint = make_endpoint(wechat_encoding_aes_key=new, wechat_encoding_aes_key_previous=KEY)
    for key in (new, KEY):
        endpoint.partner.key = key
        assert_success(endpoint.push(endpoint.partner.encrypted(text_message(OPENID, QUESTION))))
        answer = endpoint.push(endpoint.partner.encrypted(text_message(f"o-{key}", "转人工")))
        assert endpoint.partner.decrypted(answer.data)["ToUserName"] == f"o-{key}"
    endpoint.partner.key = "C" * 42 + "I"
    other = endpoint.push(endpoint.partner.encrypted(text_message(OPENID, QUESTION)))
    assert_refused(other, 400, "PUSH_UNREADABLE")


@pytest.mark.parametrize("appid", ["wxba5fad812f8e6fb8", "", "wxba5fad812f8e6fb9x"])
def test_message_for_another_mini_program_is_refused(
    make_endpoint: MakeEndpoint, appid: str
) -> None:
    endpoint = make_endpoint()
    endpoint.partner.appid = appid
    call = endpoint.partner.encrypted(text_message(OPENID, QUESTION))
    assert_refused(endpoint.push(call), 400, "PUSH_UNREADABLE")


def test_nonce_cannot_be_reused_for_another_message(make_endpoint: MakeEndpoint) -> None:
    """In plain mode the signature does not cover the body."""
    endpoint = make_endpoint(wechat_push_mode="plain")
    path, body = endpoint.partner.clear(text_message(OPENID, QUESTION))
    assert_success(endpoint.push((path, body)))
    assert_success(endpoint.push((path, body)))
    forged = as_json(text_message(OPENID, "转人工"))
    assert_refused(endpoint.push((path, forged)), 409, "REPLAYED")
    assert len(kept()) == 1


@FORMS
def test_repetition_with_a_new_nonce_is_answered_and_not_stored(
    make_endpoint: MakeEndpoint, form: str
) -> None:
    endpoint = make_endpoint(wechat_push_format=form)
    message = text_message(OPENID, QUESTION)
    for _ in range(3):
        assert_success(endpoint.push(endpoint.partner.encrypted(message)))
    assert_success(
        endpoint.push(endpoint.partner.encrypted({**message, "MsgId": str(message["MsgId"])}))
    )
    assert len(kept()) == 1
    # The same MsgId from another person or of another second is another message.
    assert_success(endpoint.push(endpoint.partner.encrypted({**message, "FromUserName": "o-li"})))
    later = {**message, "CreateTime": message["CreateTime"] + 1}
    assert_success(endpoint.push(endpoint.partner.encrypted(later)))
    assert len(kept()) == 3


@FORMS
@pytest.mark.parametrize("message_id", [2**63 - 1, 2**64 - 1, "24326232326538752", "a-b_c=="])
def test_message_ids_of_every_kind(
    make_endpoint: MakeEndpoint, form: str, message_id: int | str
) -> None:
    endpoint = make_endpoint(wechat_push_format=form)
    message = text_message(OPENID, QUESTION, MsgId=message_id)
    for _ in range(2):
        assert_success(endpoint.push(endpoint.partner.encrypted(message)))
    assert len(kept()) == 1


@FORMS
def test_events_and_messages_without_text(make_endpoint: MakeEndpoint, form: str) -> None:
    endpoint = make_endpoint(wechat_push_format=form)
    entered = event_message(OPENID, "user_enter_tempsession", SessionFrom="case-1")
    picture = text_message(OPENID, "", MsgType="image", PicUrl="http://x/y", MediaId="m")
    card = text_message(OPENID, "", MsgType="miniprogrampage", Title="核验", PagePath="p?a=1")
    for message in (entered, entered, picture, card):
        assert_success(endpoint.push(endpoint.partner.encrypted(message)))
    assert kept() == [
        {
            "openid": OPENID,
            "kind": "event",
            "event": "user_enter_tempsession",
            "SessionFrom": "case-1",
        },
        {"openid": OPENID, "kind": "image", "event": ""},
        {"openid": OPENID, "kind": "miniprogrampage", "event": ""},
    ]
    sent_at = chat_inbox.last_sent_at(OPENID)
    assert sent_at is not None
    assert sent_at.timestamp() == card["CreateTime"]


SUBSCRIBED = {"TemplateId": "t1", "SubscribeStatusString": "accept", "PopupScene": "0"}


@pytest.mark.parametrize(
    ("form", "more", "expected"),
    [
        ("json", {"List": SUBSCRIBED}, [SUBSCRIBED]),
        ("json", {"List": [SUBSCRIBED, SUBSCRIBED]}, [SUBSCRIBED] * 2),
        ("xml", {"SubscribeMsgPopupEvent": {"List": SUBSCRIBED}}, [SUBSCRIBED]),
        ("xml", {"SubscribeMsgPopupEvent": {"List": [SUBSCRIBED] * 2}}, [SUBSCRIBED] * 2),
    ],
    ids=["object", "array", "xml", "xml-array"],
)
def test_subscription_event_in_each_format(
    make_endpoint: MakeEndpoint, form: str, more: dict[str, Any], expected: list[dict[str, str]]
) -> None:
    endpoint = make_endpoint(wechat_push_format=form)
    event = event_message(OPENID, "subscribe_msg_popup_event", **more)
    event["CreateTime"] = str(event["CreateTime"])
    assert_success(endpoint.push(endpoint.partner.encrypted(event)))
    assert kept()[0]["List"] == expected


@FORMS
@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_request_for_a_human_is_transferred_by_the_answer(
    make_endpoint: MakeEndpoint, form: str, mode: str
) -> None:
    endpoint = make_endpoint(wechat_push_mode=mode, wechat_push_format=form)
    partner = endpoint.partner
    make = {"plain": partner.clear, "compatible": partner.both, "secure": partner.encrypted}[mode]
    read = partner.decrypted if mode == "secure" else partner.read
    message = text_message(OPENID, "转人工")
    # WeChat repeats unanswered pushes; the next message is transferred too.
    for sent in (message, message, text_message(OPENID, QUESTION)):
        response = endpoint.push(make(sent))
        assert response.status_code == 200
        assert ("json" if form == "json" else "xml") in response.content_type
        answer = read(response.data)
        assert answer.pop("CreateTime")
        assert answer == {
            "ToUserName": OPENID,
            "FromUserName": OURS,
            "MsgType": "transfer_customer_service",
        }
    assert [m.outcome for m in ChatMessage.select()] == ["human", "human"]
    assert chat_inbox.count_waiting() == 0


def test_next_message_after_a_handover_goes_to_a_human(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint()
    assert_success(endpoint.push(endpoint.partner.encrypted(text_message(OPENID, QUESTION))))
    chat_inbox.hand_over(OPENID)
    answer = endpoint.push(endpoint.partner.encrypted(text_message(OPENID, "还是不行")))
    assert endpoint.partner.decrypted(answer.data)["MsgType"] == "transfer_customer_service"
    later = clock.now() + timedelta(minutes=30, seconds=2)
    with clock.replaced(lambda: later):
        call = endpoint.partner.encrypted(
            text_message(OPENID, "还是不行"), at=int(later.timestamp())
        )
        assert_success(endpoint.push(call))


def test_name_cannot_end_the_cdata_section(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(wechat_push_format="xml")
    message = text_message(OPENID, "转人工", ToUserName="]]></ToUserName><MsgType>text</MsgType>")
    answer = endpoint.partner.decrypted(endpoint.push(endpoint.partner.encrypted(message)).data)
    assert answer["MsgType"] == "transfer_customer_service"
    assert answer["FromUserName"] == message["ToUserName"]


def test_partner_matches_the_documented_values() -> None:
    partner = Partner(TOKEN, KEY, APPID)
    assert partner.sign("1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert b"debug_demo" in partner.decrypt(KNOWN_ENCRYPT)
    assert as_xml({"a": 1}) == b"<xml><a>1</a></xml>"
