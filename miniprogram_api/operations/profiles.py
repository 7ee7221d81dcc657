"""Load the settings; the sandbox profile has default addresses and generates missing keys."""

import base64
import json
import os
import secrets
import string
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

import config
from config import Settings
from miniprogram_api.operations.key_files import write_secrets
from miniprogram_api.texts import text

_TEMPLATES = {
    topic: {
        "id": f"sandbox-{topic}",
        "fields": {"thing1": "subject", "phrase2": "state", "time3": "at", "thing4": "note"},
    }
    for topic in (
        "number_range_supported", "sms_window_over", "ticket", "review", "authorisation_ending",
        "matter",
    )
}  # fmt: skip


# Setting → the number of its template in the sandbox.
_VARIABLES = {"code": ["code", "minutes"], "matter_lost": ["reason"], "matter_ended": ["end"]}
SMS_TEMPLATES = {
    "sms_template_code": "1000001",
    "sms_template_phone_changed": "1000002",
    "sms_template_binding_changed": "1000003",
    "sms_template_binding_ended": "1000004",
    "sms_template_status_changed": "1000005",
    "sms_template_matter_invitation": "1000006",
    "sms_template_matter_lost": "1000007",
    "sms_template_matter_ended": "1000008",
    "sms_template_level_delayed": "1000009",
    "sms_template_authorization_closed": "1000010",
    "sms_template_verification_refused": "1000011",
    "sms_template_verification_held": "1000012",
    "sms_template_verification_lapses": "1000013",
    "sms_template_verification_revoked": "1000014",
    "sms_template_incident": "1000015",
    "sms_template_phone_change_asked": "1000021",
    "sms_template_dispute_filed": "1000022",
    "sms_template_dispute_ended": "1000023",
}
ALIYUN_TEMPLATES = {
    name.removeprefix("sms_template_"): {
        "id": f"SMS_{number}",
        "parameters": _VARIABLES.get(name.removeprefix("sms_template_"), []),
    }
    for name, number in SMS_TEMPLATES.items()
}
"""The same templates at the second vendor, for its setting."""


def load_settings(**overrides: object) -> Settings:
    """Load the settings, with the defaults of the sandbox profile if it is set.

    ``overrides`` (setting name → value) take precedence. Raises SettingsError.
    """
    return config.load(_sandbox_defaults, **overrides)


def _sandbox_defaults(values: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of the sandbox profile; ``values`` are given elsewhere."""
    var_dir = Path(str(values.get("var_dir") or "var"))
    sandbox = f"http://127.0.0.1:{values.get('sandbox_port') or 8001}"
    host = sandbox.removeprefix("http://")
    return {
        "wechat_api_base": sandbox,
        "tencentcloud_endpoint_scheme": "http",
        "tencentcloud_faceid_endpoint": host,
        "tencentcloud_iai_endpoint": host,
        "tencentcloud_sms_endpoint": host,
        "ctid_base": sandbox,
        "ledger_seal_dir": str(var_dir.absolute() / "seals"),
        "sms_sdk_app_id": "1400000000",
        "sms_sign_name": text("api.program_name"),
        **SMS_TEMPLATES,
        "aliyun_sms_base": f"{sandbox}/aliyun",
        "aliyun_access_key_id": "LTAIsandbox",
        "aliyun_access_key_secret": "sandbox",
        "aliyun_sms_sign_name": text("api.program_name"),
        "aliyun_sms_templates": json.dumps(ALIYUN_TEMPLATES),
        "wechat_appid": "wx0000000000sandbox",
        "card_ocr": "wechat",
        "wechat_url_link": "on",
        "wechat_program_state": "developer",
        # The product is tried with members made a minute ago.
        "second_person_days": 0,
        "operator_name": text("sandbox_operator.name"),
        "operator_address": text("sandbox_operator.address"),
        "operator_phone": "010-00000000",
        "operator_dpo": text("sandbox_operator.dpo"),
        "ctid_provider": text("sandbox_operator.ctid_provider"),
        "wechat_templates": json.dumps(_TEMPLATES),
        "tencentcloud_secret_id": "AKIDsandbox00000000000000000000000000",
        **{k.lower(): v for k, v in _secrets(var_dir / "secrets.env", values).items() if v},
    }


def _secrets(path: Path, given: Mapping[str, object]) -> dict[str, str | None]:
    """Return the keys of the sandbox profile, generated at the first start."""

    def key(key_id: str) -> str:
        return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    fresh = {
        "DATA_KEYS": key("d1"),
        "INDEX_KEYS": key("i1"),
        "LEDGER_KEYS": key("l1"),
        "LEDGER_SEAL_KEYS": key("s1"),
        "WECHAT_SECRET": secrets.token_hex(16),
        "WECHAT_TOKEN": secrets.token_hex(16),
        "WECHAT_ENCODING_AES_KEY": "".join(
            secrets.choice(string.ascii_letters + string.digits) for _ in range(42)
        )
        + "A",
        "TENCENTCLOUD_SECRET_KEY": secrets.token_hex(16),
        "METRICS_TOKEN": secrets.token_urlsafe(24),
    }
    if all(given.get(name.lower()) for name in fresh):
        return {}
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = write_secrets(path.with_name(f".{path.name}.{os.getpid()}"), fresh)
        try:
            # A link, not a rename: of two concurrent first starts only one may win.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    values = dict(dotenv_values(path))
    added = {
        name: fresh[name] for name in ("LEDGER_KEYS", "LEDGER_SEAL_KEYS") if name not in values
    }
    if added:
        # Written by version 0.2.0.
        values |= added
        write_secrets(path.with_name(f".{path.name}.{os.getpid()}"), values).replace(path)
    return values
