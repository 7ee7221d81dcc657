"""The content that the product is shipped with, as files that people can read.

`cases/`, `guides/` and `services/` hold one entry a file; `questions.csv` holds questions as users
typed them (`question,case,entry`; case 0: none of the cases), each an example of the entry or
courtesy in its third column or, without one, of what is out of scope. `pictures/` holds the
pictures of entries, named by their content, and their drawings. `learnt.npz` is what the matcher
learns from all of it (`manage.py faq learn-shipped`). May import content.
"""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from faq.content.entries import Content

FOLDER = Path(__file__).parent
QUESTIONS = FOLDER / "questions.csv"
LEARNT = FOLDER / "learnt.npz"


def load(labelled: Path | None = QUESTIONS) -> Content:
    """The shipped content; raises `pydantic.ValidationError` when a file is not in order.

    `labelled`: the CSV whose questions join the files' own examples; None leaves them out.
    """
    entries = [
        _yaml(path)
        for folder in ("cases", "guides", "services")
        for path in sorted(FOLDER.joinpath(folder).glob("*.yaml"))
    ]
    smalltalk = _yaml(FOLDER / "smalltalk.yaml")
    out_of_scope = _yaml(FOLDER / "out_of_scope.yaml")
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
            "replies": _yaml(FOLDER / "replies.yaml"),
            "out_of_scope": out_of_scope,
            "synonyms": _yaml(FOLDER / "synonyms.yaml"),
        }
    )


def learnt() -> bytes | None:
    """Return what was learnt from the shipped content, as `faq.matching.model` writes it."""
    return LEARNT.read_bytes() if LEARNT.exists() else None


def pictures() -> dict[str, bytes]:
    """Name → bytes of every picture that the shipped content shows."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("pictures/*.png"))}


def _yaml(path: Path) -> Any:
    # The C parser is ten times as fast; a platform without it gets the same result later.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text("utf-8"), Loader=loader)  # noqa: S506


def _labelled(path: Path) -> dict[str, list[str]]:
    questions: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            questions[row["entry"]].append(row["question"])
    return questions
