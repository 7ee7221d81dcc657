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
