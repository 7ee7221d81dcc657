import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.language.wording import (
    NO_SUCH_OPTION,
    NONE_OF_THEM,
    SOME_OPTION,
    asks_how_long,
    asks_what_next,
    asks_where,
    chosen_option,
    compact,
    confirmed_option,
    corrected_option,
    is_acknowledgement,
    is_follow_up,
    is_no,
    is_yes,
    mentions_retry,
    mentions_this_service,
    tried_everything,
    without_follow_up,
)

TITLES = ("号段暂不支持", "注册时收不到短信", "提示用户不存在")


@pytest.mark.parametrize(
    "text",
    [
        "还是不行",
        "試過了，還是不行",
        "没用！！",
        "都试过了",
        "试了还是不行啊",
        "按你说的做了还是不行",
        "仲係唔得",
        "haishi buxing",
        "第一步试了没用",
        "怎么还是不行",
        "下一步呢？",
        "还有别的办法吗",
        "还是没有用 怎么办",
        "按你说的做了，还是不行啊，怎么办呢急死我了",
        "试了没用，换个办法",
        "依然如此",
        "仍旧不行",
        "没啥用",
        "行不通",
        "还是老问题",
        "不行不行",
        "还是报错",
        "問題依舊",
        "照着弄了三遍了没有变化",
        "唉，一点用没有",
        "第一步就不行",
        "一直这样",
        "每次都这样",
        "还是勿行",
        "试仔几趟侪勿行",
        "仍系唔得喎",
        "搞球不成",
        "没整成",
        "莫得用哦",
        "还是那个样子",
        "依然没辙，大哥",
        "还是8行",
        "我明明试了",
        "我明明开了",
    ],
)
def test_follow_up_is_recognised(text: str) -> None:
    assert is_follow_up(compact(text))


@pytest.mark.parametrize(
    "text",
    [
        "注册不了",
        "验证码没用",
        "密码不行",
        "199不行",
        "激活失败怎么办",
        "怎么办",
        "这样",
        "这样啊",
        "是这样的",
        "还有问题",
        "换了手机",
        "没有身份证",
        "验证码整不了",
        "还没整过",
        "急死了",
        "多久能好",
        "谢谢",
        "好的",
        "",
    ],
)
def test_other_messages_are_no_follow_up(text: str) -> None:
    assert not is_follow_up(compact(text))


def test_text_beside_a_follow_up_is_returned() -> None:
    assert without_follow_up("还是不行，收不到验证码！") == "收不到验证码"
    assert without_follow_up("唉，还是不行，真服了你们") == "唉，真服了你们"
    assert without_follow_up("试了。没用") == ""
    for text in ("验证码没用，怎么办", "你好", "", "？！"):
        assert without_follow_up(text) is None


def test_follow_up_details_are_recognised() -> None:
    assert tried_everything("都试过了")
    assert not tried_everything("试过了")
    assert mentions_retry("还是收不到")
    assert mentions_retry("就是收不到")
    assert not mentions_retry("就是想问怎么激活")
    assert not mentions_retry("收不到")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("2", 1),
        ("２", 1),
        ("②", 1),
        ("二", 1),
        ("选2", 1),
        ("第二个", 1),
        ("是第二种情况吧", 1),
        ("后面那个", 2),
        ("最后一个", 2),
        ("前面那个", 0),
        ("头一个", 0),
        ("就第一个吧", 0),
        ("应该是头一个吧我觉得", 0),
        ("就是你说的第二种", 1),
        ("我猜是第三个咧", 2),
        ("倒数第一个", 2),
        ("倒数第三个", 0),
        ("倒数第四个", NO_SUCH_OPTION),
        ("一个都不对", NONE_OF_THEM),
        ("没一个是的", NONE_OF_THEM),
        ("哪个都不对头", NONE_OF_THEM),
        ("就一次没登上", None),
        ("前两个都是", None),
        ("中间那个", 1),
        ("注册时收不到短信", 1),
        ("都不是", NONE_OF_THEM),
        ("第五个", NO_SUCH_OPTION),
        ("1和2", None),
        ("199", None),
        ("密码忘了", None),
    ],
)
def test_option_is_chosen_by_number_place_or_title(text: str, index: int | None) -> None:
    assert chosen_option(compact(text), TITLES) == index


def test_two_options_have_no_middle() -> None:
    assert chosen_option("中间那个", TITLES[:2]) is None
    assert chosen_option("第三个", TITLES[:2]) == NO_SUCH_OPTION


@pytest.mark.parametrize(
    ("text", "alone", "among"),
    [
        *(
            (text, 0, SOME_OPTION)
            for text in ("是的", "对", "嗯", "嗯嗯", "没错", "就是这个", "yes")
        ),
        *((text, None, SOME_OPTION) for text in ("前两个都是", "一和二都系", "1和2")),
        *((text, NONE_OF_THEM, NONE_OF_THEM) for text in ("不是", "不对啊", "不是这个", "no")),
        *(
            (text, None, None)
            for text in ("好的", "谢谢", "是不是", "对公账户", "不行", "没用", "")
        ),
    ],
)
def test_yes_confirms_the_only_option(text: str, alone: int | None, among: int | None) -> None:
    assert confirmed_option(compact(text), TITLES[:1]) == alone
    assert confirmed_option(compact(text), TITLES) == among


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("不对，第三个", 2),
        ("不是，是第二个", 1),
        ("啊选错了，2", 1),
        ("我点错了，应该是最后一个", 2),
        ("不对不对，提示用户不存在", 2),
        ("第三个", 2),
        ("后者", 2),
        ("注册时收不到短信", 1),
        ("不对，第五个", NO_SUCH_OPTION),
        ("不对", SOME_OPTION),
        ("选错了", SOME_OPTION),
        ("不是这个", SOME_OPTION),
        ("不对，都不是", NONE_OF_THEM),
        ("都不是", NONE_OF_THEM),
        # Of what is before him this may be the step of a number.
        ("3", None),
        ("第二步", None),
        ("第五个", None),
        ("不对，收不到验证码", None),
        ("不是很明白", None),
        ("密码不对", None),
        ("是的", None),
        ("", None),
    ],
)
def test_correction_of_a_choice_is_recognised(text: str, index: int | None) -> None:
    assert corrected_option(compact(text), TITLES) == index


def test_yes_and_no_are_recognised() -> None:
    assert all(is_yes(compact(text)) for text in ("好的", "可以", "要", "转吧", "嗯嗯"))
    assert all(is_no(compact(text)) for text in ("不用了", "算了", "先不转", "不需要谢谢"))
    assert not any(is_yes(compact(text)) for text in ("你好", "不好", "要什么材料", "是不是"))
    assert not any(is_no(compact(text)) for text in ("不行", "没有", "不会弄"))


def test_acknowledgement_is_recognised() -> None:
    for text in ("嗯", "对", "是的", "不是", "哦", "好吧", "算了", "无语", "随便"):
        assert is_acknowledgement(compact(text))
    for text in ("谢谢", "还是不行", "不行", "密码不对", "没收到", ""):
        assert not is_acknowledgement(compact(text))


def test_questions_for_tries_and_time_are_recognised() -> None:
    for text in (
        *("还能试几次", "还剩几次机会", "还有几次机会？", "还要等多久", "什么时候可以"),
        *("什么时候能再试", "明天再试可以吗", "明天可以吗", "多久"),
    ):
        assert asks_how_long(compact(text))
    for text in ("还能发几条", "激活要多久", "明天见", "明天再说", "能刷几次脸", "可以吗", ""):
        assert not asks_how_long(compact(text))


def test_question_for_the_next_button_is_recognised() -> None:
    for text in ("我该点哪里", "点哪个？", "请问现在要点哪里呢", "下一步点什么"):
        assert asks_where(compact(text))
    for text in ("窗口在哪里", "验证码点哪里获取", "点了没反应", ""):
        assert not asks_where(compact(text))
    for text in ("然后呢", "接下来怎么办", "下一步做什么", "我该点哪里"):
        assert asks_what_next(compact(text))
    for text in ("怎么办", "还是不行", "然后提示核验数据缺失", ""):
        assert not asks_what_next(compact(text))


def test_reference_to_the_service_is_recognised() -> None:
    for text in ("支付宝都行，你们不行", "这个小程序刷脸不行", "在这儿过不去", "工商登记的验证码"):
        assert mentions_this_service(text)
    for text in ("支付宝刷脸不行", "医保小程序登不上", "老家的房子怎么过户"):
        assert not mentions_this_service(text)


@given(st.text(alphabet="还是不行试过了都又也人工要我的好第一二个后面那x ", max_size=300))
def test_reading_a_message_is_fast(text: str) -> None:
    read = compact(text)
    results = (is_follow_up(read), is_yes(read), is_no(read))
    assert all(isinstance(result, bool) for result in results)
    assert chosen_option(read, TITLES) in (None, NONE_OF_THEM, NO_SUCH_OPTION, 0, 1, 2)
