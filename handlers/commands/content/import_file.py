"""Import FILE, a .yaml, .csv or .xlsx of "faq export", into the draft; CSV in UTF-8 or GB 18030.

Prints the changes and every bad row first. "faq publish" publishes the draft. Entries that are
missing from the file stay, unless --replace is given. --shipped imports what this version ships
instead, except for the parts that were edited here.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from config import Settings
from faq.editing import drafts, question_sets
from faq.editing.overlap import Overlap, overlaps
from faq.interchange import exports, imports, question_table
from faq.interchange.imports import Preview, Step
from faq.interchange.parsed import Parsed, Problem
from faq.release.contradictions import contradictions
from handlers.commands.actor import command_actor
from miniprogram_api.tabular import FOR_COMMANDS

_MOST_SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", nargs="?")
    parser.add_argument(
        "--shipped",
        action="store_true",
        help="instead of FILE, import what this version ships, without what was edited here",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the changes, write nothing")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="retire entries (or remove questions) that are missing from the file",
    )
    parser.add_argument("--skip-bad", action="store_true", help="skip bad rows")
    parser.add_argument(
        "--questions",
        metavar="NAME",
        help="import a file with the columns question,case,entry,note into this question set; "
        "create it when it is missing",
    )


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print the changes and apply them; return 1 when bad rows prevent that."""
    actor = command_actor()
    if (arguments.file is None) != arguments.shipped:
        print("Name one file, or --shipped.", file=sys.stderr)
        return 2
    if arguments.shipped:
        # Its editor stays the product, so that the next version can replace it, too.
        return _import(imports.shipped(), settings, arguments, drafts.SHIPPED)
    data = arguments.file.read_bytes()
    if arguments.questions is not None:
        return _questions(data, arguments, actor)
    return _import(
        imports.parse(data, arguments.file.name, FOR_COMMANDS), settings, arguments, actor
    )


def _import(parsed: Parsed, settings: Settings, arguments: argparse.Namespace, actor: str) -> int:
    planned = imports.preview(parsed, replace=arguments.replace and not arguments.shipped)
    _show(planned)
    for found in contradictions(planned.written, settings):
        print(f"{found.part}：{found.message}")
    show_overlaps(overlaps(planned.written))
    if _has_blocking_problems(planned.problems, arguments):
        return 1
    if arguments.dry_run:
        print("Nothing was written.")
    elif planned.steps or planned.order is not None:
        imports.carry_out(planned, editor=actor, skip_bad=arguments.skip_bad)
        print("The draft has it now; publish it with: manage.py faq publish")
    else:
        print("The draft has all of it already.")
    return 0


def _questions(data: bytes, arguments: argparse.Namespace, actor: str) -> int:
    known = question_sets.known_answers()
    parsed = question_table.parse(data, exports.case_numbers(), known, FOR_COMMANDS)
    print(f"{len(parsed.rows)} questions.")
    if _has_blocking_problems(parsed.problems, arguments):
        return 1
    if arguments.dry_run:
        print("Nothing was written.")
        return 0
    found = question_sets.find(arguments.questions)
    found = found or question_sets.create(arguments.questions, editor=actor)
    imports.put_questions(
        found.id, parsed, editor=actor, replace=arguments.replace, skip_bad=arguments.skip_bad
    )
    print(f"{found.name} has {question_sets.get(found.id).questions} questions now.")
    return 0


def show_overlaps(found: Sequence[Overlap]) -> None:
    """Print the new examples that resemble those of other entries."""
    for one in found:
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


def _has_blocking_problems(problems: Sequence[Problem], arguments: argparse.Namespace) -> bool:
    """Print the bad rows; return whether they prevent the import."""
    is_table = arguments.file is not None and arguments.file.suffix.lower() in (".csv", ".xlsx")
    place = "row" if is_table else "line"
    for problem in problems[:_MOST_SHOWN]:
        name = f" {problem.name}:" if problem.name else ""
        print(f"{place} {problem.line}:{name} {problem.message}", file=sys.stderr)
    if len(problems) > _MOST_SHOWN:
        print(f"and {len(problems) - _MOST_SHOWN} more bad rows", file=sys.stderr)
    if problems and not arguments.skip_bad:
        print("Nothing was written: mend these rows, or leave them out with --skip-bad.",
              file=sys.stderr)  # fmt: skip
        return True
    return False
