"""The sentence that a user reads for each Reason; at most 60 characters, and what to do next.

``details`` are those of the refusal; times are the moment when it works again, Asia/Shanghai. The
API and the bot take their sentences from here, so they cannot say two different things.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.identity_documents.findings import Kind
from miniprogram_api.reasons import Reason

Details = Mapping[str, Any]


def day_in_words(day: date) -> str:
    """``12月1日``; of another year than this one ``2028年1月5日``."""
    year = "" if day.year == clock.today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def moment_in_words(instant: datetime) -> str:
    """``10:30`` today, ``11月25日10:30`` on another day; rounded up to the minute."""
    rounded = instant.astimezone(clock.SHANGHAI)
    if rounded.second or rounded.microsecond:
        rounded = rounded.replace(second=0, microsecond=0) + timedelta(minutes=1)
    time = f"{rounded:%H:%M}"
    return time if rounded.date() == clock.today() else day_in_words(rounded.date()) + time


def _after(details: Details) -> str:
    return moment_in_words(clock.now() + timedelta(seconds=int(details.get("retry_after", 60))))


def _segment(details: Details) -> str:
    segment, day = details.get("segment", ""), details.get("supported_from")
    if "ticket" in details:
        now = "请申请更正登记的手机号。"
    elif details.get("purpose") == "confirm":
        now = "请先更换登记的手机号。"
    else:
        now = "现在办理请换一个手机号。"
    if day is None:
        return f"{segment}号段暂不支持，开通时间确定后会公布；{now}"
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return f"{segment}号段暂不支持，预计{day_in_words(day)}起可用；{now}"


def _sms_limit(details: Details) -> str:
    window = details.get("window")
    if window == "minute":
        seconds = details.get("retry_after", 60)
        return f"每分钟只能发1条验证码，请{seconds}秒后再试，先看看短信是否已到。"
    if window == "hour":
        return f"一小时内已发满3条，{_after(details)}后可再获取；已收到的验证码10分钟内仍可用。"
    return f"24小时内已发满5条，{_after(details)}后可再获取；急办请联系窗口业务人员。"


def _sms_unavailable(details: Details) -> str:
    if details.get("purpose") == "activate":
        number = str(details.get("report_number", ""))[-8:]
        return "激活短信暂时发不出，不是您的网络问题；请稍后再试，" + (
            f"仍不行请报编号{number}。" if number else "仍不行请联系窗口。"
        )
    return "短信通道故障，不是您的操作问题，也不占次数，请稍后再试。"


def _code_wrong(details: Details) -> str:
    left = details.get("tries_left", 0)
    if left:
        return f"验证码不对，请核对最新短信后重输，还可试{left}次。"
    if details.get("cause") == "no_code":
        return "这个手机号现在没有可用的验证码，请先获取一条。"
    return "验证码已输错5次作废，请重新获取一条。"


def _password_wrong(details: Details) -> str:
    left = details.get("attempts_left")
    # Without a count nobody knows how many are left by now.
    tries = "" if left is None else f"还可试{left}次，" if left else "已达次数上限，"
    if not left and details.get("retry_after"):
        tries = f"已达次数上限，{_after(details)}后可再试，"
    if details.get("was_reset"):
        return f"密码错误，多为手误；您重置过密码，请用最近一次设置的，{tries}也可再重置。"
    return f"密码错误，多为手误，请留意大小写和符号，{tries}也可重置密码。"


def _locked(details: Details) -> str:
    if details.get("needs_code"):
        return "密码错误次数过多，为保护账号，请用短信验证码登录或重置密码。"
    return f"密码连续输错，账号已临时锁定，{_after(details)}后可再登录。"


def _cancelled(details: Details) -> str:
    day = details.get("cancelled_on")
    if isinstance(day, str):
        day = date.fromisoformat(day)
    when = f"已于{day_in_words(day)}注销" if day else "已注销"
    return f"该账号{when}，您可以用现有身份证重新注册。"


def _in_progress(details: Details) -> str:
    return f"正在核验您的身份，请稍等{details.get('retry_after', 30)}秒再看结果，不用重复提交。"


def _source_busy(details: Details) -> str:
    if details.get("step") == "face":
        return "公安实名系统繁忙，不是您的问题，也不占次数；可稍后再试、用网证或到窗口核验。"
    return "公安实名系统繁忙，不是您的信息有误，也不占次数，请稍后再试或到窗口核验。"


def _signature(details: Details) -> str:
    if details.get("cause") == "time":
        return "请求的时间与本机相差超过5分钟，请校准时间后重发。"
    return "签名不正确，请核对双方的令牌或密钥。"


_PUSH_SENTENCES = {
    "form": "推送的内容不是微信的消息，未作处理。",
    "clear": "本服务按安全模式接收消息，未加密的内容不作处理。",
    "key": "消息解不开，请核对消息加密密钥和小程序的AppID。",
}

_IMAGE_SENTENCES = {
    "no_face": "没有拍到人脸，请正对镜头、把脸放进框内重拍。",
    "many_faces": "画面里不止一个人，请只拍您本人后重试。",
    "too_dark": "光线太暗，请到亮处、不要背光重拍。",
    "too_small": "人脸太小，请把手机拿近一些重拍。",
    "blurred": "照片有些模糊，请擦净镜头、拿稳手机重拍。",
    "unreadable": "照片打不开，请用相机重新拍一张。",
    "too_large": "照片太大，请在相机设置里调小照片尺寸后重拍。",
}


def _phone_not_on_record(details: Details) -> str:
    hint = details.get("phone_hint")
    tail = f"（尾号{hint}）" if hint else ""
    return f"与登记的手机号{tail}不一致；旧号停用请联系窗口，报省局信息中心更正。"


def _fields(details: Details) -> str:
    count = max(1, len(details.get("fields", ())))
    return f"有{count}处需要修改，请看标红的地方，按提示改好再提交。"


def _too_large(details: Details) -> str:
    limit = details.get("limit_bytes", 0)
    if limit >= 1024 * 1024:
        return f"文件太大，请重拍或压缩到{limit // (1024 * 1024)}MB以内再上传。"
    return "提交的内容太长，请删减后再提交。"


def _unfinished_face(details: Details) -> str:
    if details.get("cause") == "no_permission":
        return "没有打开相机或麦克风权限，请在手机设置里允许微信使用后重试。"
    if details.get("cause") == "bad_capture":
        return "没有采集到清晰的人脸，请到亮处正对镜头重新做一次；也可用网证或到窗口核验。"
    if details.get("cause") == "no_wechat":
        return "请从微信小程序登录后再刷脸；也可用网证或到窗口核验。"
    return "刷脸没有完成，请保持网络畅通、按提示重新做一次；也可用网证或到窗口核验。"


def _needs_window(details: Details) -> str:
    fields: Sequence[Mapping[str, Any]] = details.get("fields") or ()
    # By its code, because what is noted of a refusal keeps no sentences.
    kinds = [Kind.__members__.get(str(entry.get("code")).upper()) for entry in fields]
    if len(kinds) == 1 and kinds[0] is not None and kinds[0].leads_to_window:
        # The one thing that leads there says it better, such as the age of a child.
        return kinds[0].sentence
    return "这种证件暂不能在线核验，请带证件原件到窗口办理。"


def _too_many(details: Details) -> str:
    if details.get("scope") == "phones":
        return f"您一小时内换用的手机号太多，{_after(details)}后可再获取；急办请到窗口。"
    if details.get("scope") == "address":
        return f"您所在的网络核验失败过多，请换个网络或{_after(details)}后再试；急办请到窗口。"
    if details.get("scope") == "tickets":
        return f"您一天内提交的工单太多，{_after(details)}后可再提交；急办请到窗口。"
    if details.get("scope") == "face_checks":
        return f"您刷脸太频繁，{_after(details)}后可再试；也可用网证或到窗口核验。"
    if details.get("scope") == "reports":
        return f"收到的反馈已足够多，{_after(details)}后可再提交；急办请联系窗口。"
    if details.get("scope") == "lookups":
        return f"查询太频繁，请{_after(details)}后再试；忘记登录账号可用身份证号登录。"
    if details.get("retry_after"):
        again = f"{_after(details)}后可再试；急办"
        return f"多次核验未通过，{again}请带身份证原件到窗口人工核验，也可先在线提交申请。"
    return "多次核验未通过，请带身份证原件到窗口人工核验，也可先在线提交申请。"


def _lost_questions(details: Details) -> str:
    return f"有{details.get('count', 0)}个原来答对的问题发布后会答错，确需发布请写明理由。"


_SENTENCES: dict[Reason, str | Callable[[Details], str]] = {
    Reason.INVALID_INPUT: _fields,
    Reason.MALFORMED_JSON: "提交的内容没能识别，请返回重试；仍不行请更新到新版本。",
    Reason.METHOD_NOT_ALLOWED: "这个操作不被支持，请更新到新版本后重试。",
    Reason.BODY_TOO_LARGE: _too_large,
    Reason.UNSUPPORTED_MEDIA_TYPE: "提交的格式不被支持，请更新到新版本后重试。",
    Reason.CLIENT_OUTDATED: "您用的版本太旧，请更新到新版本后再办理。",
    Reason.NOT_FOUND: "没有找到这条内容，可能已失效，请返回上一页重新进入。",
    Reason.IDEMPOTENCY_CONFLICT: "这次提交与上一次内容不一致，请刷新页面核对后重新提交。",
    Reason.IDEMPOTENCY_IN_PROGRESS: "上一次提交还在处理，请稍等几秒再看结果，不用重复提交。",
    Reason.UNAUTHENTICATED: "登录已过期，请重新登录后继续办理。",
    Reason.SIGNATURE_INVALID: _signature,
    Reason.REPLAYED: "这次请求的随机串已用过，未再处理，请换一个重发。",
    Reason.PUSH_UNREADABLE: lambda d: _PUSH_SENTENCES.get(
        str(d.get("cause")), _PUSH_SENTENCES["form"]
    ),
    Reason.ACCOUNT_REQUIRED: "请先登录您的账号；没注册过请先注册。",
    Reason.FORBIDDEN: "您的账号没有这项权限；本人业务请换本人账号登录，工作人员请联系管理员。",
    Reason.UPSTREAM_UNAVAILABLE: "外部核验系统暂时连不上，不是您的操作问题，请过几分钟再试。",
    Reason.SERVICE_UNAVAILABLE: "系统正在恢复，刚才的操作没有生效，请过几分钟再试。",
    Reason.INTERNAL_ERROR: "系统出了差错，已经记录下来，请过几分钟再试；仍不行请联系窗口。",
    Reason.WECHAT_CODE_INVALID: "微信登录已过期，请退出小程序重新进入再试。",
    Reason.WECHAT_UNAVAILABLE: "微信登录暂时连不上，不是您的问题，请过一分钟再试。",
    Reason.USER_NOT_FOUND: (
        "用户不存在：请输入注册时的身份证号、手机号或登录账号；没注册过请先注册。"
    ),
    Reason.WRONG_PASSWORD: _password_wrong,
    Reason.ACTIVATION_REQUIRED: (
        "您的账号已登记但尚未激活，请按提示完成三步激活，成功后直接进入系统。"
    ),
    Reason.LOGIN_AMBIGUOUS: "这个手机号登记了多个账号，请改用身份证号登录。",
    Reason.ACCOUNT_LOCKED: _locked,
    Reason.ACCOUNT_CANCELLED: _cancelled,
    Reason.ACCOUNT_FROZEN: "您的账号已冻结，为保护您的身份暂停办理；请带身份证原件到窗口处理。",
    Reason.PHONE_SEGMENT_UNSUPPORTED: _segment,
    Reason.PHONE_NOT_ON_RECORD: _phone_not_on_record,
    # How many that are is a setting (ACCOUNTS_PER_PHONE).
    Reason.PHONE_ACCOUNT_LIMIT: "这个手机号登记的账号已达上限，请换一个手机号。",
    Reason.SMS_RATE_LIMITED: _sms_limit,
    Reason.SMS_UNAVAILABLE: _sms_unavailable,
    Reason.SMS_CODE_WRONG: _code_wrong,
    Reason.SMS_CODE_EXPIRED: "验证码超过10分钟已失效，请重新获取一条。",
    Reason.SMS_CODE_USED: "这条验证码已经用过，请重新获取一条。",
    Reason.PHONE_PROOF_INVALID: "手机号验证已失效，请重新授权手机号，或改用短信验证码。",
    Reason.TOO_MANY_ATTEMPTS: _too_many,
    Reason.IDENTITY_NEEDS_CONFIRMATION: (
        "有信息可能填错，请对照证件查看标出的地方；确认无误可继续提交。"
    ),
    Reason.CONSENT_REQUIRED: "请先阅读并勾选同意个人信息处理规则，再继续办理。",
    Reason.CONSENT_OUTDATED: "个人信息处理规则已更新，请重新阅读并同意后继续。",
    Reason.CANCELLATION_REQUIRED: "撤回这项同意需要注销账号，请到账号管理里办理注销。",
    Reason.FOUR_ELEMENTS_MISMATCH: (
        "核验数据缺失：姓名、证号、有效期起止有一项对不上，请对照证件逐项核对。"
    ),
    Reason.IDENTITY_NO_RECORD: (
        "核验数据缺失：暂未查到您的登记信息，刚换证的可过几天再试，急办请到窗口。"
    ),
    Reason.IDENTITY_INVALID: (
        "核验数据缺失：证件状态未通过核验，重试无效，请带身份证原件到窗口办理。"
    ),
    Reason.DOCUMENT_NEEDS_WINDOW: _needs_window,
    Reason.ALREADY_REGISTERED: (
        "您的身份已注册过，请直接登录；忘记密码可在登录页重置；不是您本人注册的，请申请处理。"
    ),
    Reason.IDENTITY_CHECK_IN_PROGRESS: _in_progress,
    Reason.USERNAME_TAKEN: "这个登录账号已有人使用，请换一个；也可以不填，用身份证号登录。",
    Reason.IDENTITY_SOURCE_BUSY: _source_busy,
    Reason.IDENTITY_DAILY_LIMIT: (
        "今天的核验次数已满，请明天再试；急办请带身份证原件到窗口人工核验。"
    ),
    Reason.IDENTITY_DATES_LIMIT: (
        "30天内修改证件有效期已满3次，请联系窗口，报省局信息中心注销后重新注册。"
    ),
    Reason.FACE_IMAGE_QUALITY: lambda d: _IMAGE_SENTENCES.get(
        str(d.get("reason")), _IMAGE_SENTENCES["unreadable"]
    ),
    Reason.FACE_MISMATCH: (
        "人脸比对未通过，请摘下口罩帽子、在亮处正对镜头重试，也可用网证或到窗口核验。"
    ),
    Reason.FACE_NO_PHOTO: "公安库中没有可比对的照片，重试无效，请带身份证原件到窗口人工核验。",
    Reason.FACE_DATA_MISSING: (
        "刷脸核验数据缺失：请重试、用网证或到窗口核验；填的是旧证日期请先改正。"
    ),
    Reason.FACE_NOT_FINISHED: _unfinished_face,
    Reason.ALREADY_VERIFIED: "您已通过核验，不用再做，请直接办理。",
    Reason.CTID_REJECTED: "网证核验未通过，请确认是本人网证且已开通，或到窗口人工核验。",
    Reason.CTID_UNAVAILABLE: (
        "网证服务暂时连不上，不是您的问题，请稍后再试，或改用刷脸、窗口核验。"
    ),
    Reason.ALREADY_ACTIVE: "账号已经激活，不用再激活，请直接登录；忘记密码可重置。",
    Reason.STEP_ORDER: "请先完成上一步的手机号验证，再设置密码。",
    Reason.ACTIVATION_EXPIRED: "这次激活已超时或已完成，请从输入身份证号重新开始。",
    Reason.LEVEL_TOO_LOW: "请先通过刷脸、网证或窗口人工核验，再开启“是否办理工商登记注册”。",
    Reason.TICKET_CLOSED: "这张工单已经办结，不能再改动；仍有问题请重新提交一张。",
    Reason.EVIDENCE_LIMIT: "这张工单的照片已满6张，请保留最清楚的几张，其余带到窗口。",
    Reason.STAFF_SIGN_IN_REFUSED: "用户名、密码或动态口令不对，请核对后重试，或请管理员重置。",
    Reason.STAFF_LOCKED: lambda d: f"输错次数过多，{_after(d)}后可再登录；急用请联系管理员。",
    Reason.QUOTA_EXCEEDED: lambda d: f"今天的查询配额已用完，{_after(d)}后可再查询。",
    Reason.WINDOW_REQUIRED: "您的账号还没有指定所在窗口，请系统管理员在“工作人员”里指定后再办理。",
    Reason.OWN_MATTER: "本人的事项不能由自己经办，请换一位同事办理。",
    Reason.TICKET_OF_OTHERS: "这张工单不在您这里办理，请先领取，或由原窗口、原经办人处理。",
    Reason.SECOND_PERSON_REQUIRED: "这一步要由另一位同事决定，不能自己批准、复核自己经办的事项。",
    Reason.APPROVAL_PENDING: "这张工单已提请批准，请等另一位同事决定后再办理。",
    Reason.APPROVAL_STALE: "这项提请已超过两个工作日失效，请重新核对后再提请。",
    Reason.NOT_APPLICABLE: "这项操作与工单或账号的现状不符，请刷新后核对人员和工单类型。",
    Reason.ADMINISTRATORS_NEEDED: "至少要保留两名管理员，请先指定另一名管理员再操作。",
    Reason.DRAFT_CONFLICT: "这条内容刚被别人改过，请对照两份文字合并后再保存。",
    Reason.NOTHING_TO_PUBLISH: "草稿与线上内容相同，没有需要发布的改动。",
    Reason.PUBLICATION_OUTDATED: "线上内容或草稿刚有变动，请重新检查后再发布。",
    Reason.PUBLICATION_LOSES_QUESTIONS: _lost_questions,
    Reason.REVIEW_REQUIRED: "发布前须经审核通过，请先提交审核。",
    Reason.ANOTHER_PERSON_REQUIRED: "撰写、审核、发布须由不同的人完成，这一步请换一位同事办理。",
}


def sentence(reason: Reason, details: Details | None = None) -> str:
    """The sentence for the user; ``details`` as in ``Refused.details``.

    Where an operator switched off what was needed, his notice is the sentence.
    """
    if details and "notice" in details:
        return str(details["notice"])
    template = _SENTENCES[reason]
    return template if isinstance(template, str) else template(details or {})


def fixed_sentences() -> dict[Reason, str]:
    """The sentences that are the same whatever the details of a refusal are."""
    return {reason: said for reason, said in _SENTENCES.items() if isinstance(said, str)}
