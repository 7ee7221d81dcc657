"""What the profiles production and staging ask of the settings besides what all profiles ask.

Staging has production's rules for a service with invented people, such as the one that WeChat's
reviewers use: its vendors may be the sandbox, and then a picture may be a face check.
"""

import ipaddress
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from sms_settings import SmsTemplate

if TYPE_CHECKING:
    from config import Settings

# Consent texts, registration and the foot of pages show them.
PROCESSOR_SETTINGS = ("operator_name", "operator_address", "operator_phone", "operator_dpo")


# Without a value the service does not start.
REQUIRED = (
    "public_origin",
    "database_url",
    "redis_url",
    "ctid_base",
    "metrics_token",
    "wechat_appid",
    "wechat_secret",
    "wechat_token",
    "wechat_encoding_aes_key",
    "wechat_api_base",
    "tencentcloud_secret_id",
    "tencentcloud_secret_key",
    "tencentcloud_faceid_endpoint",
    "tencentcloud_sms_endpoint",
    "sms_sdk_app_id",
    "sms_sign_name",
    "sms_template_code",
    "sms_template_phone_changed",
    "sms_template_phone_change_asked",
    "sms_template_dispute_filed",
    "sms_template_dispute_ended",
    "sms_template_binding_changed",
    "sms_template_binding_ended",
    "sms_template_status_changed",
    "sms_template_verification_refused",
    "sms_template_verification_held",
    "sms_template_verification_lapses",
    "sms_template_verification_revoked",
    "sms_template_authorization_closed",
    "sms_template_level_delayed",
    "sms_template_incident",
    "sms_template_matter_invitation",
    "sms_template_matter_lost",
    "sms_template_matter_ended",
)


def problems(settings: "Settings") -> list[str]:
    """Return a sentence for each setting that is missing, unsafe or the sandbox's."""
    troubles = []
    for name in REQUIRED:
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value).strip():
            troubles.append(f"{name.upper()} is not set.")
    if "aliyun" in settings.sms_providers:
        troubles += _aliyun_problems(settings)
    for name in PROCESSOR_SETTINGS:
        if not getattr(settings, name).strip():
            why = "users must be told who processes their data (PIPL, articles 17(1) and 52)"
            troubles.append(f"{name.upper()} is not set: {why}.")
    if not settings.ledger_seal_dir and not settings.ledger_seal_webhook:
        troubles.append("LEDGER_SEAL_DIR (or LEDGER_SEAL_WEBHOOK) is not set.")
    if settings.face_mode != "wechat" and not _asks_a_sandbox(settings):
        troubles.append(
            "FACE_MODE must be wechat: a still picture does not prove that a person is there."
        )
    if settings.staff_passkeys != "required":
        troubles.append(
            "STAFF_PASSKEYS must be required: a password and a number can be passed on by phone."
        )
    if not settings.second_person_days:
        troubles.append(
            "SECOND_PERSON_DAYS must be 1 or more: an administrator that resets a password could"
            " decide as that member."
        )
    if settings.profile == "production":
        troubles += _vendor_problems(settings)
    own = ("public_origin", "ledger_seal_webhook", "content_webhook_url", "faq_reader_url")
    return troubles + _address_problems({name: getattr(settings, name) for name in own})


def _asks_a_sandbox(settings: "Settings") -> bool:
    """Return whether a staging service asks the sandbox about identities, so about no real ones."""
    host = urlsplit(f"//{settings.tencentcloud_faceid_endpoint}").hostname or ""
    return settings.profile == "staging" and is_local(host)


def _vendor_problems(settings: "Settings") -> list[str]:
    troubles = []
    if settings.tencentcloud_endpoint_scheme != "https":
        troubles.append("TENCENTCLOUD_ENDPOINT_SCHEME must be https.")
    names = ("wechat_api_base", "ctid_base", "aliyun_sms_base")
    addresses = {name: getattr(settings, name) for name in names}
    for name in (
        "tencentcloud_faceid_endpoint",
        "tencentcloud_iai_endpoint",
        "tencentcloud_sms_endpoint",
    ):
        addresses[name] = "https://" + getattr(settings, name)
    troubles += _address_problems(addresses)
    for name, beginning in (("wechat_appid", "wx0000000000sandbox"),
                            ("tencentcloud_secret_id", "AKIDsandbox"),
                            ("aliyun_access_key_id", "LTAIsandbox")):  # fmt: skip
        if getattr(settings, name).startswith(beginning):
            troubles.append(f"{name.upper()} is the sandbox's.")
    return troubles


def _address_problems(addresses: dict[str, str]) -> list[str]:
    troubles = []
    for name, value in addresses.items():
        if value and urlsplit(value).scheme != "https":
            troubles.append(f"{name.upper()} must be an https address.")
        elif value and is_local(urlsplit(value).hostname or ""):
            troubles.append(f"{name.upper()} points at this machine, where only the sandbox lives.")
    return troubles


def _aliyun_problems(settings: "Settings") -> list[str]:
    """Return a sentence for each setting of the second SMS vendor that is missing."""
    values = {
        "aliyun_access_key_id": settings.aliyun_access_key_id,
        "aliyun_access_key_secret": settings.aliyun_access_key_secret.get_secret_value(),
        "aliyun_sms_sign_name": settings.aliyun_sms_sign_name,
    }
    troubles = [f"{name.upper()} is not set." for name, value in values.items() if not value]
    missing = sorted({*get_args(SmsTemplate)} - settings.aliyun_sms_templates.keys())
    if missing:
        troubles.append(f"ALIYUN_SMS_TEMPLATES lacks {', '.join(missing)}.")
    return troubles


def is_local(host: str) -> bool:
    """Return whether a host is this machine, by its name or address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_origin(text: str) -> bool:
    """Return whether a text is scheme and host of an address, and nothing else."""
    parts = urlsplit(text)
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and parts.path in ("", "/")
        and not (parts.query or parts.fragment or parts.username)
    )
