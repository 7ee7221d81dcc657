"""Measure the bot on the questions of FILE, a CSV in UTF-8 or GB 18030.

Its columns are question and case: a case's number, 4|14 for several right ones, 0 for out of scope;
an optional column set names the set of a row. Without --release and --seed, measures the release in
force, or the shipped content where there is none or no database. With --acts instead of FILE,
measures the intents of that content by five-fold cross-validation, in about a minute. Changes
nothing.

--reader asks the reader of FAQ_READER_URL, too, as the bot does: the questions of FILE are sent
there, with the same masks. It prints how many it was asked.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from config import Settings
from faq.content import seed
from faq.content.entries import Content
from faq.conversation.turns import reader
from faq.evaluation import intents, question_files
from faq.evaluation import measuring as evaluation
from faq.matching import encoder
from faq.matching.matcher import Matcher, compile_matcher
from faq.matching.ranking import Ranked
from faq.release import publishing
from miniprogram_api import clients, masking
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("file", nargs="?", type=Path, metavar="FILE.csv")
    asked.add_argument("--acts", action="store_true", help="measure the intents, no file")
    parser.add_argument(
        "--set", metavar="NAME", help="measure the rows with this name in column set"
    )
    parser.add_argument("--reader", action="store_true", help="ask the reader, too")
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="OUT.csv",
        help="write question,case,top3,kind,confidence (case 0: no case was answered)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", action="store_true", help="measure the shipped content")
    which.add_argument("--release", type=int, metavar="N", help="measure this release")


class _Reading:
    """Ask the reader about unsure questions, as `faq.conversation.turns.reader` does."""

    def __init__(self, settings: Settings) -> None:
        self._reader = clients.build(settings).reader
        self.asked = 0

    def __call__(self, question: str, ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
        if not reader.is_unsure(question, ranked):
            return ranked
        self.asked += 1
        return reader.chosen_first(self._reader, masking.free_text(question), (), ranked)


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the figures; return 1 when the file, the release or the reader cannot be used."""
    if arguments.reader and (arguments.acts or not settings.faq_reader_url):
        why = "is for a FILE" if arguments.acts else "needs FAQ_READER_URL"
        print(f"--reader {why}.", file=sys.stderr)
        return 1
    if arguments.acts:
        return _print_acts(arguments)
    try:
        questions = question_files.parse(arguments.file.read_bytes(), arguments.set)
        measured = _measured(arguments)
        if measured is None:
            return 1
        name, content, learnt = measured
        matcher = learnt()
        unknown = evaluation.unknown_cases(content, questions)
        if unknown:
            numbers = "、".join(map(str, unknown))
            raise question_files.QuestionFileError([f"没有编号为{numbers}的情形"])
    except question_files.QuestionFileError as error:
        print(f"{arguments.file}：{error}", file=sys.stderr)
        return 1
    reading = _Reading(settings) if arguments.reader else None
    judgements = evaluation.judge(matcher, questions, reading)
    if arguments.predictions:
        with arguments.predictions.open("w", encoding="utf-8", newline="") as file:
            evaluation.write_predictions(judgements, file)
    print(f"{name} on {arguments.file.name} (encoder: {encoder.state()})")
    if reading is not None:
        print(f"asked the reader {reading.asked} of {len(judgements)} questions")
    print(evaluation.report(evaluation.measure(judgements)))
    return 0


def _print_acts(arguments: argparse.Namespace) -> int:
    measured = _measured(arguments)
    if measured is None:
        return 1
    name, content, _ = measured
    print(f"{name}, intents (encoder: {encoder.state()})")
    print(intents.report(intents.cross_validate(content)))
    return 0


def _measured(
    arguments: argparse.Namespace,
) -> tuple[str, Content, Callable[[], Matcher]] | None:
    """Return name, content and matcher to measure; None after telling that there is no release."""
    try:
        if arguments.release is not None:
            found = publishing.release(arguments.release)
            return f"Release {found.number}", found.content, lambda: found.matcher
        if not arguments.seed and not maintenance.pending_migrations():
            current = publishing.current()
            name = f"Release {current.number}, in force,"
            return name, current.content, lambda: current.matcher
    except maintenance.DatabaseUnavailable:
        if arguments.release is not None:
            raise
    except Refused:
        if arguments.release is not None:
            print(f"There is no release {arguments.release}.", file=sys.stderr)
            return None
    content = seed.load()
    return (
        "The shipped content",
        content,
        lambda: publishing.shipped_matcher(content) or compile_matcher(content),
    )
