"""What a person reads about his ticket: what happens next, and what he does himself."""

from datetime import datetime

from miniprogram_api.texts.sentences import moment_in_words
from models import tickets as table

_RESOLVED = {
    "phone_verification": "手机号已人工核实，请回到刚才的页面用这个手机号继续，不用再填验证码。",
    "identity_review": "身份信息已复核通过，请用原来填写的信息重新提交。",
    "manual_verification": "您已经人工核验通过，请直接办理业务。",
    "activation_phone": "登记的手机号已更正，请从输入身份证号开始重新激活。",
    "re_registration": "已处理完毕，请按处理说明用现有身份证继续办理。",
    "phone_change": "登记的手机号已更换，请用新手机号登录或重置密码。",
    "identity_dispute": "已查明处理，请按处理说明办理；账号已注销的，可以用本人身份证注册。",
    "other": "已处理完毕，请看处理说明。",
}

_ANSWERED = "已答复，请看处理说明；仍需办理的，可以再提交一次。"


def next_step(kind: str, state: str, due_at: datetime, *, answered: bool = False) -> str:
    """One sentence for the opener of a ticket of this kind in this state.

    ``answered``: it ended with an answer, and nothing of what such a ticket asks for was done.
    """
    if state == table.OPEN:
        return f"已受理，{moment_in_words(due_at)}前处理；急办请带身份证原件到窗口。"
    if state == table.WITH_CENTRE:
        return f"省局信息中心正在处理，{moment_in_words(due_at)}前答复，请留意通知。"
    if state == table.RESOLVED:
        return _ANSWERED if answered else _RESOLVED[kind]
    if state == table.REJECTED:
        return "请按说明补齐材料后重新申请，或带身份证原件到窗口办理。"
    return "您已撤回这次申请，需要时可以重新提交。"
