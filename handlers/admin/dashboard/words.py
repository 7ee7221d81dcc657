"""How the dashboard calls what it counts."""

from collections.abc import Iterator

from miniprogram_api.desk_words import CHECKS, FACES
from miniprogram_api.figures import Report

KINDS = {
    "answer": "直接答复",
    "clarify": "请用户选择",
    "fallback": "没答上来",
    "smalltalk": "寒暄",
}
FUNNEL = {
    "visitors": "进入小程序（未注册的微信用户）",
    "code": "收到注册验证码",
    "elements": "提交四要素核验",
    "registered": "注册成功",
    "face": "发起刷脸",
    "verified": "达到四级实名",
    "authorised": "开启登记授权",
}
SOURCES = {
    "sms": "短信验证码",
    "identity": "四要素核验",
    "face": "刷脸核验",
    "ctid": "网证（CTID）",
    "wechat": "微信消息",
}

# Parts of the API where users are refused, in the order of the way that they go.
PLACES = {
    "wechat_login": "微信登录",
    "wechat_phones": "微信手机号",
    "sms_codes": "获取验证码",
    "identity_checks": "四要素检查",
    "registrations": "注册",
    "activations": "激活",
    "sessions": "登录",
    "password_resets": "重置密码",
    "faces": "刷脸",
    "ctid": "网证",
    "account": "账号",
    "authorization": "登记授权",
    "tickets": "工单",
    "faq": "智能答复",
}
REFUSALS = {
    "INVALID_INPUT": "填写有误",
    "CLIENT_OUTDATED": "小程序版本太旧",
    "WECHAT_CODE_INVALID": "微信登录凭证失效",
    "WECHAT_UNAVAILABLE": "微信没有回答",
    "USER_NOT_FOUND": "用户不存在",
    "WRONG_PASSWORD": "密码错误",
    "ACTIVATION_REQUIRED": "账号需要激活",
    "LOGIN_AMBIGUOUS": "手机号对应多个账号",
    "ACCOUNT_LOCKED": "账号临时锁定",
    "ACCOUNT_CANCELLED": "账号已注销",
    "ACCOUNT_FROZEN": "账号已冻结",
    "PHONE_SEGMENT_UNSUPPORTED": "号段不支持",
    "PHONE_NOT_ON_RECORD": "与登记的手机号不一致",
    "PHONE_ACCOUNT_LIMIT": "手机号关联账号已满",
    "SMS_RATE_LIMITED": "获取太频繁",
    "SMS_UNAVAILABLE": "短信通道故障",
    "SMS_CODE_WRONG": "验证码错误",
    "SMS_CODE_EXPIRED": "验证码过期",
    "SMS_CODE_USED": "验证码已用过",
    "PHONE_PROOF_INVALID": "手机号凭证失效",
    "TOO_MANY_ATTEMPTS": "尝试次数过多",
    "IDENTITY_NEEDS_CONFIRMATION": "信息需本人确认",
    "CONSENT_REQUIRED": "没有同意授权",
    "CONSENT_OUTDATED": "同意书已更新",
    "FOUR_ELEMENTS_MISMATCH": "核验数据缺失（不一致）",
    "IDENTITY_NO_RECORD": "核验数据缺失（无记录）",
    "IDENTITY_INVALID": "核验数据缺失（证件异常）",
    "DOCUMENT_NEEDS_WINDOW": "须到窗口办理",
    "ALREADY_REGISTERED": "身份已注册",
    "IDENTITY_CHECK_IN_PROGRESS": "正在核验",
    "USERNAME_TAKEN": "用户名已被使用",
    "IDENTITY_SOURCE_BUSY": "公安实名系统繁忙",
    "IDENTITY_DAILY_LIMIT": "当日核验次数已满",
    "IDENTITY_DATES_LIMIT": "有效期修改次数已满",
    "FACE_IMAGE_QUALITY": "照片不合格",
    "FACE_MISMATCH": "人脸不像",
    "FACE_NO_PHOTO": "公安库中没有照片",
    "FACE_DATA_MISSING": "核验数据缺失（刷脸）",
    "FACE_NOT_FINISHED": "刷脸没有做完",
    "ALREADY_VERIFIED": "已是四级实名",
    "CTID_REJECTED": "网证不通过",
    "CTID_UNAVAILABLE": "网证系统没有回答",
    "ALREADY_ACTIVE": "账号已激活",
    "STEP_ORDER": "激活步骤不对",
    "ACTIVATION_EXPIRED": "激活超时",
    "LEVEL_TOO_LOW": "实名等级不够",
    "SERVICE_UNAVAILABLE": "服务暂不可用",
    "INTERNAL_ERROR": "服务内部错误",
}


def refusals(report: Report, place: str | None = None) -> Iterator[tuple[str, str, int]]:
    """Place, outcome and how many, of one place of the API or of all but that of the codes."""
    for key, count in report.totals.get("refused", {}).items():
        where, _, reason = key.partition(":")
        if reason not in REFUSALS or where not in PLACES:
            continue
        if where == place or (place is None and where != "sms_codes"):
            yield PLACES[where], REFUSALS[reason], count


def source_answers(report: Report) -> Iterator[tuple[str, str, int]]:
    """Source, what it answered but yes, and how often."""
    for name, title, words, fine in (
        ("identity", "四要素核验（来源答复）", CHECKS, "match"),
        ("faces", "刷脸核验（来源答复）", FACES, "passed"),
    ):
        for outcome, count in report.totals.get(name, {}).items():
            if outcome != fine:
                yield title, words.get(outcome, outcome), count
