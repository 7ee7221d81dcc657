"""Every documented code of Alibaba Cloud SMS, by what it means for the message.

From help.aliyun.com/document_detail/101346.html (codes of SendSms) and the common errors of its
gateway. A code that is not listed is judged by its first word, so that a new one alarms.
"""

from miniprogram_api import clock
from miniprogram_api.clients.sms.gateway import SmsOutcome

_BY_OUTCOME: dict[SmsOutcome, str] = {
    SmsOutcome.ACCEPTED: "OK",
    SmsOutcome.NUMBER_BLOCKED: "isv.MOBILE_IN_BLACK_LIST isv.BLACK_LIST_CONTROL",
    SmsOutcome.NUMBER_WRONG: "isv.MOBILE_NUMBER_ILLEGAL isv.NOT_SUPPORTED_COUNTRY",
    SmsOutcome.RATE: """
        isv.BUSINESS_LIMIT_CONTROL
        isv.QPS_LIMIT_CONTROL
        Throttling
        Throttling.Api
        Throttling.User
    """,
    SmsOutcome.FAILED: "ServiceUnavailable ServiceUnavailableTemporary",
    SmsOutcome.UNCERTAIN: "isp.SYSTEM_ERROR isp.GATEWAY_ERROR InternalError UnknownError",
    SmsOutcome.OPERATOR: """
        InvalidAccessKeyId.Inactive
        InvalidAccessKeyId.NotFound
        InvalidAction.NotFound
        InvalidParameter
        InvalidTimeStamp.Expired
        InvalidTimeStamp.Format
        InvalidVersion
        MissingParameter
        NoPermission
        SignatureDoesNotMatch
        SignatureNonceUsed
        isp.RAM_PERMISSION_DENY
        isv.ACCOUNT_ABNORMAL
        isv.ACCOUNT_NOT_EXISTS
        isv.AMOUNT_NOT_ENOUGH
        isv.BLACK_KEY_CONTROL_LIMIT
        isv.CUSTOMER_REFUSED
        isv.DAY_LIMIT_CONTROL
        isv.DENY_IP_RANGE
        isv.DOMESTIC_NUMBER_NOT_SUPPORTED
        isv.EXTEND_CODE_ERROR
        isv.INVALID_JSON_PARAM
        isv.INVALID_PARAMETERS
        isv.MOBILE_COUNT_OVER_LIMIT
        isv.MONTH_LIMIT_CONTROL
        isv.OUT_OF_SERVICE
        isv.PARAM_LENGTH_LIMIT
        isv.PARAM_NOT_SUPPORT_URL
        isv.PRODUCT_UNSUBSCRIBE
        isv.PRODUCT_UN_SUBSCRIPT
        isv.SIGN_STATE_ILLEGAL
        isv.SMS_CONTENT_ILLEGAL
        isv.SMS_SIGNATURE_ILLEGAL
        isv.SMS_SIGNATURE_SCENE_ILLEGAL
        isv.SMS_SIGN_ILLEGAL
        isv.SMS_TEMPLATE_ILLEGAL
        isv.SMS_TEST_SIGN_TEMPLATE_LIMIT
        isv.TEMPLATE_MISSING_PARAMETERS
        isv.TEMPLATE_PARAMS_ILLEGAL
    """,
}
OUTCOMES: dict[str, SmsOutcome] = {
    code: outcome for outcome, codes in _BY_OUTCOME.items() for code in codes.split()
}
"""Code → what it means."""
_BY_FIRST_WORD = {
    "InternalError": SmsOutcome.UNCERTAIN,
    "isp": SmsOutcome.UNCERTAIN,
    "Throttling": SmsOutcome.RATE,
}

# 触发分钟级流控, 触发小时级流控, 触发天级流控 stand in the message of BUSINESS_LIMIT_CONTROL.
_SECONDS = {"分钟": 60, "小时": 3_600}
_DAY = "天"
_OTHER_SECONDS = 60


def outcome_of(code: str) -> SmsOutcome:
    """Return what a code means; one that is not listed is the operator's unless its word says."""
    known = OUTCOMES.get(code)
    return known or _BY_FIRST_WORD.get(code.partition(".")[0], SmsOutcome.OPERATOR)


def retry_after(message: str) -> int:
    """Return the seconds until a limit with the outcome RATE ends, by the vendor's message."""
    if _DAY in message:
        return clock.seconds_to_midnight()
    return next((s for word, s in _SECONDS.items() if word in message), _OTHER_SECONDS)
