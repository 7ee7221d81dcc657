"""Texts for the states of an asker: their placeholders, and their check before publishing."""

import pytest

from faq.content.entries import Content, Variant
from faq.content.talk import TEXT_NAMES
from faq.diagnosis.asker_states import STATES, instead_of, names_of, placeholders
from faq.diagnosis.findings import Instead
from faq.release.faults import faults
from faq.release.parts import ENTRY, Key, split
from miniprogram_api.texts import words

LATER = Variant(answer="{时间}后可再试。", steps=("号段{号段}可以用。", "带身份证到窗口。"))


def test_every_state_and_placeholder_has_a_name_for_editors() -> None:
    assert set(words("states.titles")) == set(STATES)
    used = {name for names in STATES.values() for name in names}
    assert used == set(words("states.placeholders"))


def test_placeholders_are_filled_and_unknown_values_left_out() -> None:
    told = instead_of(LATER, {"time": "10:42", "segment": "199"})
    assert told == Instead("10:42后可再试。", ("号段199可以用。", "带身份证到窗口。"))
    assert instead_of(LATER, {"time": "10:42"}) == Instead("10:42后可再试。", ("带身份证到窗口。",))
    assert instead_of(LATER, {"segment": "199"}) is instead_of(None, {}) is None


def test_shipped_texts_of_states_fill_known_placeholders(shipped: Content) -> None:
    named = set()
    for entry in shipped.entries:
        assert not faults(Key(ENTRY, entry.slug), split(shipped)[Key(ENTRY, entry.slug)])
        for state, variant in entry.variants.items():
            named.add(state)
            for line in (variant.answer, *variant.steps):
                assert set(placeholders(line)) <= set(names_of(state))
        for name in entry.explains:
            assert name in (*STATES, *TEXT_NAMES) or name.isupper()
    assert named


@pytest.mark.parametrize(
    ("state", "answer", "code", "words"),
    [
        ("on_holiday", "放假。", "unknown_state", "状态“on_holiday”不存在，可选的有：range_closed"),
        ("locked", "{日期}再试。", "unknown_placeholder", "里不能用{日期}，可用的有：{时间}"),
        ("frozen", "{时间}再试。", "unknown_placeholder", "里不能用{时间}，这里没有可填的内容"),
        ("frozen", "**请到窗口。", "markup", "账号被冻结："),
    ],
)
def test_text_of_a_state_is_checked_before_publishing(
    small: Content, state: str, answer: str, code: str, words: str
) -> None:
    key = Key(ENTRY, small.entries[0].slug)
    part = {**split(small)[key], "variants": {state: {"answer": answer}}}
    [fault] = faults(key, part)
    assert (fault.field, fault.code) == (f"entry.{key.name}.variants.{state}", code)
    assert words in fault.message
