"""Settings of the production profile; none of their addresses is called."""

VENDORS = {
    "PROFILE": "production",
    "METRICS_TOKEN": "metrics-token",
    "WECHAT_APPID": "wx5a4db0c0ffee0002",
    "WECHAT_SECRET": "secret",
    "WECHAT_TOKEN": "token",
    "WECHAT_ENCODING_AES_KEY": "a" * 43,
    "WECHAT_API_BASE": "https://wechat.invalid",
    "TENCENTCLOUD_SECRET_ID": "id",
    "TENCENTCLOUD_SECRET_KEY": "key",
    "TENCENTCLOUD_FACEID_ENDPOINT": "faceid.invalid",
    "TENCENTCLOUD_SMS_ENDPOINT": "sms.invalid",
    "SMS_SDK_APP_ID": "1400000001",
    "SMS_SIGN_NAME": "登记注册",
    "SMS_TEMPLATE_CODE": "1",
    "SMS_TEMPLATE_PHONE_CHANGED": "2",
    "SMS_TEMPLATE_BINDING_CHANGED": "3",
    "SMS_TEMPLATE_BINDING_ENDED": "4",
    "SMS_TEMPLATE_STATUS_CHANGED": "5",
    "SMS_TEMPLATE_MATTER_INVITATION": "6",
    "SMS_TEMPLATE_MATTER_LOST": "7",
    "SMS_TEMPLATE_MATTER_ENDED": "8",
    "CTID_BASE": "https://ctid.invalid",
    "LEDGER_SEAL_WEBHOOK": "https://seals.invalid",
}
"""Name of a variable → value: all that the profile asks for besides the stores and the keys."""
