"""Call Tencent Cloud through its official SDK over our own connections.

The SDK signs (TC3-HMAC-SHA256) and parses; Upstream sends. The SDK's own transport hides whether
the vendor received a request, and its errors and log contain personal data.
"""

import logging
from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from config import Settings
from miniprogram_api.clients.upstream import (
    NoResponse,
    Reply,
    Upstream,
    require_no_server_error,
    told_by_body,
)
from miniprogram_api.clients.watching.answers import OK, Recorder, Told

# Its records contain requests with personal data.
logging.getLogger("tencentcloud_sdk_common").disabled = True


class VendorError(Exception):
    """Report an error answer of Tencent Cloud; ``code`` is e.g. ``FailedOperation.UnKnown``."""

    def __init__(self, code: str, request_id: str | None) -> None:
        self.code = code
        self.request_id = request_id
        super().__init__(code)


class _Transport:
    """Replace the SDK's ApiRequest."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def send_request(self, request: Any) -> Any:
        """Send a signed request; the SDK checks the answer."""
        response = self._upstream.send(
            request.method, "/", data=request.data, headers=request.header
        )
        require_no_server_error(response)
        return response


class TencentCloud:
    """Call one product of Tencent Cloud."""

    def __init__(
        self,
        settings: Settings,
        recorder: Recorder[Reply],
        endpoint: str,
        timeout: float,
        client_class: type,
    ) -> None:
        """Create the SDK's ``client_class`` for ``endpoint`` (host[:port])."""
        scheme = settings.tencentcloud_endpoint_scheme
        credential = Credential(
            settings.tencentcloud_secret_id, settings.tencentcloud_secret_key.get_secret_value()
        )
        profile = ClientProfile(httpProfile=HttpProfile(protocol=scheme, endpoint=endpoint))
        self._client: Any = client_class(credential, settings.tencentcloud_region, profile)
        self._client.request = _Transport(
            Upstream(
                recorder,
                f"{scheme}://{endpoint}",
                timeout=timeout,
                connections=settings.web_threads,
                production=settings.profile == "production",
            )
        )

    def call(self, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call one action once and return its ``Response`` object.

        Raises UpstreamError without an answer, VendorError for an error answer.
        """
        code, request_id = "", None
        response: Any = None
        try:
            response = self._client.call_json(action, parameters)["Response"]
        except TencentCloudSDKException as error:
            code, request_id = str(error.get_code()), error.get_request_id()
        except (ValueError, LookupError, TypeError):
            # The SDK does not handle an answer of another form.
            response = None
        if not code and isinstance(response, dict) and "Error" in response:
            # The SDK ignores errors with an unknown content type.
            code = str((response["Error"] or {}).get("Code"))
            request_id = response.get("RequestId")
        if code:
            raise VendorError(code, request_id)
        if not isinstance(response, dict):
            raise NoResponse()
        return response


# Results of CheckIdNameDate and ImageRecognitionV2 that are a yes.
_YES = frozenset({"0", "Success", "Ok"})


def told(reply: Reply) -> Told:
    """Read code and request number: of an error, of the only SMS, or of the result."""

    def read(body: dict[str, Any]) -> Told:
        response = body["Response"]
        code = (
            response["Error"]["Code"]
            if "Error" in response
            else response["SendStatusSet"][0]["Code"]
            if response.get("SendStatusSet")
            else response.get("Result", OK)
        )
        return Told(OK if code in _YES else str(code), response.get("RequestId"))

    return told_by_body(reply, read)
