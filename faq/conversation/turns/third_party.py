"""Detect messages about another person's matter (我妈收不到验证码), where records do not apply."""

import re
from typing import NamedTuple

from faq.language.text import simplify

# Without 我 before it one of these is abuse (你妈) or a part of another word.
_SHORT = "(?:妈|爸|爹|娘|爷|奶|哥|姐|弟|妹|叔|舅|姨|姑|嫂|婆|娃|儿|女|侄|孙|对象|家那位)"
_ROLE = "(?:股东|监事|老板|员工|职工|会计|财务|合伙人|客户(?!端)|群众|办事人|老人(?!机))"
_FULL = (
    "(?:妈妈|妈咪|老妈|爸爸|老爸|母亲|父亲|父母|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆"
    "|老公|老婆|丈夫|妻子|爱人|媳妇|男朋友|女朋友|孩子|儿子|女儿|闺女|孙子|孙女|哥哥|姐姐|弟弟|妹妹"
    "|嫂子|姐夫|妹夫|叔叔|阿姨|舅舅|姑姑|亲戚|侄子|外甥|家人|家里人|长辈|朋友(?!圈)|同事|同学|邻居"
    f"|领导|徒弟|{_ROLE})"
)
_PERSON = f"(?:(?:我|俺|咱)们?(?:家|公司|单位)?的?{_FULL}|(?:我|俺|咱){_SHORT}|{_FULL})"
_COMPANY = "(?:我们?|咱们?|公司|单位|企业|这家|的|一个|一名|就|也|才)*"
# Of 他 people mean the system, too (他说我密码错误): here it is followed by what only people do.
_HE = (
    "(?:[帮替给教陪代为是]他(?!们|妈|人)|(?<![其吉维])他(?:自己|本人|那边|那里|那儿|家|的|用(?!户)|登|忘"
    "|填|刷|换|手机|身份证|才|是|有|在|想|不会|年纪|今年|激活|注册|试|收不))"
)
_ANOTHER = re.compile(
    f"{_PERSON}|她(?!们)|{_HE}|[帮替代给](?:别人|人家|人)(?:代?办|问|弄|注册|激活|登录|操作|申请)"
    "|(?:我们?|咱们?|公司|单位|企业)的?(?:公司|单位|企业)?的?法人|[帮替给]法人"
    "|法人(?:代表)?(?:他|她|说|那边|本人|自己|在外)"
)
# What names other people where the matter is the asker's own: what he is himself, a phone that is
# lent to him, what they tell him or do to him.
_OWN = re.compile(
    f"(?:我|俺|本人)(?:就|也|自己)?(?:是|作为){_COMPANY}(?:{_ROLE}|法人)(?!的)"
    f"|作为{_COMPANY}(?:{_ROLE}|法人)(?!的)"
    f"|[用借拿绑填写留换](?:定|成|了|的|过|是)*{_PERSON}的?(?:手机|电话|号|卡|微信|[0-9])"
    f"|(?:手机|号码?|卡|电话|机主|实名|登记)[^，。,.]{{0,4}}是{_PERSON}的?"
    f"|{_PERSON}(?:已经|都|也|还|就|一直|总|老)*(?:让|叫|要求|催|喊|教|帮|替|劝|通知|陪|说|告诉|告知)"
    f"(?:我|俺)(?!们|的?{_FULL}|{_SHORT})"
    f"|{_PERSON}[拿用盗冒]用?了?我的?(?:身份|信息|证|名|资料)"
    f"|(?:被|和|跟|与|不是(?:帮|替|给)?){_PERSON}|不是[他她]"
)
# Who says this speaks of himself again; 我不知道 and 我帮她弄的 are said by who asks for another.
_ONESELF = re.compile(
    f"(?<![给帮教诉跟让叫请替为])(?:我|俺|本人)(?!们|的?{_FULL}|{_SHORT}"
    "|不知|不清|不懂|问|看|帮|替|给|说|想|先|等|教|陪|让|叫|转|的意思)"
)


class _People(NamedTuple):
    """Whether a message mentions another person's matter, and the asker's own."""

    another: bool
    oneself: bool


def _people_in(message: str) -> _People:
    text = simplify(message)
    another = _ANOTHER.search(text) and _ANOTHER.search(_OWN.sub("，", text))
    return _People(bool(another), _ONESELF.search(text) is not None)


def is_about_another(message: str, *, so_far: bool = False) -> bool:
    """Return whether a message is about another person; `so_far`: the result before it."""
    people = _people_in(message)
    return people.another or (so_far and not people.oneself)
