"""Detect requests for a human, alone (人工) or within a message (我要投诉，转人工)."""

import re
from typing import NamedTuple

from faq.language.text import simplify
from faq.language.wording import POLITE, Remark, compact

# These call even where they stand between pauses in a longer message.
_CALLING = "人工 真人 活人 找人 接人 叫人 喊人 要人 找个人 叫个人 换个人 转个人 揾人 rengong"
# These only as a whole message: 监事，换人，怎么变更.
_ALONE = "转人 换人"
# These are forms of address there: 客服，我收不到验证码.
_ADDRESSED = "客服 坐席 座席 工作人员 kefu"
_AROUND = (
    "帮我 帮忙 给我 我要 我想 要 想 能不能 能 可以 可不可以 行不行 好不好 快 快点 赶紧 赶快 直接"
    " 还是 那 就"
    " 有没有 有 我 你 你们 转接 转 找 接 叫 换 联系 呼叫 接通 到 成 一下 一个 个 位 来 去"
    " 不要机器人 行 服务"
    f" 台 帮助 回复 处理 解答 咨询 人员 在线 在 zhuan zhao yao jie fuwu wo {POLITE}"
)
_WHOLE = Remark(f"{_CALLING} {_ALONE} {_ADDRESSED}", _AROUND)
_BETWEEN_PAUSES = Remark(_CALLING, f"{_ADDRESSED} {_AROUND}")

# Below, a space stands for spaces and a comma for any other pause.
_PAUSE = "(?=[ ，]|$)"
_PEOPLE = "(?:人工|真人|活人|客服|坐席|座席)(?:客服|服务|坐席|座席|人员)?"
# What makes of these words a place, a procedure or a number.
_ABOUT = (
    "(?! ?(?:核验|核实|核查|核对|审核|复核|认证|验证(?!码)|刷脸|窗口|智能|办理|收费|费用|成本)"
    "|的?(?:电话|热线|号码|微信|邮箱|地址|几点|上班|下班|时间|在哪|要?等?多久|要钱|要收费))"
)
_MANNER = "(?:给我|给|到|成|我|你们|一下|一个|个|位|的| )*"
# Who says this wants it, whatever follows; the others must stand at the end: 要人工, 要人工盖章的.
_WANT = (
    "(?:转接|转到|转给|转不了|转不到|转|接通|接不通|接入|呼叫|切换|换成"
    "|我(?:就|只|现在|还是)?(?:想要|想找|要找|需要|要)|[给帮]我(?:找|叫|换|接|联系))"
)
_ASK = (
    "(?:需要|想要|想找|找不到|联系不上|要|找|叫|喊|换|用|请|接|来|揾|有没有|有"
    "|(?<!请)(?<!请您)(?<!让我)(?<!叫我)(?<!要我)(?<!提示)联系)"
)
_TAIL = (
    "(?:来|处理|解决|解答|回复|帮我|帮忙|给我|跟我|和我|说话|说|聊|问|一下|吧|啊|呀|呢|了|吗|嘛|哈"
    f"|谢谢|在线|在吗|行不行|可以吗|好吗|快点|快|急|赶紧|马上|现在|立刻)*{_PAUSE}"
)
# These refuse a call, unless they ask for it: 要不要, 怎么还不, 再不转我就投诉.
_REFUSED = (
    "(?:(?<![要还再咋啥])(?<!怎么)(?<!什么)(?:不要|不用|不想|不必|不需要|无需|别|甭|勿|先不|不)"
    "(?:再|给我|帮我|把我|急着|直接|想|去|要)*)"
)
_HOW = "(?:(?:怎么|怎样|如何|咋|在哪|去哪|哪里|哪儿)(?:才能|才|可以|能|去|里|儿)*)"
# 我想跟人说话, and 麻烦给我回个电话; not a call that came, or a past conversation.
_TALK = (
    "(?:我|俺)?(?<!不)(?:想|要|能|可以|让我|给我)(?:直接|找|个|来|换)*(?:跟|和|同|与)(?:真正的|真的|个|一个|活|真|大活)*"
    "人(?:类)?(?:讲|说|聊|谈|沟通|对话)(?:话|两句|几句)?"
)
_CALL_BACK = (
    "(?<!不)(?<!候)(?<!几时)(?<!何时)(?<!多久)(?:能不能|可不可以|能|可以|可否|请|麻烦|帮|希望|让|叫|安排|喊)[^，不别几啥么]{0,8}"
    "(?:给我(?:打|回|来)(?:一?个)?电话|(?:打|回|来)(?:一?个)?电话(?:给|畀)我|打给我|联系(?:一下)?我(?!们))"
)
_CALL = re.compile(
    f"(?P<refused>{_REFUSED})?(?P<how>{_HOW})?"
    f"(?:{_WANT}{_MANNER}{_PEOPLE}{_ABOUT}|(?P<asks>{_ASK}){_MANNER}{_PEOPLE}{_ABOUT}{_TAIL})"
    f"|(?:{_TALK}|{_CALL_BACK}){_TAIL}"
    # Nothing of them but the name, apart from the rest.
    f"|(?:^|，|(?<!窗口)(?<!是)(?<!有) )(?:人工|真人|活人)(?:客服|服务)?[啊呀吧呢]*{_ABOUT}{_PAUSE}"
)
_IN_PERSON = re.compile("窗口|大厅|现场")
_NAMED = re.compile(
    f"{_PEOPLE}|[转找接叫换喊要揾]个?人|rengong|电话[给畀]我|给我[打回来]|打给我|联系(?:一下)?我"
    "|[跟和同与][真正的个一活大]*人类?[讲说聊谈沟对]"
)
_PAUSES = re.compile(r"[\W_]+")
_LOOSE = " ，啊呀呢吧哦了的嘛哈吗么呗"

_DISTRESS = re.compile(
    "不想活|想死|自杀|自尽|轻生|活不下去|活着没意思|活着没意义|跳楼|跳河|割腕|上吊|喝农药"
    "|结束(?:我的|自己的)?生命|了结自己|寻死|一死了之|死了算了|死了一了百了|自残|伤害自己|去死的心"
)
# What only reads like it: 网上吊销, 年轻生意人, 残疾人证 behind 自, a firm that cannot live on.
_NO_DISTRESS = re.compile(
    "上吊(?=[销牌装坠唁顶灯])|年轻|轻生(?=[意活产态育])|自残(?=疾)|跳楼(?=价|甩|促|大|清|机)|自杀(?=式)"
    "|[想寻]死(?=机|心|亡)|生命(?=周期)"
    "|(?:公司|企业|生意|单位|店铺?|厂|行业?)(?:都|也|快|要|真的?|实在|已经|现在)*活不下去"
)


class Calls(NamedTuple):
    """Requests in a message; `rest`: the message without them and punctuation."""

    is_distress: bool
    wants_human: bool
    refuses_human: bool = False
    rest: str = ""


def calls_in(message: str) -> Calls:
    """Detect the requests in an unchanged message."""
    text = compact(message)
    is_distress = _DISTRESS.search(_NO_DISTRESS.sub("", text)) is not None
    if _WHOLE.matches(text):
        return Calls(is_distress, wants_human=True)
    if _NAMED.search(text) is None:
        return Calls(is_distress, wants_human=False)
    paused = _PAUSES.sub(_pause, simplify(message))
    said = [part for part in paused.split("，") if not _BETWEEN_PAUSES.matches(part)]
    wants = len(said) <= paused.count("，")
    rest, refuses = "，".join(said), False
    for found in [*_CALL.finditer(rest)][::-1]:
        if not _is_meant(found, rest):
            continue
        refuses = refuses or found["refused"] is not None
        wants = wants or found["refused"] is None
        rest = f"{rest[: found.start()].rstrip(_LOOSE)}，{rest[found.end() :].lstrip(_LOOSE)}"
    if not (wants or refuses):
        return Calls(is_distress, wants_human=False)
    return Calls(is_distress, wants, refuses and not wants, rest.strip(_LOOSE))


def _pause(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else "，"


def _is_meant(found: re.Match[str], text: str) -> bool:
    """Return whether a match is a request; 去窗口找人工 and 怎么联系客服 are not."""
    if found["asks"] is None:
        return True
    clause = re.split("[ ，]", text[: found.start()])[-1]
    return found["how"] is None and _IN_PERSON.search(clause) is None
