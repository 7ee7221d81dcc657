"""What to do about a vendor's code, from ``vendor_remedies.yaml``."""

from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

from handlers.commands.operations.findings import Finding
from miniprogram_api.clients.tencent import VendorError
from miniprogram_api.clients.upstream import UpstreamError
from miniprogram_api.clients.watching.answers import code_of
from miniprogram_api.clients.wechat_api import WeChatError

Family = Literal["wechat", "tencent", "aliyun", "ctid"]


def remedy(family: Family, code: str, **values: object) -> str:
    """Return what to do about a code; empty for one that is no fault.

    A code is treated as the longest one that it begins with: ``LimitExceeded.AppDailyLimit`` as
    ``LimitExceeded``, ``http_502`` as ``http_5``, ``40164`` only as itself.
    """
    known = _table()[family] | _table()["all"]
    fitting = [
        one
        for one in known
        if code == one or (code.startswith(one) and not one.lstrip("-").isdecimal())
    ]
    return known[max(fitting, key=len)].format(**values) if fitting else ""


def failed(subject: str, family: Family, error: Exception) -> Finding:
    """Return the finding of a question that was not answered."""
    if isinstance(error, WeChatError):
        code = str(error.errcode)
    elif isinstance(error, VendorError):
        code = error.code
    else:
        code = code_of(error) if isinstance(error, UpstreamError) else "unreadable"
    otherwise = f"Look up {code} in the vendor's documents."
    return Finding(subject, f"refused with {code}", remedy(family, code) or otherwise)


@cache
def _table() -> dict[str, dict[str, str]]:
    text = (files("handlers.commands.operations") / "vendor_remedies.yaml").read_text("utf-8")
    table: dict[str, dict[str, str]] = yaml.safe_load(text)
    return table
