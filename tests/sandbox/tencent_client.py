"""Tencent's official SDK, connected to the sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.sms.v20210111.sms_client import SmsClient

from tests.support.service.sandbox import CREDENTIALS, SandboxServer

SIGN_NAME = "登记注册身份验证"


@contextmanager
def client(
    kind: Any,
    sandbox: SandboxServer,
    *,
    secret_id: str = CREDENTIALS["TENCENTCLOUD_SECRET_ID"],
    secret_key: str = CREDENTIALS["TENCENTCLOUD_SECRET_KEY"],
    region: str = "ap-guangzhou",
    time_out: float = 10,
) -> Iterator[Any]:
    """Yield a client of this class (SmsClient, FaceidClient) and close its connections."""
    http = HttpProfile(protocol="http", endpoint=sandbox.endpoint, keepAlive=True)
    http.reqTimeout = time_out
    made = kind(Credential(secret_id, secret_key), region, ClientProfile(httpProfile=http))
    made.request.conn._session.trust_env = False
    try:
        yield made
    finally:
        made.request.conn._session.close()


def call(
    sandbox: SandboxServer, action: str, parameters: dict[str, Any], **options: Any
) -> dict[str, Any]:
    """Call and return ``Response``. Raises TencentCloudSDKException like the SDK."""
    kind = SmsClient if action == "SendSms" else FaceidClient
    with client(kind, sandbox, **options) as made:
        answer: dict[str, Any] = made.call_json(action, parameters)["Response"]
        return answer


def send_sms(sandbox: SandboxServer, *phones: str, **changes: Any) -> list[dict[str, Any]]:
    """Send the code 482913 to these phones and return the SendStatusSet."""
    options = {name: changes.pop(name) for name in ("time_out",) if name in changes}
    parameters = {
        "PhoneNumberSet": list(phones),
        "SmsSdkAppId": "1400000000",
        "SignName": SIGN_NAME,
        "TemplateId": "1000001",
        "TemplateParamSet": ["482913", "10"],
        **changes,
    }
    statuses: list[dict[str, Any]] = call(sandbox, "SendSms", parameters, **options)[
        "SendStatusSet"
    ]
    return statuses
