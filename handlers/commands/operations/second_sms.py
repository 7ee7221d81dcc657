"""Ask the second SMS vendor (Alibaba Cloud) about signature and templates; nothing is sent."""

from collections.abc import Iterator

from config import Settings
from handlers.commands.operations.findings import Finding
from handlers.commands.operations.vendor_remedies import failed, remedy
from miniprogram_api.clients.vendors.console import VendorConsole
from miniprogram_api.health import vendors

_APPROVED = 1
_STATUSES = {0: "in review", 1: "approved", 2: "refused", 10: "withdrawn", None: "not there"}


def findings(settings: Settings, console: VendorConsole) -> Iterator[Finding]:
    """Yield one finding for the signature and one for each template.

    A refusal of the account ends the questions: the others would say the same.
    """
    subject, name = "second SMS vendor: signature", settings.aliyun_sms_sign_name
    try:
        status = console.aliyun_signature(name)
    except vendors.FAILURES as error:
        yield failed(subject, "aliyun", error)
        return
    trouble = "" if status == _APPROVED else remedy("aliyun", "sms_signature", name=name)
    yield Finding(subject, _STATUSES.get(status, "unknown"), trouble)
    for name, template in settings.aliyun_sms_templates.items():
        yield _template(name, template.id, template.parameters, console)


def _template(
    name: str, number: str, parameters: tuple[str, ...], console: VendorConsole
) -> Finding:
    subject = f"second SMS vendor: template {name}"
    try:
        template = console.aliyun_template(number)
    except vendors.FAILURES as error:
        return failed(subject, "aliyun", error)
    status, content = template or (None, "")
    missing = ", ".join(one for one in parameters if f"${{{one}}}" not in content)
    trouble = ""
    if status != _APPROVED:
        trouble = remedy("aliyun", "sms_template", number=number, name=name)
    elif missing:
        trouble = remedy("aliyun", "sms_parameters", name=name, missing=missing)
    return Finding(subject, _STATUSES.get(status, "unknown"), trouble)
