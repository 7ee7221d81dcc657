"""How what registration systems are told is called in Chinese."""

KINDS = {
    "person.ready": "可以办理",
    "person.not_ready": "不再可以办理",
    "person.disputed": "冒名异议",
}
REASONS = {
    "ok": "已核验并授权",
    "not_found": "没有这个人",
    "level_too_low": "未核验",
    "card_expired": "证件已过期",
    "off": "未开启授权",
    "ended": "授权已到期",
    "frozen": "账号已冻结",
    "cancelled": "账号已注销",
}
