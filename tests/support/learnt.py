"""The shipped content, learnt once for all test processes.

To learn it takes seconds, and the product keeps two contents at a time: each process would learn it
anew, and so would each test behind others that published content of their own.
"""

from functools import cache
from pathlib import Path
from typing import Any

from faq import encoder, seed
from faq.entries import Content
from faq.matching import Matcher, compile_matcher
from tests.support import shared

_FILE = "matcher"


def matcher_of(content: Content, **options: Any) -> Matcher:
    """As ``compile_matcher``, which learns everything but the shipped content."""
    if encoder.shared() is not None or content != _shipped():
        return compile_matcher(content, **options)
    learnt = shared.once("learnt", _learn) / _FILE
    return Matcher.from_bytes(learnt.read_bytes(), content)


@cache
def _shipped() -> Content:
    return seed.load()


def _learn(folder: Path) -> None:
    (folder / _FILE).write_bytes(compile_matcher(_shipped()).to_bytes())
