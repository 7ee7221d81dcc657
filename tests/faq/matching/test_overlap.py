from faq.content.entries import Content
from faq.matching.overlap import WORTH_SHOWING, resembling


def test_the_most_similar_example_of_another_entry_is_found(small: Content) -> None:
    found = resembling(small, "new", ["借书证丢了怎么补办", "讲座什么时候开始"])
    assert found
    assert {one.example for one in found} == {"借书证丢了怎么补办"}
    assert {one.other_slug for one in found} == {"lost_card"}
    assert all(WORTH_SHOWING <= one.similarity < 1 for one in found)
    assert [*found] == sorted(found, key=lambda one: -one.similarity)


def test_own_examples_are_not_compared(small: Content) -> None:
    questions = small.by_slug["lost_card"].questions
    assert resembling(small, "lost_card", questions) == []
    [first, *_] = resembling(small, "late_return", questions[:1], most=1)
    assert first == (questions[0], "lost_card", questions[0], 1.0)


def test_at_most_so_many_are_returned(small: Content) -> None:
    asked = ["补办借书证", "书还晚了", "借书卡找不到了"]
    assert len(resembling(small, "new", asked, most=2)) == 2
    assert resembling(small, "new", ["。", ""]) == []
