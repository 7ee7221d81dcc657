"""The training time of a large content and of the shipped one, for ``python -m benchmarks``."""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import made_up
from benchmarks.figures import against_ceiling
from faq.content import seed
from faq.content.entries import Content
from faq.matching import encoder
from faq.matching.matcher import compile_matcher
from miniprogram_api.operations import profiles

ENTRIES, EXAMPLES = 1_000, 30
MOST_SECONDS = 15
AGAIN = "again"
"""The argument of a process that learns the shipped content with an edited example."""


def report() -> None:
    """Train on 1,000 entries with 30,000 examples, then on the shipped content; print seconds.

    The shipped content is learnt in three processes: without the file of vectors, with it, and
    with it after an edit.
    """
    encoder.configure(is_on=profiles.load_settings().faq_encoder == "on")
    content = made_up.content(ENTRIES, EXAMPLES)
    began = time.perf_counter()
    compile_matcher(content)
    elapsed = time.perf_counter() - began
    print()
    title = f"Learning {ENTRIES * EXAMPLES:,} examples of {ENTRIES:,} entries"
    print(against_ceiling(title, elapsed, MOST_SECONDS, "s"))
    report_shipped()


def report_shipped() -> None:
    """Learn the shipped content in processes of their own; print their CPU seconds."""
    with TemporaryDirectory() as folder:
        for title, edit in (
            ("Learning the shipped content, CPU, nothing encoded before", ""),
            ("… encoded before, by another process", ""),
            ("… with an edited example", AGAIN),
        ):
            child = [sys.executable, "-m", "benchmarks.learning", folder, *edit.split()]
            done = subprocess.run(child, check=True, capture_output=True, text=True)
            print(against_ceiling(title, float(done.stdout.split()[-1]), MOST_SECONDS, "s"))


def _learn_shipped(folder: Path, *, is_edited: bool) -> float:
    """Return the CPU seconds of learning the shipped content, without loading the encoder."""
    encoder.configure(is_on=True, folder=folder)
    encoder.shared()
    content = seed.load()
    if is_edited:
        content = _edited(content)
    began = time.process_time()
    compile_matcher(content)
    return time.process_time() - began


def _edited(content: Content) -> Content:
    first, *others = content.entries
    questions = (*first.questions[1:], "我的手机一直等不来那几个数字")
    entries = (first.model_copy(update={"questions": questions}), *others)
    return content.model_copy(update={"entries": entries})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(_learn_shipped(Path(sys.argv[1]), is_edited=AGAIN in sys.argv[2:]))
    else:
        report()
