"""Classify short messages by their wording, independently of the FAQ's content.

Such messages refer to earlier ones (还是不行, 第二个, 好的) or to the service itself (你们).
Functions take the output of `compact`, unless they say otherwise.
"""

import re
from collections.abc import Sequence
from functools import cached_property

from faq.language.text import simplify

# Longer messages have content of their own.
_LONGEST_REMARK = 24
_NOT_A_WORD = re.compile(r"[\W_]+")

NONE_OF_THEM = -1
"""Returned by `chosen_option` when the user rejects all options."""
NO_SUCH_OPTION = -2
"""Returned by `chosen_option` for a number beyond the options."""
SOME_OPTION = -3
"""Returned by `confirmed_option` and `corrected_option` when the option is not named."""


def compact(text: str) -> str:
    """Return the simplified lower-case letters, characters and digits, without gaps."""
    return _NOT_A_WORD.sub("", simplify(text))


class Remark:
    """Match messages made only of core words and filler words, at least one of them a core word."""

    def __init__(self, core: str, filler: str) -> None:
        """Take the words, separated by spaces."""
        self._core = frozenset(core.split())
        self._filler = frozenset(filler.split())
        self._longest = max(map(len, self._core | self._filler))

    @cached_property
    def _any(self) -> re.Pattern[str]:
        # Lazily, for a faster start.
        return re.compile("|".join(map(re.escape, self._core)))

    def matches(self, text: str) -> bool:
        """Return whether `text` can be split into such words, one of them a core word."""
        if len(text) > _LONGEST_REMARK or self._any.search(text) is None:
            return False
        # Positions reached by words, without and with a core word among them.
        plain, with_core = {0}, set()
        for start in range(len(text)):
            if start not in plain and start not in with_core:
                continue
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                word = text[start:end]
                if word in self._core:
                    with_core.add(end)
                elif word in self._filler:
                    with_core.update({end} if start in with_core else ())
                    plain.update({end} if start in plain else ())
        return len(text) in with_core


POLITE = (
    "啊 呀 呢 吧 哦 了 的 地 得 嘛 哈 吗 么 呗 谢谢 拜托 急 请 麻烦 你好 您好 老师"
    # Final particles and forms of address in dialects.
    " 啦 喽 咯 嘞 咧 哩 喃 噻 撒 喔 噢 诶 哒 噶"
    " 伐 哇 喎 㖞 亲 亲亲 大哥 大姐 师傅 老铁 兄弟 同志 哥 姐"
)
"""Filler words of any `Remark`."""

# 这样 alone means "understood".
_AS_BEFORE = " ".join(
    still + state
    for still in (
        *("还", "还是", "仍", "仍是", "仍然", "仍旧", "依然", "依旧", "又", "又是", "照样"),
        *("一直", "一直都", "一直是", "总是", "老是", "每次", "每次都", "每次都是", "次次"),
    )
    for state in (
        *("这样", "那样", "如此", "这问题", "这个问题", "那个问题", "报错", "出错"),
        *("这样子", "那样子", "这个样子", "那个样子", "这个情况", "这种情况", "那个情况"),
    )
)
# Claims to have done it imply that it did not help.
_CLAIMED = " ".join(
    f"明明{did}{end}"
    for did in ("试", "做", "弄", "搞", "开", "填", "改", "换", "设", "办", "操作", "设置", "开启")
    for end in ("了", "过", "好了")
)
_FOLLOW_UP = Remark(
    # What was done.
    "试过 试了 试咗 做过 做了 弄过 弄了 照做 按做 换过 换了 搞过 搞了 重试 操作过 操作了 shiguo"
    " shile"
    # That it did not help.
    " 不行 不可以 不好使 不管用 不顶用 不起作用 不成功 不成 不能用 不好 不灵 不见效 不顶事 没用"
    " 没有用 没啥用 没什么用 没多大用 没卵用 没管用 没效果 没有效果 没啥效果 没什么效果 无效 无用"
    " 没解决 没有解决 未解决 未能解决 没法解决 解决不了 没反应 没啥反应 没有变化 用没有 用都没有"
    " 没有一点用 不得行 没有反应 没变化 没变 没改变 没区别 没进展 没好转 没成功 没成 没弄好"
    " 没弄成 没搞定 没好 失败 行不通 走不通 行不了 白搭 白费 白弄 白忙 还是有问题 仍有问题"
    " 依然有问题 老样子 老问题 老毛病 原样 一个样 一样 同样的问题 问题还在 问题依旧 问题依然"
    " 问题没变 不得 唔得 冇用 冇效 弄不好 弄不成 搞不成 办不成 搞不定 搞不好 做不了 没作用"
    " 没有作用 buxing meiyong bu xing mei yong hsbx"
    # The same in dialects, and as it is typed for fun.
    " 勿行 弗行 勿来三 弗来三 勿来事 弗来事 勿灵 勿好 呒没用 唔掂 搞唔掂 搞唔定 整唔到 未得 未掂"
    " 未搞掂 整不了 整不成 整不好 整不明白 没整成 没整好 没整明白 没弄明白 没搞好 没搞成 没办成"
    " 白整 白折腾 没辙 没招 没戏 莫得用 没得用"
    " 木有用 莫用 莫得效果 没得效果 莫得反应 没得反应 搞求不成"
    " 搞球不成 搞不起 弄不起 整不起 不得劲 没弄起 8行 不彳亍 不ok 不work"
    # What comes after it.
    " 下一步 接下来 然后呢 再然后 别的办法 其他办法 其它办法 另外的办法 别的方法 其他方法"
    " 其它方法 别的招 换个办法 换个方法 换个法子 换种办法 换种方法 换一个办法 换一种办法"
    f" 换一个方法 换一种方法 换个思路 {_AS_BEFORE} {_CLAIMED}",
    "都 全 也 又 还 还是 仍 仍然 仍旧 依然 依旧 照样 照旧 完全 根本 一点 一点都 就 就是 仲系 都系"
    " 仲 重系 仍系 依家 仔 趟 侪 整 搞 捣鼓 折腾 总是 一直 已经 全部 所有 每 到底 究竟"
    " 真的 真 压根 并 并没 并没有 几乎 确实 反正 呃 唉 哎 诶 嗯 额 那 可是"
    " 但是 但 不过 结果 我 我们 你 您 你们 按 照 按照 照着 跟着 说 说的 讲的"
    " 教的 给的 上面 刚才 刚刚 这个 这些 这 那个 那些 方法 办法 步骤 法子 招 存在 步 操作 做 试"
    " 弄 第一 第二 第三 第四 最后 一 二 三 四 五 两 几 好几 很多 好多 多 半天 次 遍 回 怎么 怎样"
    " 为什么 为啥 咋 怎么办 咋办 怎么弄 咋弄 咋整 怎么搞 怎么整 咋搞 如何是好 该 要 有 没有 还有"
    " 能 能不能 可不可以 给 给我 想 来 过 吗 是 不 hai haishi le"
    # What people sigh beside it.
    " 急死 急死人 急死我 着急 急人 烦 烦死 愁死 气死 气人 气死我 累死 烦死人 气死人 崩溃 无语"
    f" 心累 {POLITE}",
)
_YES = Remark(
    "好 好的 行 可以 要 需要 是 是的 对 嗯 转 同意 没问题 ok okay yes hao haode 好嘅",
    f"帮我 就 那 给我 一下 人工 {POLITE}",
)
_NO = Remark(
    "不用 不要 不需要 不必 算了 先不 不了 没事 不转 唔使 no buyong",
    f"那 就 先 我 自己 再 看看 试试 弄 搞 来 你 您 给 转 人工 客服 {POLITE}",
)
_NONE = Remark(
    "都不是 都不对 都没有 全不是 不是这些 不在里面 没有一个 没有我的 没有我要的 以上都不 都唔系"
    " 没一个 一个也不 一个都不 一个都没有 一个也没有 哪个都不 哪个也不 也不是 全不对 都不像"
    " 都不符合 没有符合 没有对的 没得一个 莫得一个 没有我说的"
    " 没我说的 不在里头 都唔啱 冇一个 侪勿是 全勿是",
    "是 对 对头 像 符合 说 要 以上 上面 下面 其中 里头"
    " 几种 几条 几项 选项 得上 这 些 这些 这几个 这里 里面"
    f" 好像 我 问题 情况 {POLITE}",
)

_SO_IT_IS = Remark(
    "是 是的 对 对的 嗯 恩 没错 正是 就是 确实 系 yes y shi dui",
    f"这 这个 那个 这种 那种 它 就 应该 我 我的 情况 问题 一样 {POLITE}",
)
_NOT_SO = Remark(
    "不是 不对 不是这个 不是这种 不像 否 唔系 no nope bushi",
    f"我 好像 应该 情况 问题 这个 这种 {POLITE}",
)

_SIGH = Remark("哦 噢 喔 哎 唉 好吧 行吧 算了 随便 无语 再说", f"那 就 先 我 真 {POLITE}")
# Without words that ask for something (吗, 可以, 怎么办) as filler.
_PUT_OFF = Remark(
    "试试 试试看 试一试 试一下 试下 再试 再弄 再搞 再办 再来 再说 再看看 不弄 不搞 不办 不试 不注册"
    " 不想弄 不想搞 不想办 懒得弄 懒得搞 懒得办 放弃",
    "我 我们 那 就 先 再 去 来 这就 马上 现在 等等 等下 等会 等会儿 等一下 一会 一会儿 待会 待会儿"
    " 回头 回去 回家 今晚 晚上 晚点 明天 后天 改天 下次 有空 有时间 自己 好 好的 行 嗯 哦 算了"
    " 你说的 您说的 照你说的 按你说的 按您说的 照您说的 了 吧 啊 呀 哈 啦 谢谢",
)
# How often or when again; the topic comes from the conversation.
_HOW_LONG = Remark(
    "几次 几回 多少次 几次机会 机会 多久 多长时间 什么时候 啥时候 几时 何时 几点 几天 明天可以"
    " 明天能 明天行 明天再试 今天可以 今天能 今天行 今天还能 现在可以 现在能 待会可以 晚点可以",
    "还 能 可以 行 还剩 剩 剩下 有 我 那 今天 明天 现在 一天 最多 一共 到底 大概 要 得 需要 等 再"
    f" 试 弄 来 重试 再试 一次 一下 后 以后 之后 才 又 请问 到 有没有 不 {POLITE}",
)
_WHERE = Remark(
    "点哪里 点哪 点哪儿 点哪个 点什么 点啥 按哪里 按哪个 去哪里点 在哪里点 从哪里点",
    f"我 我们 那 现在 该 应该 要 需要 得 接下来 下一步 然后 到底 按钮 是 请问 {POLITE}",
)
_NEXT = Remark(
    "然后呢 然后 下一步 接下来 之后呢 再然后 接着呢 下面呢 下一步呢",
    "我 我们 那 现在 该 应该 要 需要 得 做 办 弄 怎么 什么 啥 怎么办 怎么做 怎么弄 是 请问"
    f" {POLITE}",
)
# The topic comes from the refusal.
_USED_UP = Remark(
    "满了 已满 满 用完 用光 用尽 次数没了 次数没有了 机会没了 机会没有了 上限 超限 超过限制"
    " 超过次数 次数限制 限制 频繁 试不了",
    "次数 核验 核验次数 验证次数 认证次数 机会 今天 今日 当天 当日 现在 提示 显示 弹 说 我 这个 的"
    " 已 已经 达 达到 到 到达 被 太 操作 过于 都 全 全部 又 就 怎么办 咋办 怎么弄 怎么 什么时候"
    f" 明天 可以 能 再 试 是 不是 {POLITE}",
)

_EVERYTHING = re.compile("(?:都|全|全部|所有|每)[^不]{0,4}(?:试|做|弄|搞|换)|(?:试|做|弄)(?:完|遍)")
_STILL = re.compile(
    "还是|仍|依然|依旧|照样|又|还没|还不|试过|试了|照做|没用|不管用|不好使|老样子|弄了|做了|仲系|都系"
    "|就是.{0,3}[不没]"
)
# References to this service, and the names of its subject.
_US = re.compile(
    "[你您恁贵](?:们|哋|家|这|方|局|平台|系统)|咱们?(?:这|家)|这里|这儿|这边|这头|这个?小程序|本小程序|本系统"
    "|登记注册|工商|市监|市场监管|营业执照|执照|注册公司|公司注册|开公司|nimen|zheli"
)


def is_follow_up(text: str) -> bool:
    """Return whether the message says that the advice did not help, or asks what comes next."""
    return _FOLLOW_UP.matches(text)


def without_follow_up(message: str) -> str | None:
    """Return the parts of a raw message that are no follow-up.

    None when no part is a follow-up; empty when all are.
    """
    parts = _NOT_A_WORD.sub(" ", simplify(message)).split()
    others = [part for part in parts if not is_follow_up(part)]
    return None if len(others) == len(parts) else "，".join(others)


def tried_everything(text: str) -> bool:
    """Return whether the user claims to have tried all of it: 都试过了."""
    return _EVERYTHING.search(text) is not None


def mentions_retry(text: str) -> bool:
    """Return whether a message with a topic mentions trying again: 还是收不到."""
    return _STILL.search(text) is not None


def is_yes(text: str) -> bool:
    """Return whether the message agrees: 好的, 转吧."""
    return _YES.matches(text)


def is_no(text: str) -> bool:
    """Return whether the message declines: 不用了, 算了."""
    return _NO.matches(text)


def is_acknowledgement(text: str) -> bool:
    """Return whether the message only acknowledges: 嗯, 好吧, 不是."""
    words = (_SO_IT_IS, _NOT_SO, _NO, _SIGH)
    return any(remark.matches(text) for remark in words)


def defers_or_gives_up(text: str) -> bool:
    """Return whether the user will try it now or later, or gives up."""
    return _PUT_OFF.matches(text)


def asks_how_long(text: str) -> bool:
    """Return whether the message asks how many tries are left, or when the next one is."""
    return _HOW_LONG.matches(text)


def asks_where(text: str) -> bool:
    """Return whether the message asks which button is next: 我该点哪里."""
    return _WHERE.matches(text)


def asks_what_next(text: str) -> bool:
    """Return whether the message asks for the next step: 然后呢, 下一步做什么, 我该点哪里."""
    return _NEXT.matches(text) or asks_where(text)


def says_used_up(text: str) -> bool:
    """Return whether the message says that the tries are used up, without a topic: 今天次数满了."""
    return _USED_UP.matches(text)


def is_none_of_them(text: str) -> bool:
    """Return whether the message rejects all options: 都不是."""
    return _NONE.matches(text)


def mentions_this_service(text: str) -> bool:
    """Return whether a simplified message refers to this service: 你们, 这里, 本小程序."""
    return _US.search(text) is not None


_DIGITS = {
    c: n for n, group in enumerate(("1一a", "2二两b", "3三c", "4四", "5五"), 1) for c in group
}
_BEFORE = (
    "(?:我|应该|好像|大概|估计|可能|差不多|感觉|觉得|猜|嗯|哦|噢|那|就|先){0,4}"
    "(?:选择|选|点|按|要|就是|是|系|属于|问|像|看看?|说说?)?(?:的|是)?"
    "(?:[你您]?(?:上面|刚才)?(?:说|讲|列)的|上面的)?"
)
_UNIT = "(?:个|种|项|条|号|点|样|款|选项|情况|问题)"
_AFTER = (
    "(?:的|那个|这个|那种|这种|情况|吧|啊|呀|呢|了|嘛|哈|谢谢|啦|喽|咯|嘞|咧|哩|噻|撒|喔|哦|噢|诶|呗"
    "|先|我?(?:觉得|感觉|估计|猜)|好像|应该){0,4}"
)
_NUMBERED = re.compile(f"{_BEFORE}第?([1-5一二两三四五a-c]){_UNIT}{{0,2}}{_AFTER}")
_PLACE = "(?:面|边)?(?:的|那|这)?一?"
_FIRST = re.compile(
    f"{_BEFORE}(?:头一?{_UNIT}|首{_UNIT}|(?:最前|前|最上|上){_PLACE}{_UNIT}|前者){_AFTER}"
)
_LAST = re.compile(
    f"{_BEFORE}(?:(?:最后|最末|末尾|倒数第一|最下|后|下){_PLACE}{_UNIT}|后者){_AFTER}"
)
_FROM_THE_END = re.compile(f"{_BEFORE}倒数第([1-5一二两三四五]){_UNIT}{{0,2}}{_AFTER}")
_MIDDLE = re.compile(f"{_BEFORE}中间{_PLACE}{_UNIT}{_AFTER}")


def chosen_option(text: str, titles: Sequence[str]) -> int | None:
    """Return the index of the option that a message picks: 2, 第二个, 后面那个, or its title.

    Also `NONE_OF_THEM` and `NO_SUCH_OPTION`; None when the message is about something else.
    """
    names = [compact(title) for title in titles]
    if text in names:
        return names.index(text)
    if len(text) > _LONGEST_REMARK:
        return None
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None:
        index = _DIGITS[numbered[1]] - 1
        return index if index < len(titles) else NO_SUCH_OPTION
    numbered = _FROM_THE_END.fullmatch(text)
    if numbered is not None:
        index = len(titles) - _DIGITS[numbered[1]]
        return index if index >= 0 else NO_SUCH_OPTION
    if is_none_of_them(text):
        return NONE_OF_THEM
    if _FIRST.fullmatch(text):
        return 0
    if _LAST.fullmatch(text):
        return len(titles) - 1
    if _MIDDLE.fullmatch(text) and len(titles) % 2:
        return len(titles) // 2
    return None


_SEVERAL = re.compile(
    f"(?:我|前|后|这|那|上面|以上)*(?:[2两二3三4四几]{_UNIT})?"
    f"(?:都|全|侪)+(?:是|系|有|对|像|占){_AFTER}"
    f"|{_BEFORE}第?[1-5一二三四五]{_UNIT}?(?:和|跟|同|与|加|还有)?第?[1-5一二三四五]{_UNIT}?"
    f"(?:(?:都|全|侪)+(?:是|系|有|对|像|占))?{_AFTER}"
)


def confirmed_option(text: str, titles: Sequence[str]) -> int | None:
    """Return the index that a bare yes confirms, `NONE_OF_THEM` for a bare no, else None.

    A yes to several options, or a claim that several apply, is `SOME_OPTION`.
    """
    if len(titles) > 1 and _SEVERAL.fullmatch(text):
        return SOME_OPTION
    if _NOT_SO.matches(text):
        return NONE_OF_THEM
    if not _SO_IT_IS.matches(text):
        return None
    return 0 if len(titles) == 1 else SOME_OPTION


_WRONG = re.compile(
    "(?:啊|哦|呃|哎|唉|等等|等一下|抱歉|对不起|不好意思)*我?"
    "(?:(?:不不+|不对|不是(?:这个|这种|这一个|它)?|[选点按说搞弄看]?错了|我要改)(?:了|啊|呀|哦|吧|的)*)+"
)
_AN_OPTION = re.compile("[个种项者]")


def corrected_option(text: str, titles: Sequence[str]) -> int | None:
    """Return the option of a corrected choice (不对，第三个); None when nothing is corrected.

    `SOME_OPTION` when it only says that the choice was wrong. A bare number is no correction: it
    may be the number of a step of the answer.
    """
    wrong = _WRONG.match(text)
    if wrong is not None:
        rest = text[wrong.end() :]
        return chosen_option(rest, titles) if rest else SOME_OPTION
    index = chosen_option(text, titles)
    if index is None or index == NO_SUCH_OPTION:
        return None
    names_one = _AN_OPTION.search(text) is not None or text in map(compact, titles)
    return index if names_one or index == NONE_OF_THEM else None
