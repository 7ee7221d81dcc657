"""Read the grammar of messages: places in a list, corrections, lists of questions, digits.

Functions take the output of `compact`, unless they say otherwise. Words with a meaning of their own
are content (`Content.intents` and the like).
"""

import re
import unicodedata

from faq.language.simplification import simplify

# Longer messages have content of their own.
LONGEST_REPLY = 24
NO_SUCH_OPTION = -1
"""Returned for a place beyond the options."""

_NOT_A_WORD = re.compile(r"[\W_]+")


def compact(text: str) -> str:
    """Return the simplified lower-case letters, characters and digits, without gaps."""
    return _NOT_A_WORD.sub("", simplify(text))


_DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")


def in_digits(text: str) -> str:
    """Convert Chinese and full-width digits: 一九九, 幺九九 and １９９ become 199."""
    return unicodedata.normalize("NFKC", text).translate(_DIGITS)


_IN_ORDER = {
    c: n
    for n, group in enumerate(("1一a①", "2二两b②", "3三c③", "4四d④", "5五e⑤"), 1)
    for c in group
}
_PLACE = "".join(_IN_ORDER)
_UNIT = "(?:个|种|项|条|款|样)"
_SIDE = f"(?:面|边)?[的那这]?一?{_UNIT}"
_ALONE = re.compile(f"第?([{_PLACE}])(?:{_UNIT}|号|点)?")
_NUMBERED = re.compile(f"(倒数)?第([{_PLACE}])(?:{_UNIT}|(?![一-龥]))")
_FIRST = re.compile(f"(?:头一?{_UNIT}|(?:最前|前|最上|上){_SIDE}|前者)")
_LAST = re.compile(f"(?:(?:最后|最末|后|最下|下){_SIDE}|后者)")
_MIDDLE = re.compile(f"中间{_SIDE}")


def place(text: str, of: int) -> int | None:
    """Return the index of a place among `of` options: 2, 第二个, 倒数第一个, 后面那个, 前者.

    Also `NO_SUCH_OPTION`; None when the message names no place, or two.
    """
    if len(text) > LONGEST_REPLY:
        return None
    alone = _ALONE.fullmatch(text)
    if alone is not None:
        return _within(_IN_ORDER[alone[1]] - 1, of)
    numbered = _NUMBERED.findall(text)
    if numbered:
        places = {of - _IN_ORDER[n] if end else _IN_ORDER[n] - 1 for end, n in numbered}
        return _within(places.pop(), of) if len(places) == 1 else None
    if _FIRST.search(text):
        return 0
    if _LAST.search(text):
        return of - 1
    return of // 2 if of % 2 and _MIDDLE.search(text) else None


def _within(index: int, of: int) -> int:
    return index if 0 <= index < of else NO_SUCH_OPTION


_CORRECTS = re.compile("(?:不[对是不]|错|改)[了成为]?")
_WRONG = re.compile("[选点按说搞弄看]?错了?|不[对是](?:这个)?")


def corrected_place(text: str, of: int) -> int | None:
    """Return the place of a corrected choice: 不对，第三个; None without a correction."""
    wrong = _CORRECTS.search(text)
    return None if wrong is None else place(text[wrong.end() :], of)


def is_wrong(text: str) -> bool:
    """Return whether a message only says that the choice was wrong: 选错了."""
    return _WRONG.fullmatch(text) is not None


def is_bare(text: str) -> bool:
    """Return whether a place is a bare number, which may be the number of a step."""
    return _ALONE.fullmatch(text) is not None and _ALONE.fullmatch(text[:1]) is not None


_NUMBER_OF_PHONE = re.compile(r"(不|没|非)?[是有用]?(1[3-9]\d+)")


def prefixes(text: str) -> tuple[list[str], list[str]]:
    """Return the beginnings of phones that a message names, and those that it denies: 不是199."""
    phones = _NUMBER_OF_PHONE.findall(in_digits(text))
    return [n for no, n in phones if not no], [n for no, n in phones if no]


# Several subjects are certain only when numbered. Excludes ordinals of something else (第一次,
# 第二步) and decimals.
_NUMBER_OF_A_SUBJECT = re.compile(
    r"(?<![0-9.])([1-5])\s*[.、．)）:：](?![0-9])"
    r"|第([一二三四五])(?=[个件]?(?:问题|事情|事)?(?:是|[、，,：:\s])|(?![个次步页遍张代行回天位年月名款条类道]))"
    r"|([①②③④⑤])|(?<![一-龥])([一二三四五])[、.．]"
)
# A numbered list of steps already taken is not several questions.
_STEPS = re.compile("步骤|操作|流程|过程|这样[做弄搞]")


def in_list(message: str) -> list[str]:
    """Return the questions of a raw message that numbers them from one."""
    ordinals = list(_NUMBER_OF_A_SUBJECT.finditer(message))
    numbers = [_IN_ORDER[next(filter(None, number.groups()))] for number in ordinals]
    if len(ordinals) < 2 or numbers != list(range(1, len(ordinals) + 1)):
        return []
    if _STEPS.search(message[: ordinals[0].start()]) is not None:
        return []
    ends = [number.start() for number in ordinals[1:]] + [len(message)]
    return [message[a.end() : end].strip() for a, end in zip(ordinals, ends, strict=True)]


_ONESELF = re.compile("(?:我|俺|本人)(?!们)")


def is_about_oneself(text: str) -> bool:
    """Return whether a message names the speaker."""
    return _ONESELF.search(text) is not None


_QUESTION = re.compile(
    r"什么|啥|怎|咋|哪|谁|(?<![了好过这])几[个天点次回条分号步人]|多[少久长大远]|如何|为何|[是能可]否"
    r"|(.)[不没]\1|[吗呢么不没伐噻]$|..还是"
)
_COMPLAINT = re.compile(
    "还是(?:.*[不没错败样]|提示|显示|报)|还[不没]|仍|依然|依旧|照样|一直|[老总]是|[又老总][不没说提报收]"
    "|(?:什么|啥|怎么|咋)[都也]|(?:怎么?|咋)[办整]"
)


def is_question(text: str) -> bool:
    """Return whether a message asks something; not for a complaint or a call for help: 怎么办."""
    return _QUESTION.search(text) is not None and _COMPLAINT.search(text) is None


def is_complaint(text: str) -> bool:
    """Return whether a message says that something fails again or calls for help."""
    return _COMPLAINT.search(text) is not None


_POLITE = re.compile("好(?!像)|ok|行(?!的?$)")


def is_polite(text: str) -> bool:
    """Return whether a yes is a courtesy rather than a reply: 好的，谢谢."""
    return _POLITE.match(text) is not None


_REFUSAL = re.compile(
    "[我俺]?(?:就|还是|也)?(?:不(?:太|大)?(?:想|愿|要|用|留|给|写|填|方便|必|需)|算了)"
)


def is_refusal(text: str) -> bool:
    """Return whether a reply refuses what was asked for: 不想留号码, 不方便, 算了吧."""
    return _REFUSAL.match(text) is not None and not is_question(text)


NUMERALS = "一二三四五六七八九十"
_DENIED = re.compile(r"(?<!是)不是[^，。！？；,.!?;\s]{1,14}[，。；,;\s]\s*而?是")


def without_denied(text: str) -> str:
    """Drop a denied topic before the real one: 不是人脸的问题，是填资料那一步.

    Takes the message as written.
    """
    return _DENIED.sub("是", text) if "不是" in text else text
