"""Measure the bot on the questions of FILE, a CSV in UTF-8 or GB 18030.

Its columns are question and case: a case's number, 4|14 for several right ones, 0 for out of scope;
an optional column set names the set of a row. Without --release and --seed, measures the release in
force, or the shipped content where there is none or no database. With --acts instead of FILE,
measures the intents of that content by five-fold cross-validation, in about a minute. Changes
nothing.

--reader asks the reader of FAQ_READER_URL, too, as the bot does: the questions of FILE are sent
there, with the same masks. It prints how many it was asked.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, Unpack

import click

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
from handlers.commands.arguments import require_at_most_one
from handlers.commands.environment import with_database
from miniprogram_api import clients, masking
from miniprogram_api.operations import maintenance
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import text


class Measured(TypedDict):
    """What is measured."""

    is_seed: bool
    release: int | None


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


@click.command(help=__doc__)
@click.argument("file", type=Path, required=False, metavar="[FILE.csv]")
@click.option("--acts", "is_acts", is_flag=True, help="measure the intents, no file")
@click.option(
    "--set", "set_name", metavar="NAME", help="measure the rows with this name in column set"
)
@click.option("--reader", "asks_reader", is_flag=True, help="ask the reader, too")
@click.option(
    "--predictions",
    type=Path,
    metavar="OUT.csv",
    help="write question,case,top3,kind,confidence (case 0: no case was answered)",
)
@click.option("--seed", "is_seed", is_flag=True, help="measure the shipped content")
@click.option("--release", type=int, metavar="N", help="measure this release")
@with_database
def command(
    settings: Settings,
    file: Path | None,
    *,
    is_acts: bool,
    set_name: str | None,
    asks_reader: bool,
    predictions: Path | None,
    **measured: Unpack[Measured],
) -> int:
    """Print the figures; return 1 when the file, the release or the reader cannot be used."""
    if (file is None) != is_acts:
        raise click.UsageError("Name one file, or --acts.")
    require_at_most_one(seed=measured["is_seed"], release=measured["release"])
    if asks_reader and (is_acts or not settings.faq_reader_url):
        why = "is for a FILE" if is_acts else "needs FAQ_READER_URL"
        print(f"--reader {why}.", file=sys.stderr)
        return 1
    if file is None:
        return _print_intents(**measured)
    try:
        questions = question_files.parse(file.read_bytes(), set_name)
        figures = _found(**measured)
        if figures is None:
            return 1
        name, content, learnt = figures
        matcher = learnt()
        unknown = evaluation.unknown_cases(content, questions)
        if unknown:
            numbers = "、".join(map(str, unknown))
            fault = text("content.question_files.unknown_cases", numbers=numbers)
            raise question_files.QuestionFileError([fault])
    except question_files.QuestionFileError as error:
        print(f"{file}：{error}", file=sys.stderr)
        return 1
    reading = _Reading(settings) if asks_reader else None
    judgements = evaluation.judge(matcher, questions, reading)
    if predictions:
        with predictions.open("w", encoding="utf-8", newline="") as target:
            evaluation.write_predictions(judgements, target)
    print(f"{name} on {file.name} (encoder: {encoder.state()})")
    if reading is not None:
        print(f"asked the reader {reading.asked} of {len(judgements)} questions")
    print(evaluation.report(evaluation.measure(judgements)))
    return 0


def _print_intents(**measured: Unpack[Measured]) -> int:
    figures = _found(**measured)
    if figures is None:
        return 1
    name, content, _ = figures
    print(f"{name}, intents (encoder: {encoder.state()})")
    print(intents.report(intents.cross_validate(content)))
    return 0


def _found(
    *, is_seed: bool, release: int | None
) -> tuple[str, Content, Callable[[], Matcher]] | None:
    """Return name, content and matcher to measure; None after telling that there is no release."""
    try:
        if release is not None:
            measured_release = publishing.release(release)
            return (
                f"Release {measured_release.number}",
                measured_release.content,
                lambda: measured_release.matcher,
            )
        if not is_seed and not maintenance.pending_migrations():
            current = publishing.current()
            name = f"Release {current.number}, in force,"
            return name, current.content, lambda: current.matcher
    except maintenance.DatabaseUnavailable:
        if release is not None:
            raise
    except Refused:
        if release is not None:
            print(f"There is no release {release}.", file=sys.stderr)
            return None
    content = seed.load()
    return (
        "The shipped content",
        content,
        lambda: publishing.shipped_matcher(content) or compile_matcher(content),
    )
