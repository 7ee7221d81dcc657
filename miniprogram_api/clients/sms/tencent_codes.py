"""Every documented code of Tencent Cloud SMS, by what it means for the message.

From cloud.tencent.com/document/api/382/59177 (codes of the product) and /382/52071 (codes of all
products). A code that is not listed is judged by its first word, so that a new one alarms.
"""

from miniprogram_api import clock
from miniprogram_api.clients.sms.gateway import SmsOutcome

_BY_OUTCOME: dict[SmsOutcome, str] = {
    SmsOutcome.ACCEPTED: "Ok",
    # On a list of the vendor or the carrier, usually after an unsubscription.
    SmsOutcome.NUMBER_BLOCKED: "FailedOperation.PhoneNumberInBlacklist",
    # No number, a foreign one, or one of a country that is not served. A template for foreign
    # numbers is the operator's fault: every number sent to is of the mainland.
    SmsOutcome.NUMBER_WRONG: """
        FailedOperation.PhoneNumberParseFail
        InvalidParameterValue.IncorrectPhoneNumber
        UnsupportedOperation
        UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone
        UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber
        UnsupportedOperation.UnsupportedRegion
    """,
    SmsOutcome.RATE: """
        LimitExceeded.DeliveryFrequencyLimit
        LimitExceeded.GlobalSmsSendingRateLimit
        LimitExceeded.PhoneNumberDailyLimit
        LimitExceeded.PhoneNumberOneHourLimit
        LimitExceeded.PhoneNumberSameContentDailyLimit
        LimitExceeded.PhoneNumberThirtySecondLimit
        RequestLimitExceeded
        RequestLimitExceeded.GlobalRegionUinLimitExceeded
        RequestLimitExceeded.IPLimitExceeded
        RequestLimitExceeded.UinLimitExceeded
    """,
    # The vendor fails and took nothing; the SDK's own word for another answer than 200.
    SmsOutcome.FAILED: "ServiceUnavailable ResourceUnavailable ServerNetworkError",
    # The vendor does not know whether the message was sent.
    SmsOutcome.UNCERTAIN: """
        InternalError
        InternalError.OtherError
        InternalError.ParseBackendResponseFail
        InternalError.SendAndRecvFail
        InternalError.Timeout
        InternalError.UnknownError
    """,
    SmsOutcome.OPERATOR: """
        ActionOffline
        AuthFailure.InvalidAuthorization
        AuthFailure.InvalidSecretId
        AuthFailure.MFAFailure
        AuthFailure.SecretIdNotFound
        AuthFailure.SignatureExpire
        AuthFailure.SignatureFailure
        AuthFailure.TokenFailure
        AuthFailure.UnauthorizedOperation
        DryRunOperation
        FailedOperation
        FailedOperation.ContainSensitiveWord
        FailedOperation.FailResolvePacket
        FailedOperation.ForbidAddMarketingTemplates
        FailedOperation.InsufficientBalanceInSmsPackage
        FailedOperation.JsonParseFail
        FailedOperation.MarketingSendTimeConstraint
        FailedOperation.MissingSignature
        FailedOperation.MissingSignatureList
        FailedOperation.MissingSignatureToModify
        FailedOperation.MissingTemplateList
        FailedOperation.MissingTemplateToModify
        FailedOperation.NotEnterpriseCertification
        FailedOperation.OtherError
        FailedOperation.ParametersOtherError
        FailedOperation.ProhibitSubAccountUse
        FailedOperation.QualificationIdNotApproved
        FailedOperation.SignIdNotExist
        FailedOperation.SignNumberLimit
        FailedOperation.SignatureIncorrectOrUnapproved
        FailedOperation.TemplateAlreadyPassedCheck
        FailedOperation.TemplateIdNotExist
        FailedOperation.TemplateIncorrectOrUnapproved
        FailedOperation.TemplateNumberLimit
        FailedOperation.TemplateParamSetNotMatchApprovedTemplate
        FailedOperation.TemplateUnapprovedOrNotExist
        InternalError.JsonParseFail
        InternalError.RequestTimeException
        InternalError.RestApiInterfaceNotExist
        InternalError.SigFieldMissing
        InternalError.SigVerificationFail
        InvalidAction
        InvalidParameter
        InvalidParameter.AppidAndBizId
        InvalidParameter.DirtyWordFound
        InvalidParameter.InvalidParameters
        InvalidParameterValue
        InvalidParameterValue.BeginTimeVerifyFail
        InvalidParameterValue.ContentLengthLimit
        InvalidParameterValue.EndTimeVerifyFail
        InvalidParameterValue.ImageInvalid
        InvalidParameterValue.InvalidDocumentType
        InvalidParameterValue.InvalidInternational
        InvalidParameterValue.InvalidSignPurpose
        InvalidParameterValue.InvalidSmsType
        InvalidParameterValue.InvalidStartTime
        InvalidParameterValue.InvalidTemplateFormat
        InvalidParameterValue.InvalidUsedMethod
        InvalidParameterValue.LimitVerifyFail
        InvalidParameterValue.MarketingTemplateWithoutUnsubscribe
        InvalidParameterValue.MultiSmsInfoSetEmpty
        InvalidParameterValue.OffsetVerifyFail
        InvalidParameterValue.ProhibitedUseUrlInTemplateParameter
        InvalidParameterValue.QualificationIdNotFound
        InvalidParameterValue.SdkAppIdNotExist
        InvalidParameterValue.SignAlreadyPassedCheck
        InvalidParameterValue.SignExistAndUnapproved
        InvalidParameterValue.SignNameLengthTooLong
        InvalidParameterValue.TemplateParameterFormatError
        InvalidParameterValue.TemplateParameterLengthLimit
        InvalidParameterValue.TemplateWithDirtyWords
        InvalidParameterValue.UnsupportedTemplateVariable
        InvalidRequest
        IpInBlacklist
        IpNotInWhitelist
        LimitExceeded
        LimitExceeded.AppCountryOrRegionDailyLimit
        LimitExceeded.AppCountryOrRegionInBlacklist
        LimitExceeded.AppDailyLimit
        LimitExceeded.AppGlobalDailyLimit
        LimitExceeded.AppMainlandChinaDailyLimit
        LimitExceeded.DailyLimit
        LimitExceeded.PhoneNumberCountLimit
        MissingParameter
        MissingParameter.EmptyPhoneNumberSet
        NoSuchProduct
        NoSuchVersion
        OperationDenied
        RequestSizeLimitExceeded
        ResourceInsufficient
        ResourceNotFound
        ResourcesSoldOut
        ResponseSizeLimitExceeded
        UnauthorizedOperation
        UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny
        UnauthorizedOperation.RequestIpNotInWhitelist
        UnauthorizedOperation.RequestPermissionDeny
        UnauthorizedOperation.SdkAppIdIsDisabled
        UnauthorizedOperation.ServiceSuspendDueToArrears
        UnauthorizedOperation.SmsSdkAppIdVerifyFail
        UnknownParameter
        UnsupportedOperation.ContainDomesticPhoneNumber
        UnsupportedOperation.GlobalTemplateToChineseMainlandPhone
        UnsupportedProtocol
        UnsupportedRegion
    """,
}
OUTCOMES: dict[str, SmsOutcome] = {
    code: outcome for outcome, codes in _BY_OUTCOME.items() for code in codes.split()
}
"""Code → what it means."""
_BY_FIRST_WORD = {
    "InternalError": SmsOutcome.UNCERTAIN,
    "RequestLimitExceeded": SmsOutcome.RATE,
    "UnsupportedOperation": SmsOutcome.NUMBER_WRONG,
}

_SECONDS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30,
    "LimitExceeded.PhoneNumberOneHourLimit": 3_600,
}
# Counted by the calendar day.
_DAILY = ("LimitExceeded.PhoneNumberDailyLimit", "LimitExceeded.PhoneNumberSameContentDailyLimit")
_OTHER_SECONDS = 60


def outcome_of(code: str) -> SmsOutcome:
    """Return what a code means; one that is not listed is the operator's unless its word says."""
    known = OUTCOMES.get(code)
    return known or _BY_FIRST_WORD.get(code.partition(".")[0], SmsOutcome.OPERATOR)


def retry_after(code: str) -> int:
    """Return the seconds until a limit with the outcome RATE ends."""
    return clock.seconds_to_midnight() if code in _DAILY else _SECONDS.get(code, _OTHER_SECONDS)
