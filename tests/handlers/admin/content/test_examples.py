"""Examples of an entry: their marks, and those that resemble examples of other entries."""

import re

import pytest

from faq.editing import drafts
from tests.support.admin.desk import Desk, when_done
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

SLUG = "segment_199"
PATH = f"/entries/{SLUG}"


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("editor")))


def plain(text: str) -> str:
    """Return the text of a page without its elements."""
    return re.sub(r"<[^>]+>", "", text)


def test_resembling_examples_are_named_and_settled_by_one_click(
    desk_service: Service, editor: Desk
) -> None:
    part, other = drafts.entry(SLUG), drafts.entry("name_symbol")
    example = other.content["questions"][0]
    value = {**part.content, "questions": [*part.content["questions"], example]}
    drafts.save(part.key, value, based_on=part.revision, editor="test")
    assert f"的“{example}”一样" in plain(editor.get(f"{PATH}/overlaps").text)
    checked = when_done(editor, "/publish").text
    assert "两边各留各的" in checked
    digest = re.search(r'name="digest" value="(\w+)"', checked)
    assert digest is not None
    undecided = editor.post("/publish", {"digest": digest[1], "override": "试"})
    assert undecided.status_code == 422
    assert "没有决定" in undecided.text
    form = {"act": "give", "other": "name_symbol", "example": example}
    assert editor.post(f"{PATH}/overlaps/settle", form, page=PATH).status_code == 302
    assert drafts.entry(SLUG).content["questions"] == part.content["questions"]
    assert example not in editor.get(f"{PATH}/overlaps").text
    near = {**form, "act": "near_miss"}
    assert editor.post(f"{PATH}/overlaps/settle", near, page=PATH).status_code == 302
    assert drafts.entry("name_symbol").content["negatives"][-1] == example


def test_typed_examples_are_marked(desk_service: Service, editor: Desk) -> None:
    other = drafts.entry("name_symbol").content["questions"][0]
    typed_now = {"questions": f"199号段能用吗\n\n{other}\n199號段能用吗", "negatives": other}
    found = editor.post(f"{PATH}/example-marks", typed_now, page=PATH).json()
    first, second, third = found["questions"]
    assert (first["repeated"], third["repeated"], second["opposed"]) == (True, True, True)
    assert second["others"] == [{"slug": "name_symbol", "title": "姓名中含符号“·”"}]
    assert len(found["negatives"]) == 1
