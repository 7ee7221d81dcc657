"""What is known of the vendors: last successes, quotas, certificates; the worker looks hourly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.tencent import VendorError
from miniprogram_api.clients.upstream import UpstreamError
from miniprogram_api.clients.vendors import certificates
from miniprogram_api.clients.vendors.certificates import CertificateRefused
from miniprogram_api.clients.watching.figures import VendorFigure, VendorName
from miniprogram_api.clients.wechat_api import WeChatError
from miniprogram_api.services import Services

JOB = "vendors.look"
TIMEOUT_SECONDS = 5
NOT_ACCEPTED = 0
"""Stands for the end of a certificate that the clients refuse."""

_SMS_PACKAGES = VendorName("sms", "SmsPackagesStatistics")


FAILURES = (UpstreamError, VendorError, WeChatError, LookupError, TypeError, ValueError)
"""What a question to the console raises; the last three: an answer of another form."""


def addresses(settings: Settings) -> dict[str, str]:
    """Return setting → address of the vendors that are called."""
    scheme = settings.tencentcloud_endpoint_scheme
    named = {
        "WECHAT_API_BASE": settings.wechat_api_base,
        "TENCENTCLOUD_FACEID_ENDPOINT": f"{scheme}://{settings.tencentcloud_faceid_endpoint}",
        "TENCENTCLOUD_IAI_ENDPOINT": f"{scheme}://{settings.tencentcloud_iai_endpoint}",
        "TENCENTCLOUD_SMS_ENDPOINT": f"{scheme}://{settings.tencentcloud_sms_endpoint}",
        "ALIYUN_SMS_BASE": settings.aliyun_sms_base if "aliyun" in settings.sms_providers else "",
        "CTID_BASE": settings.ctid_base,
        "FAQ_READER_URL": settings.faq_reader_url,
    }
    return {name: address for name, address in named.items() if address}


def wechat_calls(settings: Settings) -> tuple[str, ...]:
    """Return the paths of WeChat's calls with a daily quota that these settings use."""
    return (
        "/wxa/business/getuserphonenumber",
        "/cityservice/face/identify/getverifyid",
        "/cgi-bin/message/custom/send",
        "/cgi-bin/message/subscribe/send",
        "/wxa/msg_sec_check",
        *(("/cv/ocr/idcard",) if settings.card_ocr == "wechat" else ()),
        *(("/wxa/generate_urllink",) if settings.wechat_url_link == "on" else ()),
    )


def look(services: Services) -> None:
    """Read quotas and certificates and keep them. Raises StoreUnavailable."""
    kept = services.clients.vendor_figures
    quotas = dict(_quotas(services))
    kept.replace(VendorFigure.QUOTA_LEFT, {name: left for name, (left, _) in quotas.items()})
    limits = {name: limit for name, (_, limit) in quotas.items() if limit is not None}
    kept.replace(VendorFigure.QUOTA_LIMIT, limits)
    kept.replace(VendorFigure.CERTIFICATE_END, dict(_certificates(services.settings)))


def figures(services: Services) -> dict[str, Any]:
    """Return what is known, by kind and vendor. Raises StoreUnavailable."""
    kept = services.clients.vendor_figures
    return {
        "last_success": _by_vendor(kept.read(VendorFigure.LAST_SUCCESS), is_time=True),
        "quota_left": _by_vendor(kept.read(VendorFigure.QUOTA_LEFT)),
        "quota_limit": _by_vendor(kept.read(VendorFigure.QUOTA_LIMIT)),
        "certificate_end": _by_vendor(kept.read(VendorFigure.CERTIFICATE_END), is_time=True),
    }


def _quotas(services: Services) -> Iterator[tuple[VendorName, tuple[int, int | None]]]:
    """Yield what is left of each call, and of how many; SMS packages have no period."""
    console = services.clients.vendor_console
    for path in wechat_calls(services.settings):
        try:
            left, limit = console.wechat_quota(path)
        except FAILURES:
            # Logged and counted; one call without a quota does not hide the others.
            continue
        if limit:
            yield VendorName("wechat", path.strip("/")), (left, limit)
    try:
        yield _SMS_PACKAGES, (console.sms_left(), None)
    except FAILURES:
        return


def _certificates(settings: Settings) -> Iterator[tuple[VendorName, int]]:
    for name, address in addresses(settings).items():
        vendor = VendorName(name.partition("_")[0].lower(), name)
        try:
            end = certificates.ends_at(address, TIMEOUT_SECONDS)
        except CertificateRefused:
            yield vendor, NOT_ACCEPTED
        except OSError:
            # Unreachable: other figures say so.
            continue
        else:
            if end is not None:
                yield vendor, int(end.timestamp())


def _by_vendor(
    values: dict[VendorName, int], *, is_time: bool = False
) -> dict[str, dict[str, Any]]:
    sorted_out: dict[str, dict[str, Any]] = {}
    for (vendor, detail), value in values.items():
        moment = datetime.fromtimestamp(value, UTC).astimezone(clock.SHANGHAI).isoformat()
        sorted_out.setdefault(vendor, {})[detail] = moment if is_time else value
    return sorted_out
