"""Write the content to FILE: .yaml (all), .csv or .xlsx (its entries, or a question set).

By default writes the draft as it would be published: parts that are held back are written as in
force, or not at all. "faq import --replace" of the YAML restores the same draft, except for held
back parts. An existing file is not overwritten.
"""

from pathlib import Path

import click

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, question_sets
from faq.interchange import exports
from faq.release import publishing
from handlers.commands.arguments import require_at_most_one
from handlers.commands.environment import with_database
from miniprogram_api.reasons import Reason, Refused


@click.command(help=__doc__)
@click.argument("file", type=Path)
@click.option("--in-force", is_flag=True, help="what is in force, not the draft")
@click.option("--release", type=int, metavar="N", help="release N, not the draft")
@click.option("--questions", metavar="NAME", help="the question set of this name")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "gb18030"]),
    default="utf-8",
    show_default=True,
    help="of CSV",
)
@with_database
def command(
    _settings: Settings,
    file: Path,
    *,
    in_force: bool,
    release: int | None,
    questions: str | None,
    encoding: str,
) -> None:
    """Write the file and print what it contains."""
    require_at_most_one(in_force=in_force, release=release, questions=questions)
    form = file.suffix.lower().removeprefix(".")
    if questions is not None:
        question_set = question_sets.find(questions)
        if question_set is None:
            raise Refused(Reason.NOT_FOUND)
        data = exports.question_file(question_set.id, form, encoding)
        summary = f"{question_set.questions} questions of {question_set.name}"
    else:
        name, content = _content(release, in_force=in_force)
        data = exports.content_file(content, form, encoding)
        summary = f"{name} ({len(content.entries)} entries)"
    with file.open("xb") as target:
        target.write(data)
    print(f"{file}: {summary}.")


def _content(release: int | None, *, in_force: bool) -> tuple[str, Content]:
    if release is not None:
        return f"release {release}", publishing.release(release).content
    if in_force:
        published = publishing.current()
        return f"release {published.number}, which is in force", published.content
    return "the draft", drafts.content()
