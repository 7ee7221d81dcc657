import json
from typing import Any

import pytest
from pydantic import ValidationError

from faq.content.entries import Action, Content, Entry, Replies
from faq.content.values import LONGEST_ENTRY
from faq.release.parts import Key, normal, split

ENTRY = {
    "slug": "lost_card",
    "case": 1,
    "title": "标题",
    "category": "类别",
    "answer": "答案",
    "questions": ["问题"],
}
REPLIES = {"clarify": "？", "unknown": "？", "unreadable": "？"}


def test_content_round_trips_through_json(shipped: Content) -> None:
    text = shipped.as_json()
    assert Content.model_validate_json(text) == shipped


def test_stored_releases_call_the_intents_acts(shipped: Content) -> None:
    stored = json.loads(shipped.as_json())
    assert "intents" not in stored
    assert [act["act"] for act in stored["acts"]] == [intent.name for intent in shipped.intents]
    assert Content.model_validate(stored).intents == shipped.intents
    parts = split(shipped)
    assert parts[Key("acts")] == stored["acts"]
    assert normal(Key("acts"), stored["acts"]) == stored["acts"]
    renamed = {**stored, "intents": stored["acts"]}
    with pytest.raises(ValidationError, match="intents"):
        Content.model_validate(renamed)


def test_keys_of_the_json_form_are_ascii(shipped: Content) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {key for part in value.values() for key in keys(part)}
        if isinstance(value, list):
            return {key for part in value for key in keys(part)}
        return set()

    state = json.loads(shipped.as_json())
    assert all(key.isascii() for key in keys(state)), keys(state)


@pytest.mark.parametrize(
    "action",
    [
        {"type": "page", "label": "去"},
        {"type": "page", "label": "去", "ticket": "other"},
        {"type": "page", "label": "去", "page": "a", "ticket": "other"},
        {"type": "page", "label": "", "page": "a"},
        {"type": "dance", "label": "跳", "dance": "a"},
        {"type": "page", "label": "去", "page": "a", "colour": "red"},
    ],
)
def test_an_action_has_a_label_and_exactly_its_own_target(action: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Action.model_validate(action)


def test_action_is_serialised_with_its_own_target_only() -> None:
    action = Action.model_validate({"type": "copy", "label": "复制", "copy": "·"})
    assert action.as_json() == {"type": "copy", "label": "复制", "copy": "·"}


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "Lost Card"},
        {"slug": "../x"},
        {"case": 0},
        {"case": None},
        {"kind": "service"},
        {"title": ""},
        {"title": "两\n行"},
        {"answer": "\x00"},
        {"answer": "长" * (LONGEST_ENTRY + 1)},
        {"questions": []},
        {"steps": ["步"] * 9},
        {"steps": ["步" * 200] * 4},
        {"author": "editor"},
    ],
)
def test_incomplete_entry_is_refused(change: dict[str, Any]) -> None:
    assert Entry.model_validate(ENTRY).case == 1
    with pytest.raises(ValidationError):
        Entry.model_validate({**ENTRY, **change})


def test_answer_may_fill_the_whole_entry() -> None:
    longest = LONGEST_ENTRY - len(str(ENTRY["title"]))
    assert Entry.model_validate({**ENTRY, "answer": "长" * longest})
    with pytest.raises(ValidationError, match=str(LONGEST_ENTRY)):
        Entry.model_validate({**ENTRY, "answer": "长" * (longest + 1)})


@pytest.mark.parametrize("text", ["没有位置", "{service}{name}", "{service", "{0}", "{}"])
def test_reply_about_another_service_has_one_placeholder(text: str) -> None:
    with pytest.raises(ValidationError):
        Replies.model_validate({**REPLIES, "other_service": text})


def test_reply_about_another_service_contains_its_name() -> None:
    replies = Replies.model_validate({**REPLIES, "other_service": "这是“{service}”的事"})
    assert replies.about_other("医保{x}") == "这是“医保{x}”的事"


def changed(content: Content, **parts: Any) -> dict[str, Any]:
    return {**content.model_dump(by_alias=True, exclude_none=True), **parts}


def test_inconsistent_entries_are_refused(small: Content) -> None:
    entries = changed(small)["entries"]
    first, second = entries
    for wrong in (
        [first, {**second, "slug": first["slug"]}],
        [first, {**second, "case": first["case"]}],
        [first, {**second, "slug": "greeting"}],
        [{**first, "related": ["nowhere"]}, second],
        [],
    ):
        with pytest.raises(ValidationError):
            Content.model_validate(changed(small, entries=wrong))


def test_an_entry_is_found_by_slug_and_by_case(small: Content) -> None:
    assert small.by_slug["late_return"] is small.entries[1]
    assert small.by_case == {101: small.entries[0], 102: small.entries[1]}
