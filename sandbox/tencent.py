"""Tencent Cloud's API 3.0: the endpoint, the TC3-HMAC-SHA256 signature and the form of errors.

The signature follows https://cloud.tencent.com/document/api/382/52072; errors have HTTP status 200
and the form ``{"Response": {"Error": {"Code", "Message"}, "RequestId"}}``.
"""

import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox.calls import TencentError, json_body, json_response, memory, planted_refusal, receive
from sandbox.memory import Memory, Mode
from sandbox.products import account, faceid, iai, sms

blueprint = Blueprint("tencent", __name__)

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z0-9]+)"
    r"/tc3_request, ?SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
# "Timestamp and server time cannot differ by more than five minutes."
_TIMESTAMP_TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Action:
    """An action of a product: ``target`` of its faults, service, version and handler."""

    target: str
    service: str
    version: str
    answer: Callable[[dict[str, Any], Mode, Memory], dict[str, Any]]


ACTIONS = {
    "SendSms": Action("sms", "sms", "2021-01-11", sms.send_sms),
    "PullSmsSendStatus": Action("sms", "sms", "2021-01-11", sms.pull_status),
    "DescribeSmsTemplateList": Action("console", "sms", "2021-01-11", account.sms_templates),
    "DescribeSmsSignList": Action("console", "sms", "2021-01-11", account.sms_signatures),
    "SmsPackagesStatistics": Action("console", "sms", "2021-01-11", account.sms_packages),
    "CheckIdNameDate": Action("identity", "faceid", "2018-03-01", faceid.check_id_name_date),
    "PhoneVerification": Action("identity", "faceid", "2018-03-01", faceid.phone_verification),
    "CompareFace": Action("face_compare", "iai", "2020-03-03", iai.compare_face),
    "ImageRecognitionV2": Action("face", "faceid", "2018-03-01", faceid.image_recognition),
}


@blueprint.post("/")
def call() -> Response:
    """Answer a call of the API; the header X-TC-Action names the action."""
    name = request.headers.get("X-TC-Action", "")
    action = ACTIONS.get(name)
    body = json_body()

    def play(mode: Mode) -> Response:
        try:
            service = _check_signature()
            if action is None:
                raise TencentError("InvalidAction", "The request action is invalid.")
            _check_request(action, service)
            if body is None:
                raise TencentError("InvalidParameter", "The request body is not a JSON object.")
            if code := planted_refusal(name):
                raise TencentError(code, "planted")
            answer = action.answer(body, mode, memory())
        except TencentError as error:
            answer = {"Error": {"Code": error.code, "Message": error.message}}
        return json_response({"Response": {**answer, "RequestId": str(uuid.uuid4())}})

    return receive(action.target if action else "tencent", name or "(none)", body, play)


def _check_request(action: Action, service: str) -> None:
    if request.headers.get("X-TC-Version") != action.version:
        raise TencentError("NoSuchVersion", "The specified API version does not exist.")
    if service != action.service:
        raise TencentError(
            "AuthFailure.SignatureFailure",
            "The service in the credential scope is not the one of this action.",
        )
    if action.service == "sms" and not request.headers.get("X-TC-Region"):
        raise TencentError(
            "MissingParameter", "The request is missing a required parameter `Region`."
        )


def _check_signature() -> str:
    """Return the service of the signature. Raises TencentError for an invalid one."""
    for header in ("Authorization", "X-TC-Timestamp"):
        if not request.headers.get(header):
            raise TencentError(
                "MissingParameter", f"The request header `{header}` is missing or empty."
            )
    signed = _AUTHORIZATION.fullmatch(request.headers["Authorization"])
    if signed is None:
        raise TencentError("AuthFailure.InvalidAuthorization", "Authorization is malformed.")
    expected_id = current_app.config["TENCENTCLOUD_SECRET_ID"]
    if expected_id and not hmac.compare_digest(signed["id"].encode(), expected_id.encode()):
        raise TencentError("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
    timestamp = request.headers["X-TC-Timestamp"]
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
        raise TencentError("InvalidParameter", "X-TC-Timestamp is not a number of seconds.")
    day = datetime.fromtimestamp(int(timestamp), UTC).date().isoformat()
    skew = memory().account.get("clock") or 0
    too_old = abs(time.time() + skew - int(timestamp)) > _TIMESTAMP_TOLERANCE_SECONDS
    if too_old or signed["date"] != day:
        raise TencentError(
            "AuthFailure.SignatureExpire",
            "Signature expired. Timestamp and server time cannot differ by more than 5 minutes.",
        )
    key = current_app.config["TENCENTCLOUD_SECRET_KEY"]
    scope = f"{day}/{signed['service']}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{_canonical_digest(signed['headers'])}"
    expected = hmac.new(_signing_key(key, day, signed["service"]), text.encode(), "sha256")
    if not hmac.compare_digest(expected.hexdigest(), signed["signature"]):
        raise TencentError(
            "AuthFailure.SignatureFailure",
            "The provided credentials could not be validated. Please check your signature is "
            "correct.",
        )
    return signed["service"]


def _canonical_digest(signed_headers: str) -> str:
    names = signed_headers.split(";")
    if not {"content-type", "host"} <= set(names):
        raise TencentError(
            "AuthFailure.InvalidAuthorization", "SignedHeaders lacks content-type or host."
        )
    lines = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in names)
    payload = request.get_data()
    if request.headers.get("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD":
        payload = b"UNSIGNED-PAYLOAD"
    query = request.query_string.decode("latin-1")
    canonical = (
        f"POST\n/\n{query}\n{lines}\n{signed_headers}\n{hashlib.sha256(payload).hexdigest()}"
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


@lru_cache(maxsize=64)
def _signing_key(secret_key: str, day: str, service: str) -> bytes:
    key = hmac.digest(f"TC3{secret_key}".encode(), day.encode(), "sha256")
    key = hmac.digest(key, service.encode(), "sha256")
    return hmac.digest(key, b"tc3_request", "sha256")
