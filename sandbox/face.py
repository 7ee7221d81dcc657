"""WeChat's face check 2.0: getVerifyId and queryVerifyInfo.

The result of a check is the one set by ``POST /sandbox/wechat/face`` for this openid, else that of
the person's name (``people.py``), else 10000, passed. WeChat documents no number for a query that
does not match; 84001 and 40097 come from its older interface and its common list.
"""

import base64
import hashlib
import re
from typing import Any

from flask import Blueprint, Response

from sandbox.calls import WeChatError, memory, random_id, text_of
from sandbox.memory import FaceSession
from sandbox.people import verify_face
from sandbox.wechat import call, check_openid

blueprint = Blueprint("face", __name__, url_prefix="/cityservice/face/identify")

# "要求5-32个字符内，只能包含数字、大小写字母和_-字符，且在同一个appid下唯一"
_SEQUENCE_NUMBER = re.compile(r"[0-9A-Za-z_-]{5,32}")
_LIFETIME_SECONDS = 3600

# 10005 is "still checking", 10300 "not finished": the next query may have another result.
_NOT_FINAL = frozenset({10005, 10300})


def certificate_hash(kind: str, name: str, number: str) -> str:
    """Return WeChat's cert_hash: the SHA-256, in hex, of the three values in Base64."""

    def encode(text: str) -> str:
        return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()

    joined = f"cert_type={encode(kind)}&cert_name={encode(name)}&cert_no={encode(number)}"
    return hashlib.sha256(joined.encode()).hexdigest()


@blueprint.post("/getverifyid")
def getverifyid() -> Response:
    """Open a face check of one person by one user."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        openid = check_openid(body)
        out_seq_no = text_of(body, "out_seq_no")
        if not _SEQUENCE_NUMBER.fullmatch(out_seq_no):
            raise WeChatError(40097, "invalid args: out_seq_no")
        certificate = body.get("cert_info")
        if not isinstance(certificate, dict) or certificate.get("cert_type") != "IDENTITY_CARD":
            raise WeChatError(40097, "invalid args: cert_info")
        name, number = text_of(certificate, "cert_name"), text_of(certificate, "cert_no")
        if not name or not number:
            raise WeChatError(40097, "invalid args: cert_info")
        verify_id = random_id()
        if not memory().sequence_numbers.add(out_seq_no, verify_id):
            raise WeChatError(40097, "invalid args: out_seq_no is not unique")
        memory().face_sessions.put(
            verify_id,
            FaceSession(
                verify_id,
                out_seq_no,
                openid,
                name,
                number,
                certificate_hash("IDENTITY_CARD", name, number),
            ),
        )
        return {"verify_id": verify_id, "expires_in": _LIFETIME_SECONDS}

    return call("face", "getverifyid", handle)


@blueprint.post("/queryverifyinfo")
def queryverifyinfo() -> Response:
    """Answer the result of a face check."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        session = memory().face_sessions.get(text_of(body, "verify_id"))
        if session is None:
            raise WeChatError(84001, "invalid verify_id")
        # "不一致则返回对应的errcode而不是verify_ret，防止身份信息被篡改"
        for name, expected in (
            ("out_seq_no", session.out_seq_no),
            ("cert_hash", session.certificate_hash),
            ("openid", session.openid),
        ):
            if text_of(body, name) != expected:
                raise WeChatError(40097, f"invalid args: {name} does not match")
        return {"verify_ret": _finish(session)}

    return call("face", "queryverifyinfo", handle)


def _finish(session: FaceSession) -> int:
    if session.result is not None:
        return session.result
    said = memory().next_faces.take(session.openid)
    result = verify_face(session.name, session.id_number) if said is None else said
    if result not in _NOT_FINAL:
        session.result = result
    return result
