"""After an edit among very many entries what is learnt is what learning everything would give."""

import json
import random
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks import made_up
from faq import compiling, learning
from faq.entries import Content
from faq.matches import Match
from faq.matching import Matcher, compile_matcher
from faq.scoring import MOST_DENSE_CLASSES

State = dict[str, Any]
ASKED = [*made_up.questions(MOST_DENSE_CLASSES, 120), "你好", "讲个笑话吧", "支付宝登录不上"]


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST_COMPARED", 500)


@pytest.fixture(scope="module")
def content() -> Content:
    state = json.loads(made_up.content(MOST_DENSE_CLASSES).as_json())
    for entry in state["entries"]:
        entry["questions"] = entry["questions"][:4]
    state["out_of_scope"]["questions"] = state["out_of_scope"]["questions"][:40]
    return Content.model_validate(state)


def _add_questions(state: State, draw: random.Random) -> None:
    entry, other = draw.sample(state["entries"], 2)
    entry["questions"] = [*entry["questions"], f"{other['title']}第{draw.random()}回"]


def _remove_a_question(state: State, draw: random.Random) -> None:
    entry = draw.choice(state["entries"])
    entry["questions"] = entry["questions"][1:] or ["还有吗"]


def _share_a_question(state: State, draw: random.Random) -> None:
    for entry in draw.sample(state["entries"], 3):
        entry["questions"] = [*entry["questions"], f"到底怎么回事{draw.randrange(2)}"]


def _note_a_near_miss(state: State, draw: random.Random) -> None:
    entry, other = draw.sample(state["entries"], 2)
    entry["negatives"] = [*entry.get("negatives", []), f"不是{other['questions'][0]}"]


def _add_an_entry(state: State, draw: random.Random) -> None:
    entry = draw.choice(state["entries"])
    number = draw.randrange(10**9)
    more = {**entry, "slug": f"more_{number}", "title": f"{entry['title']}之{number}"}
    more["questions"] = [f"又一个{question}" for question in entry["questions"]]
    state["entries"].insert(draw.randrange(len(state["entries"])), more)


def _remove_or_move_an_entry(state: State, draw: random.Random) -> None:
    entry = state["entries"].pop(draw.randrange(len(state["entries"])))
    if draw.random() < 0.5 or len(state["entries"]) <= MOST_DENSE_CLASSES - 5:
        state["entries"].append(entry)


def _add_what_is_out_of_scope(state: State, draw: random.Random) -> None:
    state["out_of_scope"]["questions"].append(f"怎么种西红柿{draw.randrange(10**9)}")


EDITS: list[Callable[[State, random.Random], None]] = [
    _add_questions,
    _remove_a_question,
    _share_a_question,
    _note_a_near_miss,
    _add_an_entry,
    _remove_or_move_an_entry,
    _add_what_is_out_of_scope,
]


def _decided(match: Match) -> tuple[object, ...]:
    """What people see of a match, with its numbers as exact as the order of sums leaves them."""
    return (
        match.kind,
        match.entry,
        match.topic,
        match.options,
        pytest.approx(match.confidence, abs=1e-5),
        [candidate.entry for candidate in match.candidates if candidate.probability > 1e-3],
    )


@pytest.mark.parametrize("seed", range(2))
def test_after_any_edits_the_same_is_decided(content: Content, seed: int) -> None:
    draw = random.Random(seed)
    state = json.loads(content.as_json())
    matcher = compile_matcher(content, with_encoder=False)
    with patch.object(compiling, "learn_all", wraps=compiling.learn_all) as learn_all:
        for edit in draw.sample(EDITS, k=len(EDITS)):
            edit(state, draw)
            edited = Content.model_validate(state)
            matcher = compile_matcher(edited, with_encoder=False, after=matcher)
            if draw.random() < 0.3:
                matcher = Matcher.from_bytes(matcher.to_bytes(), edited)
        # Only where the rarity of a common n-gram changed.
        assert learn_all.call_count <= 1
    anew = compile_matcher(edited, with_encoder=False)
    for question in ASKED:
        assert _decided(matcher.match(question)) == _decided(anew.match(question)), question


def test_other_synonyms_are_learnt_with_everything(content: Content) -> None:
    before = compile_matcher(content, with_encoder=False)
    state = json.loads(content.as_json())
    state["synonyms"] = [*state.get("synonyms", []), {"word": "护照", "spellings": ["派司"]}]
    edited = Content.model_validate(state)
    after = compile_matcher(edited, with_encoder=False, after=before)
    anew = compile_matcher(edited, with_encoder=False)
    assert after.match_all(ASKED) == anew.match_all(ASKED)


def test_other_content_is_learnt_with_everything(content: Content, small: Content) -> None:
    other = compile_matcher(small, with_encoder=False)
    after = compile_matcher(content, with_encoder=False, after=other)
    assert after.match_all(ASKED) == compile_matcher(content, with_encoder=False).match_all(ASKED)
