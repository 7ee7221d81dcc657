"""Import FILE, a .yaml, .csv or .xlsx of "faq export", into the draft; CSV in UTF-8 or GB 18030.

Prints the changes and every bad row first. "faq publish" publishes the draft. Entries that are
missing from the file stay, unless --replace is given. --shipped imports what this version ships
instead, except for the parts that were edited here.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, Unpack

import click

from config import Settings
from faq.editing import drafts, question_sets
from faq.editing.example_overlaps import Overlap, overlaps
from faq.interchange import exports, imports, question_table
from faq.interchange.imports import Preview, Step
from faq.interchange.parsed import Parsed, Problem
from faq.release.contradictions import contradictions
from handlers.commands.actor import command_actor
from handlers.commands.environment import with_database
from miniprogram_api.tabular import FOR_COMMANDS

_MOST_SHOWN = 200


class Manner(TypedDict):
    """The options of every import."""

    dry_run: bool
    replace: bool
    skip_bad: bool


@click.command(help=__doc__)
@click.argument("file", type=Path, required=False)
@click.option(
    "--shipped",
    is_flag=True,
    help="instead of FILE, import what this version ships, without what was edited here",
)
@click.option("--dry-run", is_flag=True, help="print the changes, write nothing")
@click.option(
    "--replace",
    is_flag=True,
    help="retire entries (or remove questions) that are missing from the file",
)
@click.option("--skip-bad", is_flag=True, help="skip bad rows")
@click.option(
    "--questions",
    metavar="NAME",
    help="import a file with the columns question,case,entry,note into this question set; "
    "create it when it is missing",
)
@with_database
def command(
    settings: Settings,
    file: Path | None,
    *,
    shipped: bool,
    questions: str | None,
    **manner: Unpack[Manner],
) -> int:
    """Print the changes and apply them; return 1 when bad rows prevent that."""
    actor = command_actor()
    if (file is None) != shipped:
        raise click.UsageError("Name one file, or --shipped.")
    if file is None:
        # Its editor stays the product, so that the next version can replace it, too.
        manner["replace"] = False
        return _import(imports.shipped(), settings, drafts.SHIPPED, "line", **manner)
    place = "row" if file.suffix.lower() in (".csv", ".xlsx") else "line"
    data = file.read_bytes()
    if questions is not None:
        return _questions(data, questions, actor, place, **manner)
    parsed = imports.parse(data, file.name, FOR_COMMANDS)
    return _import(parsed, settings, actor, place, **manner)


def _import(
    parsed: Parsed, settings: Settings, actor: str, place: str, **manner: Unpack[Manner]
) -> int:
    planned = imports.preview(parsed, replace=manner["replace"])
    _show(planned)
    for contradiction in contradictions(planned.written, settings):
        print(f"{contradiction.part}：{contradiction.message}")
    show_overlaps(overlaps(planned.written))
    if _has_blocking_problems(planned.problems, place, skip_bad=manner["skip_bad"]):
        return 1
    if manner["dry_run"]:
        print("Nothing was written.")
    elif planned.steps or planned.order is not None:
        imports.carry_out(planned, editor=actor, skip_bad=manner["skip_bad"])
        print("The draft has it now; publish it with: manage.py faq publish")
    else:
        print("The draft has all of it already.")
    return 0


def _questions(data: bytes, name: str, actor: str, place: str, **manner: Unpack[Manner]) -> int:
    known = question_sets.known_answers()
    parsed = question_table.parse(data, exports.case_numbers(), known, FOR_COMMANDS)
    print(f"{len(parsed.rows)} questions.")
    if _has_blocking_problems(parsed.problems, place, skip_bad=manner["skip_bad"]):
        return 1
    if manner["dry_run"]:
        print("Nothing was written.")
        return 0
    question_set = question_sets.find(name)
    question_set = question_set or question_sets.create(name, editor=actor)
    imports.put_questions(
        question_set.id,
        parsed,
        editor=actor,
        replace=manner["replace"],
        skip_bad=manner["skip_bad"],
    )
    print(f"{question_set.name} has {question_sets.get(question_set.id).questions} questions now.")
    return 0


def show_overlaps(overlapping: Sequence[Overlap]) -> None:
    """Print the new examples that resemble those of other entries."""
    for one in overlapping:
        print(f"{one.slug}: {one.example} ≈ {one.other_slug}: {one.other_example} ({one.alike} %)")


def _show(planned: Preview) -> None:
    for step in planned.steps[:_MOST_SHOWN]:
        print(f"{step.act:>9}  {step.name}{_fields(step)}")
    if len(planned.steps) > _MOST_SHOWN:
        print(f"           and {len(planned.steps) - _MOST_SHOWN} more")
    if planned.order is not None:
        print("  ordered  the entries as in the file")
    print(f"{len(planned.steps)} changes, {planned.unchanged} unchanged.")


def _fields(step: Step) -> str:
    if step.act in ("new", "retired") or not step.differences:
        return ""
    fields = []
    for difference in step.differences:
        added = sum(item.op == "added" for item in difference.items)
        removed = sum(item.op == "removed" for item in difference.items)
        counts = [f"+{added}"] * bool(added) + [f"-{removed}"] * bool(removed)
        fields.append(" ".join([difference.label, *counts]))
    return f": {'、'.join(fields)}"


def _has_blocking_problems(problems: Sequence[Problem], place: str, *, skip_bad: bool) -> bool:
    """Print the bad rows; return whether they prevent the import."""
    for problem in problems[:_MOST_SHOWN]:
        name = f" {problem.name}:" if problem.name else ""
        print(f"{place} {problem.line}:{name} {problem.message}", file=sys.stderr)
    if len(problems) > _MOST_SHOWN:
        print(f"and {len(problems) - _MOST_SHOWN} more bad rows", file=sys.stderr)
    if problems and not skip_bad:
        print("Nothing was written: mend these rows, or leave them out with --skip-bad.",
              file=sys.stderr)  # fmt: skip
        return True
    return False
