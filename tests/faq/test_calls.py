import pytest

from faq.calls import is_distress, wants_human
from faq.wording import squeezed


@pytest.mark.parametrize(
    "text",
    [
        "人工",
        "转人工",
        "找人",
        "給我轉人工客服",
        "有没有人工？",
        "找个真人",
        "zhuan rengong",
        "客服",
    ],
)
def test_a_call_for_people(text: str) -> None:
    assert wants_human(squeezed(text))


@pytest.mark.parametrize(
    "text",
    [
        "有人吗",
        "人工核验怎么办",
        "窗口人工核验",
        "找人代办可以吗",
        "客服电话是多少",
        "转让股权",
        "人",
    ],
)
def test_what_only_sounds_like_one(text: str) -> None:
    assert not wants_human(squeezed(text))


def test_words_of_dying_are_heard_anywhere() -> None:
    assert is_distress(squeezed("办了三天都办不成，真的不想活了。"))
    assert is_distress(squeezed("再这样我就去跳樓"))
    assert not is_distress(squeezed("急死人了，气死我了，手机死机了"))
