"""Ask each vendor one real question without effect and say what is wrong, in an operator's words.

No question contains personal data or costs anything.
"""

import re
from collections.abc import Iterator

from config import Settings
from handlers.commands.operations import second_sms
from handlers.commands.operations.findings import Finding
from handlers.commands.operations.vendor_remedies import failed, remedy
from miniprogram_api import clients
from miniprogram_api.clients.tencent import VendorError
from miniprogram_api.clients.vendors.console import VendorConsole
from miniprogram_api.clients.wechat_api import WeChatError
from miniprogram_api.health import vendors
from miniprogram_api.operations.profiles import SMS_TEMPLATES

FEW_SMS = 1_000
# Of a call's daily quota; below it is a warning.
FEW_CALLS = 0.1
# How many parameters the product sends; to all other templates none.
_PARAMETERS = {
    "sms_template_code": 2,
    "sms_template_matter_lost": 1,
    "sms_template_matter_ended": 1,
}
_STATUSES = {0: "approved", 1: "in review", 2: "approved, not yet in force", -1: "refused"}
_PLACEHOLDER = re.compile(r"\{\d+\}")

# What the vendors answer to our questions where all is well.
_NUMBER_IS_NONE = frozenset({"-2", "-3", "FailedOperation.IdFormatError",
                             "FailedOperation.NameFormatError"})  # fmt: skip


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield one finding for each question."""
    console = clients.build(settings).vendor_console
    yield _wechat_token(console)
    yield from _wechat_quotas(settings, console)
    yield from _subscriptions(settings, console)
    yield _face_check(console)
    yield from _sms(settings, console)
    if "aliyun" in settings.sms_providers:
        yield from second_sms.findings(settings, console)
    yield _identity(console)
    if settings.face_compare == "tencent":
        yield _face_compare(console)
    yield _ctid(console)


def _wechat_token(console: VendorConsole) -> Finding:
    try:
        console.wechat_token()
    except vendors.FAILURES as error:
        return failed("WeChat's token", "wechat", error)
    return Finding("WeChat's token", "given")


def _wechat_quotas(settings: Settings, console: VendorConsole) -> Iterator[Finding]:
    for path in vendors.wechat_calls(settings):
        subject = f"WeChat's calls of {path}"
        try:
            left, limit = console.wechat_quota(path)
        except vendors.FAILURES as error:
            yield failed(subject, "wechat", error)
            continue
        state = f"{left} of {limit} left today" if limit else "without limit"
        trouble = "" if not limit or left > limit * FEW_CALLS else remedy("wechat", "45009")
        yield Finding(subject, state, trouble, is_warning=left > 0)


def _subscriptions(settings: Settings, console: VendorConsole) -> Iterator[Finding]:
    subject = "subscription templates"
    try:
        known = console.subscription_templates()
    except vendors.FAILURES as error:
        yield failed(subject, "wechat", error)
        return
    for topic, template in settings.wechat_templates.items():
        content = known.get(template.id)
        missing = [key for key in template.fields if f"{{{{{key}.DATA}}}}" not in (content or "")]
        state, trouble = "known", ""
        if content is None:
            state = "unknown"
            trouble = remedy("wechat", "subscription_unknown", id=template.id)
        elif missing:
            state = "has other fields"
            fields = ", ".join(missing)
            trouble = remedy("wechat", "subscription_fields", topic=topic, fields=fields)
        yield Finding(f"subscription template of {topic}", state, trouble)


def _face_check(console: VendorConsole) -> Finding:
    """Ask for an unknown check: any refusal of its arguments shows that the service is open."""
    try:
        console.unknown_face_check()
    except WeChatError as error:
        code = str(error.errcode)
        trouble = remedy("wechat", code)
        state = f"refused with {code}" if trouble else f"open: knows no such check ({code})"
        return Finding("WeChat's face check", state, trouble)
    except vendors.FAILURES as error:
        return failed("WeChat's face check", "wechat", error)
    return Finding(
        "WeChat's face check", "knows a check that does not exist", "WECHAT_API_BASE is wrong."
    )


def _sms(settings: Settings, console: VendorConsole) -> Iterator[Finding]:
    try:
        templates = console.sms_templates()
    except vendors.FAILURES as error:
        yield failed("SMS templates", "tencent", error)
    else:
        for setting in SMS_TEMPLATES:
            number = getattr(settings, setting)
            template = templates.get(number)
            status = _STATUSES.get(template.status, "unknown") if template else "not there"
            sent = _PARAMETERS.get(setting, 0)
            takes = len(set(_PLACEHOLDER.findall(template.content))) if template else sent
            trouble = ""
            if template is None or template.status != 0:
                named = {"setting": setting.upper(), "number": number or "no template"}
                trouble = remedy("tencent", "sms_template", **named)
            elif takes != sent:
                trouble = remedy(
                    "tencent", "sms_parameters", setting=setting.upper(), takes=takes, sent=sent
                )
            yield Finding(f"SMS template {setting.removeprefix('sms_template_')}", status, trouble)
    yield _sms_signature(settings, console)
    yield _sms_left(console)


def _sms_signature(settings: Settings, console: VendorConsole) -> Finding:
    try:
        status = console.sms_signatures().get(settings.sms_sign_name)
    except vendors.FAILURES as error:
        return failed("SMS signature", "tencent", error)
    trouble = remedy("tencent", "sms_signature", name=settings.sms_sign_name)
    state = "not there" if status is None else _STATUSES.get(status, "unknown")
    return Finding("SMS signature", state, "" if status == 0 else trouble)


def _sms_left(console: VendorConsole) -> Finding:
    try:
        left = console.sms_left()
    except vendors.FAILURES as error:
        return failed("SMS packages", "tencent", error)
    trouble = remedy("tencent", "FailedOperation.InsufficientBalanceInSmsPackage")
    is_short = left < FEW_SMS
    return Finding("SMS packages", f"{left} left", trouble if is_short else "", is_warning=left > 0)


def _identity(console: VendorConsole) -> Finding:
    """Check a number that is none: the source answers so, and charges nothing."""
    subject = "check of the four elements"
    try:
        result = console.identity_form()
    except VendorError as error:
        if error.code not in _NUMBER_IS_NONE:
            return failed(subject, "tencent", error)
        result = error.code
    except vendors.FAILURES as error:
        return failed(subject, "tencent", error)
    trouble = "" if result in _NUMBER_IS_NONE else remedy("tencent", "LimitExceeded")
    return Finding(subject, f"open ({result})" if not trouble else f"answers {result}", trouble)


def _face_compare(console: VendorConsole) -> Finding:
    subject = "comparison of faces"
    try:
        console.faceless_pictures()
    except VendorError as error:
        trouble = remedy("tencent", error.code)
        return Finding(subject, f"refused with {error.code}" if trouble else "open", trouble)
    except vendors.FAILURES as error:
        return failed(subject, "tencent", error)
    return Finding(subject, "open")


def _ctid(console: VendorConsole) -> Finding:
    """Show CTID a token that it does not know."""
    try:
        code = console.unknown_credential()
    except vendors.FAILURES as error:
        return failed("CTID", "ctid", error)
    trouble = remedy("ctid", code)
    return Finding("CTID", f"refused with {code}" if trouble else f"open ({code})", trouble)
