"""The shipped lists, judged by the shipped names; and what a worse list is told."""

from faq.content import seed
from faq.content.entries import Content
from faq.editing.check import name_examples
from faq.release.faults import faults
from faq.release.parts import Key, split
from faq.release.published_names import lists_of
from miniprogram_api.names.findings import Part
from miniprogram_api.names.lists import RuleRow
from tests.support.names import shipped_lists


def test_every_shipped_name_is_judged_as_its_source_says() -> None:
    names = [*name_examples.judged(shipped_lists())]
    assert sum(one.is_lawful for one in names) >= 200
    assert sum(not one.is_lawful for one in names) >= 200
    assert [one.name for one in names if not one.is_right] == []
    assert all(one.source for one in names)


def test_unlawful_names_are_refused_for_their_rule() -> None:
    names = [one for one in name_examples.judged(shipped_lists()) if not one.is_lawful]
    other = [one.name for one in names if one.rule not in {found.rule for found in one.refused}]
    assert other == []
    assert len({one.rule for one in names}) > 30


def with_rules(content: Content, *rules: RuleRow) -> Content:
    return content.model_copy(update={"name_rules": rules})


def test_list_that_refuses_a_lawful_name_is_told() -> None:
    before = seed.load()
    rules = [
        rule.model_copy(update={"words": (*rule.words, "红光")})
        if rule.rule == "words.superlative"
        else rule
        for rule in before.name_rules
    ]
    told = name_examples.worse(before, with_rules(before, *rules))
    assert any("合法的“杭州红光酒业有限公司”会被拒" in sentence for sentence in told)
    assert name_examples.worse(before, before) == ()


def test_list_that_lets_an_unlawful_name_through_is_told() -> None:
    before = seed.load()
    rules = [rule for rule in before.name_rules if rule.rule != "words.states"]
    told = name_examples.worse(before, with_rules(before, *rules))
    assert any("不合法的“杭州美国餐饮有限公司”不再被拒" in sentence for sentence in told)


def test_rule_that_an_older_list_lacks_is_the_shipped_one() -> None:
    before = seed.load()
    rules = [rule for rule in before.name_rules if rule.rule != "word.too_short"]
    lists = lists_of(with_rules(before, *rules), "")
    assert lists.finding("word.too_short", Part.WORD).article


def test_faulty_rules_cannot_be_published() -> None:
    key = Key("name_rules")
    rows = split(seed.load())[key]
    assert faults(key, rows) == []
    without = [row for row in rows if row["rule"] != "word.too_short"]
    assert [fault.code for fault in faults(key, without)] == ["required"]
    strange = [{**row, "hint": "请问{unknown}。"} for row in rows[:1]] + rows[1:]
    assert [fault.field for fault in faults(key, strange)] == ["name_rules.0.hint"]
    empty = [
        {name: value for name, value in row.items() if name != "words"}
        if row["rule"] == "words.states"
        else row
        for row in rows
    ]
    assert [fault.code for fault in faults(key, empty)] == ["required"]
    assert faults(key, [*rows, rows[0]])[0].code == "repeated"
