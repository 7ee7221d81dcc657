"""Serialise what a matcher learnt: arrays and JSON, nothing executable."""

import io
import json
from dataclasses import asdict, dataclass, fields
from sys import intern
from typing import Any

import numpy as np

from faq.matching.learnt.ambiguity import Wordings
from faq.matching.learnt.calibration import Calibration
from faq.matching.learnt.features import Gram, Lexicon
from faq.matching.learnt.intents import IntentCalibration
from faq.matching.learnt.kept_vectors import KeptVectors
from faq.matching.learnt.scoring import Exemplars, Tables

Array = np.ndarray[Any, np.dtype[Any]]

FORM = "matcher-10"
"""Version of the file format and of the learning; other versions must be compiled again."""


class UnknownForm(ValueError):
    """Signal bytes that another version wrote or that are damaged."""


@dataclass(frozen=True)
class Compiled:
    """Hold all that was learnt from the examples of one content.

    `prior`: per class, the score of a text without features; the first `subjects` classes are no
    intents. `alone` calibrates the n-grams, `together` the n-grams with the encoder,
    `intents_alone` and `intents_together` the intents. `exemplars`, `together`, `intents_together`
    and `kept` are None without an encoder. The file's keys are `matters` and `acts_…`.
    """

    lexicon: Lexicon
    tables: Tables
    prior: Array
    subjects: int
    alone: Calibration
    intents_alone: IntentCalibration
    exemplars: Exemplars | None
    together: Calibration | None
    intents_together: IntentCalibration | None
    wordings: Wordings
    kept: KeptVectors | None = None

    def to_bytes(self, learnt_from: str) -> bytes:
        """Serialise; `learnt_from`: the digest of what was read (`training.digest_of`)."""
        lexicon, wordings = self.lexicon, self.wordings
        facts: dict[str, Any] = {
            "form": FORM,
            "learnt_from": learnt_from,
            "syllables": [*map(_written, lexicon.syllables)],
            "characters": [*map(_written, lexicon.characters)],
            "matters": self.subjects,
            "alone": asdict(self.alone),
            "acts_alone": asdict(self.intents_alone),
            "together": None if self.together is None else asdict(self.together),
            "acts_together": None
            if self.intents_together is None
            else asdict(self.intents_together),
            "wordings": {
                "holders": {token: sorted(held) for token, held in wordings.holders.items()},
                "silent": sorted(wordings.silent),
                "sizes": wordings.sizes,
            },
        }
        arrays = {f"tables_{f.name}": getattr(self.tables, f.name) for f in fields(Tables)}
        if self.exemplars is not None:
            for field in fields(Exemplars):
                arrays[f"exemplars_{field.name}"] = getattr(self.exemplars, field.name)
        if self.kept is not None:
            for field in fields(KeptVectors):
                arrays[f"kept_{field.name}"] = getattr(self.kept, field.name)
        for name, rows in (("syllables", lexicon.syllables), ("characters", lexicon.characters)):
            arrays[f"rows_{name}"] = np.fromiter(rows.values(), "i4", len(rows))
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        file = io.BytesIO()
        np.savez_compressed(
            file,
            allow_pickle=False,
            facts=np.frombuffer(text.encode(), np.uint8),
            prior=self.prior,
            squares=np.array(lexicon.squares),
            **arrays,
        )
        return file.getvalue()


def from_bytes(data: bytes, learnt_from: str) -> Compiled:
    """Read what `Compiled.to_bytes` wrote for this digest; about 100 ms for 40 entries.

    Raises UnknownForm when it was written by another version or for other examples.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            facts = json.loads(file["facts"].tobytes())
            if (facts["form"], facts["learnt_from"]) != (FORM, learnt_from):
                raise UnknownForm(f"This is {facts['form']} of {facts['learnt_from']}")
            arrays = {name: file[name] for name in file.files}
        together = facts["together"]
        return Compiled(
            Lexicon(
                _rows(facts["characters"], arrays["rows_characters"]),
                _rows(facts["syllables"], arrays["rows_syllables"]),
                arrays["squares"].tolist(),
            ),
            Tables(**{f.name: arrays[f"tables_{f.name}"] for f in fields(Tables)}),
            arrays["prior"],
            facts["matters"],
            _calibration(facts["alone"]),
            _intent_calibration(facts["acts_alone"]),
            None
            if together is None
            else Exemplars(**{f.name: arrays[f"exemplars_{f.name}"] for f in fields(Exemplars)}),
            None if together is None else _calibration(together),
            None if together is None else _intent_calibration(facts["acts_together"]),
            Wordings(**facts["wordings"]),
            None
            if together is None
            else KeptVectors(**{f.name: arrays[f"kept_{f.name}"] for f in fields(KeptVectors)}),
        )
    except UnknownForm:
        raise
    except Exception as error:
        raise UnknownForm(f"These bytes are damaged: {type(error).__name__}") from error


def _written(gram: Gram) -> str:
    return gram if isinstance(gram, str) else " ".join(gram)


def _read(text: str) -> Gram:
    first, space, second = text.partition(" ")
    return (intern(first), intern(second)) if space else intern(first)


def _rows(texts: list[str], rows: Array) -> dict[Gram, int]:
    return dict(zip(map(_read, texts), rows.tolist(), strict=True))


def _calibration(state: dict[str, Any]) -> Calibration:
    return Calibration(tuple(state["weights"]), state["bias"])


def _intent_calibration(state: dict[str, Any]) -> IntentCalibration:
    return IntentCalibration(_calibration(state["flags"]), _calibration(state["others"]))
