"""The training time of a large content: ``python -m benchmarks.learning``."""

import time

from benchmarks import made_up
from benchmarks.figures import against_ceiling
from faq.matching import encoder
from faq.matching.matcher import compile_matcher
from miniprogram_api.operations import profiles

ENTRIES, EXAMPLES = 1_000, 30
MOST_SECONDS = 15


def report() -> None:
    """Train on 1,000 entries with 30,000 examples, and print the seconds."""
    encoder.configure(is_on=profiles.load_settings().faq_encoder == "on")
    content = made_up.content(ENTRIES, EXAMPLES)
    began = time.perf_counter()
    compile_matcher(content)
    elapsed = time.perf_counter() - began
    print()
    title = f"Learning {ENTRIES * EXAMPLES:,} examples of {ENTRIES:,} entries"
    print(against_ceiling(title, elapsed, MOST_SECONDS, "s"))


if __name__ == "__main__":
    report()
