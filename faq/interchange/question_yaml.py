"""Question sets as YAML: a list of `question`, `answers` (slugs and topics, 0 for none), `note`."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from faq.editing.question_sets import Labelled, problem
from faq.interchange import yaml_form
from faq.interchange.parsed import ParsedQuestions, Problem
from faq.interchange.question_table import LABELS
from miniprogram_api.texts import text as say

_NAMES = ("question", "answers", "note")


def dump(questions: Iterable[Labelled]) -> bytes:
    """Return a document that `parse` can read."""
    rows = [
        {
            "question": labelled.question,
            "answers": list(labelled.expected),
            **({"note": labelled.note} if labelled.note else {}),
        }
        for labelled in questions
    ]
    text: str = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1_000)
    return text.encode()


def parse(text: str, answers: Mapping[str, str]) -> ParsedQuestions:
    """Read the questions of a document; `known`: see `question_sets.known_answers`."""
    parsed = ParsedQuestions()
    yaml_form.read(
        text, parsed.problems, lambda loader, root: _read_questions(loader, root, answers, parsed)
    )
    return parsed


def _read_questions(
    loader: Any, root: yaml.Node | None, answers: Mapping[str, str], parsed: ParsedQuestions
) -> None:
    if not isinstance(root, yaml.SequenceNode):
        parsed.problems.append(Problem(1, "", say("content.files.no_questions")))
        return
    seen: dict[str, int] = {}
    for node in root.value:
        line = node.start_mark.line + 1
        labelled = _labelled(loader.construct_document(node))
        if labelled is None:
            message = say("content.files.wrong_question", names="、".join(_NAMES))
            parsed.problems.append(Problem(line, "", message))
            continue
        fault = problem(labelled, answers)
        if fault is not None:
            named = labelled.question[:30], fault.message, LABELS[fault.field]
            parsed.problems.append(Problem(line, *named))
        elif labelled.question in seen:
            message = say("content.files.question_twice", line=seen[labelled.question])
            parsed.problems.append(
                Problem(line, labelled.question[:30], message, LABELS["question"])
            )
        else:
            seen[labelled.question] = line
            parsed.rows.append((line, labelled))


def _labelled(value: Any) -> Labelled | None:
    if not isinstance(value, dict) or set(value) - set(_NAMES):
        return None
    question, note = value.get("question", ""), value.get("note", "")
    answers = value.get("answers", [])
    texts = [question, note, *answers] if isinstance(answers, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        return None
    return Labelled(" ".join(question.split()), tuple(dict.fromkeys(answers)), note.strip())
