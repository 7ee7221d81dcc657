"""Mask personal data; every text has a masked form."""

import ipaddress
import re

from models.storage import canonical

MASK = "***"
"""The replacement for personal data in free text."""

# Separators between two digits of one number, escaped for [].
_BETWEEN = "".join(
    map(
        re.escape,
        sorted(canonical.SPACES | canonical.HYPHENS | canonical.INVISIBLE | set("._·,，")),
    )
)
# Digits in words, including banker's and voice input forms.
_NUMERAL = "[〇○零一二两三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖]"
# 阿依古丽·买买提, but not a question about the dot (名字里有·怎么填).
_DOTTED_NAME = (
    r"(?!里|中|有|带|含|的|打)[\u4e00-\u9fff]{1,10}(?:[·•‧∙⋅・･.．][\u4e00-\u9fff]{1,10})+"
)
# The 100 commonest family names of one character and some of two; required after 我叫, so that
# 我叫不到人工 stays readable.
_FAMILY_NAME = (
    "欧阳|上官|司马|诸葛|皇甫|尉迟|公孙|慕容|司徒|令狐|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚"
    "沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常]"
)
_PERSONAL = re.compile(
    # A mail address.
    r"[!-?A-~]{1,64}[@＠][!-?A-~]+"
    # Query or fragment of a URL.
    r"|(?<=[\w/])[?#]\S+"
    # A token.
    r"|[A-Za-z0-9_-]{24,}"
    # Six or more digits of any script, grouped or not, with an optional X or look-alike.
    rf"|\d(?:[{_BETWEEN}]{{0,3}}\d){{5,}}(?:[{_BETWEEN}]{{0,3}}[XxＸｘⅩⅹ×])?"
    # Seven or more digits in words: longer than any quantity.
    rf"|{_NUMERAL}(?:[{_BETWEEN}]{{0,3}}{_NUMERAL}){{6,}}"
    # Names and passwords, after the words that announce them.
    r"|(?<=我叫|叫做|名是|名叫|名字|姓名)[是叫为:：\s]{0,3}"
    rf"(?:{_DOTTED_NAME}|(?:{_FAMILY_NAME})[\u4e00-\u9fff]{{1,2}})"
    r"|(?<=密码)\s?(?:[是为:：=]\s?|[0-9A-Za-z](?=\S{5}))[!-~]+"
)

# What may be a name: after words that announce one, or before a title; more than `_PERSONAL`, which
# must leave questions readable.
_MAY_BE_NAME = re.compile(
    r"(?:我叫|他叫|她叫|叫做|名是|名叫|名字|姓名|我是|本人|法人是|法人叫|股东是|股东叫|老板叫|老板是)"
    r"[是叫为:：，,\s]{0,3}"
    rf"(?:{_DOTTED_NAME}|(?:{_FAMILY_NAME})[\u4e00-\u9fff]{{1,2}})"
    r"|(?:姓名|名字)(?:[是叫为]|\s?[:：])\s?[\u4e00-\u9fff]{2,3}(?![\u4e00-\u9fff])"
    rf"|(?:{_FAMILY_NAME})[\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐)"
)

_SURROGATE = re.compile("[\ud800-\udfff]")


def id_number(number: str) -> str:
    """Return ``110***********1234`` for 18 characters; fewer than 15 become stars alone."""
    return _middle(number, 3, 4, shortest=15)


def phone(number: str) -> str:
    """Return ``138****0011`` for 11 digits; fewer become stars alone."""
    return _middle(number, 3, 4, shortest=11)


def name(text: str) -> str:
    """Keep the first character, with one to three stars for the rest: 张三丰 → ``张**``.

    A name of one character becomes a star.
    """
    if len(text) < 2:
        return "*" * len(text)
    return _printable(text[:1]) + "*" * min(len(text) - 1, 3)


def address(text: str) -> str:
    """Return ``203.0.113.*`` or ``2001:db8:1:*``, the network of an IP address; else ``***``."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return MASK
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed).rpartition(".")[0] + ".*"
    return ":".join(f"{int(part, 16):x}" for part in parsed.exploded.split(":")[:3]) + ":*"


def free_text(text: str) -> str:
    """Replace everything that may be a number, an address, a token or a name by ``***``.

    Names and passwords are detected by the words before them (我叫王小明, 密码是…). Other
    names remain: the result is still personal data.
    """
    return _PERSONAL.sub(MASK, text)


def may_have_name(text: str) -> bool:
    """Return whether a text may contain a person's name; some without one may, too.

    Names that no word announces are not found.
    """
    return _MAY_BE_NAME.search(text) is not None


def _middle(text: str, head: int, tail: int, shortest: int) -> str:
    if len(text) < shortest:
        return "*" * len(text)
    stars = "*" * min(len(text) - head - tail, 11)
    return _printable(text[:head]) + stars + _printable(text[-tail:])


def _printable(text: str) -> str:
    """Replace unpaired surrogates, which UTF-8 cannot encode, by stars."""
    return text if text.isascii() else _SURROGATE.sub("*", text)
