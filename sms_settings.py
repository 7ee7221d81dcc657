"""The settings of the SMS gateways, and the type of ALIYUN_SMS_TEMPLATES."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Json, SecretStr

SmsTemplate = Literal[
    "code",
    "phone_changed",
    "phone_change_asked",
    "binding_changed",
    "binding_ended",
    "status_changed",
    "verification_refused",
    "verification_held",
    "verification_lapses",
    "verification_revoked",
    "dispute_filed",
    "dispute_ended",
    "level_delayed",
    "authorization_closed",
    "incident",
    "matter_invitation",
    "matter_lost",
    "matter_ended",
]
"""Names of the messages, the same as in the settings after ``sms_template_``."""
SmsProvider = Literal["tencent", "aliyun"]

LEAST_SECRET = 24
"""Characters of the secret path of the callback."""


def _providers(value: str | tuple[SmsProvider, ...]) -> tuple[object, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(part.strip() for part in parts if part.strip())


class AliyunTemplate(BaseModel):
    """A template of Aliyun's console; ``parameters`` are its variables, in the order of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^SMS_\d+$")
    parameters: tuple[str, ...] = ()


class SmsSettings(BaseModel):
    """The settings of SMS; ``config.Settings`` adds all others."""

    sms_providers: Annotated[tuple[SmsProvider, ...], BeforeValidator(_providers)] = Field(
        ("tencent",), min_length=1, description="asked in this order, the next one after a refusal"
    )
    sms_timeout: float = Field(5.0, gt=0, le=10, description="seconds all gateways may take")
    sms_per_hour: int = Field(10_000, ge=1, description="codes to all phones; full is an alarm")
    sms_receipts_path: SecretStr = Field(
        SecretStr(""),
        description="what follows `/sms/receipts/` in the callback set at the vendor, 24 random "
        "letters or digits or more; empty: delivery reports are fetched",
    )
    tencentcloud_sms_endpoint: str = "sms.tencentcloudapi.com"
    sms_sdk_app_id: str = ""
    sms_sign_name: str = ""
    sms_template_code: str = ""
    sms_template_phone_changed: str = ""
    sms_template_phone_change_asked: str = ""
    sms_template_binding_changed: str = ""
    sms_template_binding_ended: str = ""
    sms_template_status_changed: str = ""
    sms_template_verification_refused: str = ""
    sms_template_verification_held: str = ""
    sms_template_verification_lapses: str = ""
    sms_template_verification_revoked: str = ""
    sms_template_dispute_filed: str = ""
    sms_template_dispute_ended: str = ""
    sms_template_level_delayed: str = ""
    sms_template_authorization_closed: str = ""
    sms_template_incident: str = ""
    sms_template_matter_invitation: str = ""
    sms_template_matter_lost: str = ""
    sms_template_matter_ended: str = ""
    aliyun_access_key_id: str = ""
    aliyun_access_key_secret: SecretStr = SecretStr("")
    aliyun_sms_base: str = "https://dysmsapi.aliyuncs.com"
    aliyun_sms_sign_name: str = ""
    aliyun_sms_templates: Json[dict[SmsTemplate, AliyunTemplate]] = Field(
        "{}",
        validate_default=True,
        description="one JSON object: name after SMS_TEMPLATE_ in lower case → "
        '`{"id": "SMS_1", "parameters": ["code", "minutes"]}`',
    )
