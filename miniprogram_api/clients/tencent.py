"""Tencent Cloud's official SDK over our own connections.

The SDK signs (TC3-HMAC-SHA256) and reads; sending is done by Upstream, because the SDK's own
transport turns every failure into one text (with the request in it), so that nobody could tell
whether the vendor got it, and writes requests with personal data into its log.
"""

import logging
from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from config import Settings
from miniprogram_api.clients.upstream import NoResponse, Upstream, require_no_server_error

# It would contain requests with personal data.
logging.getLogger("tencentcloud_sdk_common").disabled = True


class VendorError(Exception):
    """Tencent Cloud answered with an error; ``code`` such as ``FailedOperation.UnKnown``."""

    def __init__(self, code: str, request_id: str | None) -> None:
        self.code = code
        self.request_id = request_id
        super().__init__(code)


class _Transport:
    """Takes the place of the SDK's ApiRequest."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def send_request(self, request: Any) -> Any:
        """Send what the SDK has signed; its answer is checked by the SDK."""
        response = self._upstream.send(
            request.method, "/", data=request.data, headers=request.header
        )
        require_no_server_error(response)
        return response


class TencentCloud:
    """One product of Tencent Cloud."""

    def __init__(
        self, settings: Settings, name: str, endpoint: str, timeout: float, client_class: type
    ) -> None:
        """``endpoint`` is host[:port]; ``client_class`` is the SDK's client of the product."""
        scheme = settings.tencentcloud_endpoint_scheme
        credential = Credential(
            settings.tencentcloud_secret_id, settings.tencentcloud_secret_key.get_secret_value()
        )
        profile = ClientProfile(httpProfile=HttpProfile(protocol=scheme, endpoint=endpoint))
        self._client: Any = client_class(credential, settings.tencentcloud_region, profile)
        self._client.request = _Transport(
            Upstream(
                name,
                f"{scheme}://{endpoint}",
                timeout=timeout,
                connections=settings.web_threads,
                production=settings.profile == "production",
            )
        )

    def call(self, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call one action once and return its ``Response`` object.

        Raises UpstreamError when there is no answer, VendorError when the answer is an error.
        """
        code, request_id = "", None
        response: Any = None
        try:
            response = self._client.call_json(action, parameters)["Response"]
        except TencentCloudSDKException as error:
            code, request_id = str(error.get_code()), error.get_request_id()
        except (ValueError, LookupError, TypeError):
            # Not the form of an answer; the SDK does not expect that.
            response = None
        if not code and isinstance(response, dict) and "Error" in response:
            # The SDK overlooks errors whose content type it does not know.
            code = str((response["Error"] or {}).get("Code"))
            request_id = response.get("RequestId")
        if code:
            raise VendorError(code, request_id)
        if not isinstance(response, dict):
            raise NoResponse()
        return response
