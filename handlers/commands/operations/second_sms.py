"""Ask the second SMS vendor (Alibaba Cloud) about signature and templates; nothing is sent."""

from collections.abc import Iterator

from config import Settings
from handlers.commands.operations.findings import Finding
from handlers.commands.operations.vendor_remedies import remedy
from miniprogram_api.clients.upstream import UpstreamError
from miniprogram_api.clients.vendors.console import VendorConsole
from miniprogram_api.clients.watching.answers import code_of
from miniprogram_api.health import vendors

_OK = "OK"
_APPROVED = 1
_STATUSES = {0: "in review", 1: "approved", 2: "refused", 10: "withdrawn"}
# The vendor's codes for what is not there.
_NO_TEMPLATE = "isv.SMS_TEMPLATE_ILLEGAL"
_NO_SIGNATURES = frozenset({"isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL"})


def findings(settings: Settings, console: VendorConsole) -> Iterator[Finding]:
    """Yield one finding for the signature and one for each template.

    A refusal of the account ends the questions: the others would say the same.
    """
    signature = _signature(settings.aliyun_sms_sign_name, console)
    yield signature
    if signature.state.startswith("refused with"):
        return
    for name, template in settings.aliyun_sms_templates.items():
        yield _template(name, template.id, template.parameters, console)


def _signature(name: str, console: VendorConsole) -> Finding:
    subject = "second SMS vendor: signature"
    try:
        code, status = console.aliyun_signature(name)
    except vendors.FAILURES as error:
        return _failed(subject, _code(error))
    if code != _OK and code not in _NO_SIGNATURES:
        return _failed(subject, code)
    if code == _OK and status == _APPROVED:
        return Finding(subject, _STATUSES[status])
    state = _STATUSES.get(status, "unknown") if code == _OK else "not there"
    return Finding(subject, state, remedy("aliyun", "sms_signature", name=name))


def _template(
    name: str, number: str, parameters: tuple[str, ...], console: VendorConsole
) -> Finding:
    subject = f"second SMS vendor: template {name}"
    try:
        code, status, content = console.aliyun_template(number)
    except vendors.FAILURES as error:
        return _failed(subject, _code(error))
    if code not in (_OK, _NO_TEMPLATE):
        return _failed(subject, code)
    if code != _OK or status != _APPROVED:
        state = _STATUSES.get(status, "unknown") if code == _OK else "not there"
        return Finding(subject, state, remedy("aliyun", "sms_template", number=number, name=name))
    missing = ", ".join(one for one in parameters if f"${{{one}}}" not in content)
    trouble = remedy("aliyun", "sms_parameters", name=name, missing=missing) if missing else ""
    return Finding(subject, _STATUSES[status], trouble)


def _code(error: Exception) -> str:
    return code_of(error) if isinstance(error, UpstreamError) else "unreadable"


def _failed(subject: str, code: str) -> Finding:
    otherwise = f"Look up {code} in the vendor's documents."
    return Finding(subject, f"refused with {code}", remedy("aliyun", code) or otherwise)
