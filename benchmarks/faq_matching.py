"""What matching costs: CPU of a question, and of learning, from 16 to 1,000 entries.

``python -m benchmarks.faq_matching [--rounds N]``; ``python -m benchmarks`` has it, too. Each size
is measured in a process of its own, so that none pays for the memory of another.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import made_up
from faq import encoder, question_files, seed
from faq.entries import Content
from faq.matching import Matcher, compile_matcher
from tests.support.sandbox import REPOSITORY

SIZES = (16, 1_000)
MOST_MICROSECONDS = {16: 50, 1_000: 150}
MOST_EDIT_SECONDS = 15.0
EDITED = 1_000
ASKED = 500


def content_of(entries: int) -> Content:
    """The sixteen cases without the shipped questions, or made-up entries of 15 examples."""
    if entries != 16:
        return made_up.content(entries)
    shipped = seed.load(labelled=None)
    cases = tuple(entry for entry in shipped.entries if entry.kind == "case")
    kept = {entry.slug for entry in cases}
    return shipped.model_copy(
        update={
            "entries": tuple(
                entry.model_copy(update={"related": tuple(kept & {*entry.related})})
                for entry in cases
            )
        }
    )


def questions_of(entries: int) -> list[str]:
    """What is asked of content of this size, in words that it has not learnt."""
    if entries != 16:
        return made_up.questions(entries, ASKED)
    return [question.text for question in question_files.parse(seed.QUESTIONS.read_bytes())]


def measure(rounds: int, say: Callable[[str], None]) -> dict[int, dict[str, Any]]:
    """Of each size what ``main`` prints for it."""
    found = {}
    for entries in SIZES:
        say(f"matching among {entries} entries")
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks.faq_matching", "--of", str(entries),
             "--rounds", str(rounds)],
            cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        found[entries] = json.loads(ended.stdout)
    return found


def _one_size(entries: int, rounds: int) -> dict[str, Any]:
    content, asked = content_of(entries), questions_of(entries)
    began = time.process_time()
    matcher = compile_matcher(content, with_encoder=False)
    figures: dict[str, Any] = {"learning": time.process_time() - began}
    figures["microseconds"] = min(_cost(matcher, asked) for _ in range(rounds + 1))
    figures["bytes"] = len(matcher.to_bytes())
    if entries == EDITED:
        figures["edit"] = _edit(content, rounds)
    return figures


def _cost(matcher: Matcher, asked: list[str]) -> float:
    """µs of CPU for one question, the mean of all."""
    gc.collect()
    began = time.thread_time_ns()
    for question in asked:
        matcher.match_anew(question)
    return (time.thread_time_ns() - began) / len(asked) / 1000


def _edit(content: Content, rounds: int) -> float:
    """Seconds from an editor's change to the compiled matcher, with the encoder."""
    encoder.configure(is_on=True)
    compile_matcher(content)
    seconds = []
    for number in range(min(rounds, 3)):
        began = time.perf_counter()
        compile_matcher(made_up.changed(content, number)).to_bytes()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def report(rounds: int, say: Callable[[str], None]) -> None:
    """Measure and print."""
    figures = measure(rounds, say)
    say("")
    print("\nMatching by n-grams and syllables, CPU")
    for entries, found in figures.items():
        limit = MOST_MICROSECONDS[entries]
        print(
            f"  {entries:6} entries: {found['microseconds']:4.0f} µs a question (at most {limit}: "
            f"{_verdict(found['microseconds'] <= limit)}), learnt in {found['learning']:.1f} s, "
            f"{found['bytes'] / 1e6:.0f} MB"
        )
    edit = figures[EDITED]["edit"]
    print(f"  from an edit among {EDITED} to the matcher, with the encoder: {edit:.1f} s", end="")
    print(f" (at most {MOST_EDIT_SECONDS}: {_verdict(edit <= MOST_EDIT_SECONDS)})")


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def main() -> int:
    """Read the command line and measure matching alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faq_matching", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--of", type=int, help="print the figures of this size as JSON")
    arguments = parser.parse_args()
    if arguments.of is not None:
        print(json.dumps(_one_size(arguments.of, arguments.rounds)))
    else:
        report(arguments.rounds, lambda _progress: None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
