"""The YAML form of the content round-trips."""

import pytest
from hypothesis import HealthCheck, given, settings

from faq.content.entries import Content
from faq.interchange import yaml_form
from faq.release.faults import assemble
from faq.release.parts import Key
from tests.support.faq.contents import contents


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents())
def test_content_round_trips_through_yaml(content: Content) -> None:
    parsed = yaml_form.parse(yaml_form.dump(content))
    assert parsed.problems == []
    assert assemble({part.key: part.value for part in parsed.parts}) == content


def test_shipped_content_round_trips_and_is_readable(shipped: Content) -> None:
    text = yaml_form.dump(shipped)
    parsed = yaml_form.parse(text)
    assert assemble({part.key: part.value for part in parsed.parts}) == shipped
    entry = text.partition("- slug: name_symbol\n")[2]
    assert "\n  - {type: copy, label: 复制“·”, copy: ·}\n" in entry
    assert "\\u" not in text
    assert "\\U" not in text


def test_scalars_are_read_as_text() -> None:
    parsed = yaml_form.parse(
        "slug: phones\ncase: 12\ntitle: 12123\nanswer: yes\nsteps: [1:30, 2026-11-24, 0x1F, ~]\n"
    )
    (part,) = parsed.parts
    assert part.key == Key("entry", "phones")
    assert part.value == {
        "slug": "phones",
        "case": "12",
        "title": "12123",
        "answer": "yes",
        "steps": ["1:30", "2026-11-24", "0x1F", None],
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("entries:\n- slug: aa\n  title: {", 3, "不是正确的YAML"),
        ("entries:\n- slug: aa\n  title: 一\n  title: 二\n", 2, "“title”写了两次"),
        ("a: &x [1]\nb: *x\n", 1, "锚点"),
        ("entries:\n- title: 无名\n", 2, "没有标识"),
        ("entries:\n- slug: aa\n- slug: aa\n", 3, "以第2行为准"),
        ("entries: 一\n", 1, "应为列表"),
        ("entry:\n- slug: aa\n", 2, "不认识"),
        ("- slug: aa\n", 1, "没有常见问题的内容"),
        ("", 1, "没有常见问题的内容"),
        ("[" * 5_000, 1, "不是正确的YAML"),
        ("slug: !!python/object/apply:os.system [x]\n", 1, "不是正确的YAML"),
    ],
)
def test_invalid_yaml_is_reported_with_its_line(text: str, line: int, said: str) -> None:
    (problem,) = yaml_form.parse(text).problems
    assert said in problem.message
    assert abs(problem.line - line) <= 1
