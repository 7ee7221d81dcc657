"""FILE is .yaml, .csv or .xlsx, as "faq export" writes them; CSV in UTF-8 or GB 18030.

What the file would change is shown first, and every bad row is named. Only the draft changes;
"faq publish" puts it in force. Entries that the file does not have stay, unless --replace says that
the file is all there is.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from config import Settings
from faq.editing import question_sets
from faq.interchange import exports, imports, question_table
from faq.interchange.imports import Preview, Step
from faq.interchange.parsed import Problem
from handlers.commands.actor import command_actor

# More would hide the end of the list.
_MOST_SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="show it, write nothing")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="retire entries (or remove questions) that the file does not have",
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave bad rows out")
    parser.add_argument(
        "--questions",
        metavar="NAME",
        help="the file is question,case,entry,note; put it into the question set of this name, "
        "which is made when it is not there",
    )


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Show what the file would change, and change it; 1 when bad rows are in the way."""
    data = arguments.file.read_bytes()
    actor = command_actor()
    if arguments.questions is not None:
        return _questions(data, arguments, actor)
    parsed = imports.parse(data, arguments.file.name)
    planned = imports.preview(parsed, replace=arguments.replace)
    _show(planned)
    status = _told(planned.problems, arguments)
    if status:
        return status
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
    parsed = question_table.parse(data, exports.case_numbers(), known)
    print(f"{len(parsed.rows)} questions.")
    status = _told(parsed.problems, arguments)
    if status:
        return status
    if arguments.dry_run:
        print("Nothing was written.")
        return 0
    found = question_sets.find(arguments.questions)
    found = found or question_sets.create(arguments.questions, editor=actor)
    imports.put_questions(
        found.id,
        parsed,
        editor=actor,
        replace=arguments.replace,
        skip_bad=arguments.skip_bad,
    )
    print(f"{found.name} has {question_sets.get(found.id).questions} questions now.")
    return 0


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
    said = []
    for difference in step.differences:
        added = sum(item.op == "added" for item in difference.items)
        removed = sum(item.op == "removed" for item in difference.items)
        counts = [f"+{added}"] * bool(added) + [f"-{removed}"] * bool(removed)
        said.append(" ".join([difference.label, *counts]))
    return f": {'、'.join(said)}"


def _told(problems: Sequence[Problem], arguments: argparse.Namespace) -> int:
    """Name the bad rows; 1 when they are in the way."""
    # A cell of a table may hold many lines, so there the row is what one can find.
    place = "line" if arguments.file.suffix.lower() in (".yaml", ".yml") else "row"
    for problem in problems[:_MOST_SHOWN]:
        name = f" {problem.name}:" if problem.name else ""
        print(f"{place} {problem.line}:{name} {problem.message}", file=sys.stderr)
    if len(problems) > _MOST_SHOWN:
        print(f"and {len(problems) - _MOST_SHOWN} more bad rows", file=sys.stderr)
    if problems and not arguments.skip_bad:
        print("Nothing was written: mend these rows, or leave them out with --skip-bad.",
              file=sys.stderr)  # fmt: skip
        return 1
    return 0
