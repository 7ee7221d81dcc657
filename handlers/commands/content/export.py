"""Write the content to FILE: .yaml (all), .csv or .xlsx (its entries, or a question set).

By default writes the draft as it would be published: parts that are held back are written as in
force, or not at all. "faq import --replace" of the YAML restores the same draft, except for held
back parts. An existing file is not overwritten.
"""

import argparse
from pathlib import Path

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, question_sets
from faq.interchange import exports
from faq.release import publishing
from miniprogram_api.reasons import Reason, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--in-force", action="store_true", help="what is in force, not the draft")
    which.add_argument("--release", type=int, metavar="N", help="release N, not the draft")
    which.add_argument("--questions", metavar="NAME", help="the question set of this name")
    parser.add_argument(
        "--encoding", choices=("utf-8", "gb18030"), default="utf-8", help="of CSV (default: utf-8)"
    )


def run(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Write the file and print what it contains."""
    form = arguments.file.suffix.lower().removeprefix(".")
    if arguments.questions is not None:
        found = question_sets.find(arguments.questions)
        if found is None:
            raise Refused(Reason.NOT_FOUND)
        data = exports.question_file(found.id, form, arguments.encoding)
        summary = f"{found.questions} questions of {found.name}"
    else:
        name, content = _content(arguments)
        data = exports.content_file(content, form, arguments.encoding)
        summary = f"{name} ({len(content.entries)} entries)"
    with arguments.file.open("xb") as file:
        file.write(data)
    print(f"{arguments.file}: {summary}.")
    return 0


def _content(arguments: argparse.Namespace) -> tuple[str, Content]:
    if arguments.release is not None:
        return f"release {arguments.release}", publishing.release(arguments.release).content
    if arguments.in_force:
        published = publishing.current()
        return f"release {published.number}, which is in force", published.content
    return "the draft", drafts.content()
