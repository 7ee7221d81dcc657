"""How outcomes are called at a desk, in plain Chinese."""

PURPOSES = {
    "register": "注册",
    "activate": "激活",
    "dates": "修改有效期",
    "window": "窗口办理",
    "reset_password": "重置密码",
    "change_phone": "更换手机号",
    "confirm": "身份确认",
}
CHECKS = {
    "match": "一致",
    "mismatch": "不一致（姓名、证号、有效期起止有一项对不上）",
    "bad_number": "核验系统不认这个证号",
    "bad_name": "核验系统不认这个姓名的写法",
    "bad_period": "核验系统不认这个有效期",
    "invalid": "证件状态异常",
    "source_error": "核验系统出错，没有结果",
    "no_record": "核验系统没有这个人的记录",
    "daily_limit": "核验系统当日次数已满",
    "no_answer": "核验系统没有回答",
}
# What stands behind the label 核验系统.
SOURCE_SAID = {
    "match": "一致",
    "not_asked": "不含这类证件，未核验",
    "four_elements_mismatch": "不一致，按证件原件办理",
    "identity_no_record": "没有记录，按证件原件办理",
    "identity_invalid": "证件状态异常，按证件原件办理",
    "too_many_attempts": "次数已满，按证件原件办理",
    "identity_source_busy": "繁忙，没有结果，按证件原件办理",
    "identity_daily_limit": "当日次数已满，按证件原件办理",
}
FACES = {
    "passed": "通过",
    "mismatch": "人脸不像",
    "no_photo": "公安库中没有照片，只能人工核验",
    "data_missing": "核验数据缺失",
    "bad_image": "照片不合格",
    "not_finished": "没有做完",
    "source_busy": "公安实名系统繁忙",
    "daily_limit": "当日次数已满",
    "no_answer": "没有回答",
}
MESSAGES = {
    "sent": "已交给短信网关",
    "uncertain": "网关超时，可能已发出",
    "refused": "网关拒绝，没有发出",
}

EVIDENCE_SEEN = {
    "id_card": "居民身份证原件",
    "temporary_id_card": "临时居民身份证原件",
    "residence_permit": "港澳台居民居住证原件",
    "foreign_permanent_card": "外国人永久居留身份证原件",
    "household_register": "户口簿",
    "police_certificate": "公安机关户籍证明",
    "guardian_id_card": "监护人身份证原件",
}

ACCOUNT_STATUSES = {
    "registered": "已注册，未核验",
    "verified": "已核验",
    "unactivated": "已登记，未激活",
    "frozen": "已冻结",
    "cancelled": "已注销",
}
VERIFIED_BY = {"face": "刷脸核验通过", "ctid": "网证核验通过", "manual": "经人工核验通过"}
PHONE_VERIFIED_BY = {"sms": "短信验证", "wechat": "微信授权", "manual": "人工核实"}
ACCOUNT_SOURCES = {"self": "本人注册", "synced": "旧系统同步", "window": "窗口代办"}
TICKET_SOURCES = {
    "user": "小程序提交",
    "bot": "智能客服转交",
    "chat": "微信对话转交",
    "clerk": "窗口提交",
}
AUTHORISATIONS = {
    "ok": "已开启",
    "off": "未开启",
    "ended": "已到期",
    "level_too_low": "未核验，不能开启",
    "card_expired": "证件已过期，不生效",
    "frozen": "账号已冻结，不生效",
    "cancelled": "账号已注销，不生效",
}
TICKET_EVENTS = {
    "opened": "提交",
    "asked_again": "再次询问",
    "with_centre": "报送信息中心",
    "claimed": "领取",
    "released": "退回",
    "evidence": "添加照片",
    "account_frozen": "冻结账号",
    "face_passed": "本人刷脸通过",
    "approval_requested": "提请批准",
    "approval_refused": "不予批准",
    "approval_withdrawn": "撤回提请",
    "viewed": "查看",
    "overdue": "超过时限",
    "resolved": "办结",
    "answered": "答复",
    "rejected": "驳回",
    "withdrawn": "本人撤回",
}
ACTS = {
    "correct_phone": "更正登记的手机号",
    "clear_identity": "身份信息复核通过",
    "cancel_account": "注销账号，开放重新注册",
    "unfreeze": "解除冻结",
}
APPROVAL_STATES = {
    "pending": "等待决定",
    "stale": "已失效",
    "approved": "已批准",
    "refused": "未批准",
    "withdrawn": "已撤回",
}

REPORTS = {"network": "网络", "sms": "短信", "face": "刷脸", "other": "其他"}


def phone_report(kind: str, step: str, detail: str | None) -> str:
    """What a phone reported, in words; ``step`` is the program's own name of the place."""
    what = f"{REPORTS.get(kind, kind)}，{step}" if step else REPORTS.get(kind, kind)
    return f"手机报错（{what}）：{detail or '无说明'}"
