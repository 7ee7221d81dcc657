"""Load the shipped content from readable files.

`cases/`, `guides/` and `services/` hold one entry per file. `questions.csv` (`question,case,entry`;
case 0: no case) holds users' questions, each an example of the entry or courtesy in its third
column, or of "out of scope" when that is empty. `check_conversations.yaml` holds conversations that
a new content is checked with and that are no examples. `pictures/` holds the entries' pictures (see
`images`) with their drawings. `learnt.npz` is what the matcher learnt from it (`manage.py faq
learn-shipped`).
"""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from faq.content import shipped
from faq.content.entries import Content

FOLDER = shipped.FOLDER
QUESTIONS = FOLDER / "questions.csv"
LEARNT = FOLDER / "learnt.npz"


def load(labelled: Path | None = QUESTIONS) -> Content:
    """Load the shipped content; raises `pydantic.ValidationError` for an invalid file.

    `labelled`: the CSV whose questions are added to the examples; None for none.
    """
    entries = [
        shipped.read(path)
        for folder in ("cases", "guides", "services")
        for path in sorted(FOLDER.joinpath(folder).glob("*.yaml"))
    ]
    smalltalk = shipped.read(FOLDER / "smalltalk.yaml")
    out_of_scope = shipped.read(FOLDER / "out_of_scope.yaml")
    if labelled is not None:
        questions = _labelled(labelled)
        for entry in entries:
            entry["questions"] += questions.pop(entry["slug"], [])
        for topic in smalltalk:
            topic["questions"] += questions.pop(topic["topic"], [])
        out_of_scope["questions"] += questions.pop("", [])
        if questions:
            raise ValueError(f"{labelled.name} names entries that do not exist: {list(questions)}")
    return Content.model_validate(
        {
            "entries": entries,
            "smalltalk": smalltalk,
            "replies": shipped.read(FOLDER / "replies.yaml"),
            "out_of_scope": out_of_scope,
            "synonyms": shipped.read(FOLDER / "synonyms.yaml"),
        }
    )


def check_conversations() -> list[list[dict[str, Any]]]:
    """Return the turns of each conversation: what people `say`, and the answers to `expect`."""
    dialogues: list[list[dict[str, Any]]] = shipped.read(FOLDER / "check_conversations.yaml")
    return dialogues


def name_examples() -> list[dict[str, str]]:
    """Return the lawful and unlawful names that new lists of names are checked with."""
    with (FOLDER / "name_examples.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def learnt() -> bytes | None:
    """Return what was learnt from the shipped content, as `faq.matching.learnt.model` writes it."""
    return LEARNT.read_bytes() if LEARNT.exists() else None


def pictures() -> dict[str, bytes]:
    """Return name → bytes of every shipped picture."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("pictures/*.png"))}


def _labelled(path: Path) -> dict[str, list[str]]:
    questions: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            questions[row["entry"]].append(row["question"])
    return questions
