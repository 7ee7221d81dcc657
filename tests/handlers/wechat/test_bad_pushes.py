"""Malformed pushes are refused with 4xx or stored whole, never answered with a 500."""

import base64
import json
import math
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import config
from miniprogram_api.clients import wechat_pushes
from miniprogram_api.clients.wechat_pushes import Form, PushCrypto, UnreadablePush
from models.chat import ChatMessage
from models.storage.database import database
from tests.handlers.wechat.conftest import APPID, KEY, PushEndpoint
from tests.support.api.pushes import PUSH_PATH, Partner, as_json, as_xml, text_message
from tests.support.service.tables import settings_for

MakeEndpoint = Callable[..., PushEndpoint]
OPENID = "o-wang"
fuzzed = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["plain", "compatible", "secure"])
def any_endpoint(
    request: pytest.FixtureRequest, make_endpoint: MakeEndpoint
) -> Iterator[PushEndpoint]:
    yield make_endpoint(wechat_push_mode=request.param)
    # Stored messages are readable, and wait unless transferred to a human.
    for message in ChatMessage.select():
        assert isinstance(json.loads(message.content), dict)
        assert (message.due_at is None) == (message.outcome == "human")


@pytest.fixture
def secure_endpoint(make_endpoint: MakeEndpoint) -> PushEndpoint:
    return make_endpoint()


def assert_no_defect(response: TestResponse) -> None:
    assert response.status_code == 200 or 400 <= response.status_code < 500, response.text


def signed(make_endpoint: PushEndpoint, body: bytes) -> tuple[str, bytes]:
    """Send the body unchanged with a valid plain-mode signature."""
    return f"{PUSH_PATH}?{make_endpoint.partner.query()}", body


@fuzzed
@given(body=st.binary(max_size=300), query=st.text(max_size=60))
def test_any_bytes_are_refused_or_stored(
    any_endpoint: PushEndpoint, body: bytes, query: str
) -> None:
    path = f"{PUSH_PATH}?{quote(query, errors='replace')}"
    assert 400 <= any_endpoint.push((path, body)).status_code < 500
    assert any_endpoint.push(signed(any_endpoint, body)).status_code in (400, 401)
    assert any_endpoint.push(any_endpoint.partner.encrypted_bytes(body)).status_code in (400, 401)
    assert ChatMessage.select().count() == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "List")


@fuzzed
@given(
    kind=st.sampled_from(["text", "event", "image"]),
    changes=st.dictionaries(st.sampled_from([*NAMES, "Encrypt", "Other"]), VALUES, max_size=4),
)
def test_any_value_in_any_field_is_refused_or_stored(
    any_endpoint: PushEndpoint, kind: str, changes: dict[str, Any]
) -> None:
    message = text_message(OPENID, "在吗", MsgType=kind, Event="user_enter_tempsession")
    body = json.dumps({**message, **changes}).encode()
    assert_no_defect(any_endpoint.push(signed(any_endpoint, body)))
    assert_no_defect(any_endpoint.push(any_endpoint.partner.encrypted_bytes(body)))


XML_TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=40,
)


@fuzzed
@given(text=XML_TEXT)
def test_stored_text_equals_the_sent_text(any_endpoint: PushEndpoint, text: str) -> None:
    any_endpoint.partner.form = "xml"
    make = (
        any_endpoint.partner.clear
        if any_endpoint.settings.wechat_push_mode == "plain"
        else any_endpoint.partner.both
    )
    database.execute_sql("DELETE FROM chat_message")
    assert any_endpoint.push(make(text_message(OPENID, text))).status_code == 200
    # The XML parser strips blanks at both ends.
    assert json.loads(ChatMessage.get().content) == {"Content": text.strip()}


@fuzzed
@given(place=st.integers(0, 10_000), letter=st.sampled_from("ABab01+/=é \n"))
def test_changed_ciphertext_is_refused(
    secure_endpoint: PushEndpoint, place: int, letter: str
) -> None:
    endpoint = secure_endpoint
    path, body = endpoint.partner.encrypted(text_message(OPENID, "在吗"))
    encrypted = json.loads(body)["Encrypt"]
    place %= len(encrypted)
    letter = "c" if letter == encrypted[place] else letter
    changed = encrypted[:place] + letter + encrypted[place + 1 :]
    for secret in (changed, changed[:-1], changed + "A", encrypted[:place], encrypted + encrypted):
        response = endpoint.push((path, as_json({"Encrypt": secret})))
        assert (response.status_code, response.text.split()[0]) == (401, "SIGNATURE_INVALID")
    assert ChatMessage.select().count() == 0


@fuzzed
@given(place=st.integers(0, 10_000), by=st.integers(1, 255))
def test_changed_ciphertext_with_a_valid_signature_is_harmless(
    secure_endpoint: PushEndpoint, place: int, by: int
) -> None:
    """Only WeChat and the service can sign; the text is parsed like any other."""
    endpoint = secure_endpoint
    sealed = bytearray(
        base64.b64decode(endpoint.partner.encrypt(as_json(text_message(OPENID, "?"))))
    )
    sealed[place % len(sealed)] ^= by
    encrypted = base64.b64encode(sealed).decode()
    path = f"{PUSH_PATH}?{endpoint.partner.query(encrypted)}"
    assert_no_defect(endpoint.push((path, as_json({"Encrypt": encrypted}))))


@given(message=st.text(max_size=300))
def test_encrypted_message_is_decrypted(message: str) -> None:
    crypto = PushCrypto(KEY)
    encoded = message.encode("utf-8", "replace")
    encrypted = crypto.encrypt(encoded, APPID).decode()
    assert Partner("AAAAA", KEY, APPID).decrypt(encrypted) == encoded
    assert crypto.decrypt(encrypted, APPID) == encoded.decode()


@pytest.mark.parametrize("length", range(40))
def test_padding_is_checked(length: int) -> None:
    """PKCS#7 over blocks of 32 bytes, all of which are checked."""
    crypto, partner = PushCrypto(KEY), Partner("AAAAA", KEY, APPID)
    missing = 32 - (16 + 4 + length + len(APPID)) % 32

    def opens(padding: bytes) -> bool:
        try:
            crypto.decrypt(partner.encrypt(b"x" * length, padding=padding), APPID)
        except UnreadablePush:
            return False
        return True

    right = bytes([missing]) * missing
    assert opens(right)
    for place in range(missing):
        assert not opens(right[:place] + bytes([right[place] ^ 1]) + right[place + 1 :])
    assert not opens(bytes([missing + 32]) * (missing + 32))
    assert not opens(bytes(missing))
    if missing > 16:
        # Padding to 16 bytes, the cipher's block size.
        assert not opens(bytes([missing - 16]) * (missing - 16))


def test_length_beyond_the_message_is_refused() -> None:
    crypto, partner = PushCrypto(KEY), Partner("AAAAA", KEY, APPID)
    sealed = bytearray(base64.b64decode(partner.encrypt(b"{}")))
    # CBC: a change of the first ciphertext block changes the second block of the text.
    sealed[0] ^= 0xFF
    for part in (sealed, b"", sealed[:16], sealed[:32], sealed[:33]):
        with pytest.raises(UnreadablePush):
            crypto.decrypt(base64.b64encode(part).decode(), APPID)


LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "{x}">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + "]>"
).replace("{x}", "ha" * 9)
DECLARED = {
    "laughs": LAUGHS + "<xml><Content>&h;</Content></xml>",
    "file": '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
    "outside": '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
    "harmless": "<!DOCTYPE xml><xml><Content>x</Content></xml>",
}


@pytest.mark.parametrize("name", DECLARED)
def test_entity_declarations_are_refused(any_endpoint: PushEndpoint, name: str) -> None:
    body = DECLARED[name].encode()
    assert any_endpoint.push(signed(any_endpoint, body)).status_code == 400
    assert any_endpoint.push(any_endpoint.partner.encrypted_bytes(body)).status_code in (400, 401)


DEEP = 4_000
MALFORMED = {
    "empty": b"",
    "number": b"1",
    "array": b"[]",
    "deep array": b'{"Content":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep elements": b"<xml>" * DEEP + b"</xml>" * DEEP,
    "huge number": b'{"MsgId":' + b"9" * 5000 + b"}",
    "not a number": b'{"CreateTime":NaN}',
    "not UTF-8": b'{"Content":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 XML": '<?xml version="1.0" encoding="utf-16"?><xml/>'.encode("utf-16"),
    "GB 18030": b'<?xml version="1.0" encoding="gb18030"?><xml><Content>\xb2\xe2</Content></xml>',
    "two roots": b"<xml/><xml/>",
    "no end": b"<xml><Content>",
    "only text": b"<xml>text</xml>",
    "NUL": b"<xml><Content>\x00</Content></xml>",
    "blank": b" \n\t",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_other_documents_are_refused(any_endpoint: PushEndpoint, name: str) -> None:
    body = MALFORMED[name]
    response = any_endpoint.push(signed(any_endpoint, body))
    assert (response.status_code, response.text.split()[0]) == (400, "PUSH_UNREADABLE")
    assert any_endpoint.push(any_endpoint.partner.encrypted_bytes(body)).status_code in (400, 401)


WRONG_FIELDS: list[dict[str, Any]] = [
    {"FromUserName": ""},
    {"FromUserName": "o" * 65},
    {"FromUserName": "o-\x00"},
    {"FromUserName": "王芳"},
    {"FromUserName": None},
    {"MsgType": ""},
    {"MsgType": "text\n"},
    {"MsgType": "t" * 33},
    {"MsgType": "event"},
    {"MsgType": "event", "Event": "x" * 65},
    {"CreateTime": -1},
    {"CreateTime": 1.5},
    {"CreateTime": True},
    {"CreateTime": "١٢"},
    {"CreateTime": 10**12},
    {"CreateTime": math.inf},
    {"MsgId": None},
    {"MsgId": ""},
    {"MsgId": 1.5},
    {"MsgId": "9" * 65},
    {"MsgId": ["1"]},
]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=str)
def test_message_with_a_wrong_field_is_refused(
    make_endpoint: MakeEndpoint, wrong: dict[str, Any]
) -> None:
    endpoint = make_endpoint()
    call = endpoint.partner.encrypted(text_message(OPENID, "在吗", **wrong))
    assert endpoint.push(call).status_code == 400
    assert ChatMessage.select().count() == 0


@pytest.mark.parametrize("encrypted", [None, 1, [], {}, ["x"], "", "A", "AAAA", "\ud800", "你好"])
def test_malformed_ciphertext_is_refused(make_endpoint: MakeEndpoint, encrypted: Any) -> None:
    endpoint = make_endpoint()
    shown = encrypted if isinstance(encrypted, str) and encrypted.isascii() else ""
    path = f"{PUSH_PATH}?{endpoint.partner.query(shown)}"
    response = endpoint.push((path, json.dumps({"Encrypt": encrypted}).encode()))
    assert response.status_code in (400, 401)


def test_body_size_is_limited(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(wechat_push_mode="plain")
    message = text_message(OPENID, "x" * (63 * 1024))
    assert endpoint.push(endpoint.partner.clear(message)).status_code == 200
    message["Content"] += "x" * 1024
    path, body = endpoint.partner.clear(message)
    assert len(body) > 64 * 1024
    # Without a length the server determines the end of the body.
    endless = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    for environ in ({}, endless):
        response = endpoint.push((path, body), environ_overrides=environ)
        assert (response.status_code, response.text.split()[0]) == (413, "BODY_TOO_LARGE")


def test_lone_surrogate_is_replaced(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint()
    body = json.dumps(text_message(OPENID, "半个\ud83d字")).encode()
    assert endpoint.push(endpoint.partner.encrypted_bytes(body)).status_code == 200
    assert json.loads(ChatMessage.get().content) == {"Content": "半个?字"}


def test_other_methods_are_refused(make_endpoint: MakeEndpoint) -> None:
    assert make_endpoint().client.put(PUSH_PATH, data=b"").status_code == 405
    assert make_endpoint().client.get(PUSH_PATH).status_code == 401


def test_missing_database_makes_wechat_retry(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint()
    call = endpoint.partner.encrypted(text_message(OPENID, "在吗"))
    database.execute_sql("ALTER TABLE chat_message RENAME TO away")
    response = endpoint.push(call)
    assert (response.status_code, response.text.split()[0]) == (503, "SERVICE_UNAVAILABLE")
    database.execute_sql("ALTER TABLE away RENAME TO chat_message")
    # Nothing was stored, so its repetition is new.
    assert ChatMessage.select().count() == 0
    assert endpoint.push(call).status_code == 200
    assert ChatMessage.select().count() == 1


@pytest.mark.parametrize(
    "envelope",
    [
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[+/Az=]]></Encrypt></xml>",
        "<xml>\n<ToUserName><![CDATA[]]></ToUserName>\n<Encrypt><![CDATA[+/Az=]]></Encrypt></xml>\n",
        "<xml><Encrypt><![CDATA[+/Az=]]></Encrypt></xml>",
        "<xml><Encrypt>+/Az=</Encrypt><ToUserName>gh_1</ToUserName></xml>",
        '<?xml version="1.0"?><xml><AgentID/><Encrypt >+/<![CDATA[Az=]]></Encrypt ></xml>',
    ],
)
def test_envelope_is_read_in_any_form(envelope: str) -> None:
    assert wechat_pushes.form_of(envelope) is Form.XML
    assert wechat_pushes.encrypted_part(envelope) == "+/Az="


def test_repeated_elements_are_lists() -> None:
    body = as_xml({"MsgType": "x", "List": [{"a": "1"}, {"a": "2"}, {"a": "3"}]}).decode()
    fields = wechat_pushes.parse(body)
    assert fields == {"MsgType": "x", "List": [{"a": "1"}, {"a": "2"}, {"a": "3"}]}
    with pytest.raises(UnreadablePush):
        wechat_pushes.parse("<xml><MsgType>x</MsgType></xml>x")


@pytest.mark.parametrize("name", ["wechat_encoding_aes_key", "wechat_encoding_aes_key_previous"])
@pytest.mark.parametrize("key", ["A" * 42, "A" * 44, "A" * 42 + "=", "密" * 43])
def test_invalid_key_prevents_the_start(tables: config.Settings, name: str, key: str) -> None:
    with pytest.raises(config.SettingsError) as refused:
        settings_for(tables.var_dir, **{name: key})
    assert name.upper() in str(refused.value)
    assert key not in str(refused.value)
