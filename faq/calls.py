"""Messages that call for people at once, whatever was said before.

`wants_human` and `is_distress` take what `wording.squeezed` makes of a message.
"""

import re
from typing import NamedTuple

from faq.recent import Recent
from faq.wording import POLITE, Remark, squeezed

_HUMAN = Remark(
    "人工 真人 活人 客服 工作人员 转人 找人 接人 叫人 换人 喊人 要人 找个人 叫个人 换个人 转个人"
    " 搵人 rengong kefu",
    "帮我 帮忙 给我 我要 我想 要 想 能不能 能 可以 可不可以 行不行 好不好 快 快点 赶紧 赶快 直接"
    " 还是 那 就"
    " 有没有 有 我 你 你们 转接 转 找 接 叫 换 联系 呼叫 接通 到 成 一下 一个 个 位 来 去"
    " 不要机器人 行 服务 坐席"
    f" 台 帮助 回复 处理 解答 咨询 人员 在线 在 zhuan zhao yao jie fuwu wo {POLITE}",
)
_DISTRESS = re.compile(
    "不想活|想死(?!机)|自杀|自尽|轻生|活不下去|活着没意思|活着没意义|跳楼|跳河|割腕|上吊|喝农药"
    "|结束(?:我的|自己的)?生命|了结自己|寻死|一死了之|死了算了|死了一了百了|自残|伤害自己|去死的心"
)


def wants_human(text: str) -> bool:
    """Whether the whole message asks for a human: 人工, 转人工客服, 找个真人."""
    return _HUMAN.is_made_by(text)


def is_distress(text: str) -> bool:
    """Whether somebody speaks of dying or of harming himself, anywhere in the message."""
    return _DISTRESS.search(text) is not None


class Calls(NamedTuple):
    """Whether somebody speaks of dying, and whether he asks for a human."""

    is_distress: bool
    wants_human: bool


def _calls_in(message: str) -> Calls:
    text = squeezed(message)
    return Calls(is_distress(text), wants_human(text))


calls_in = Recent(_calls_in)
"""What every message is looked at for first; takes it as it was written."""
