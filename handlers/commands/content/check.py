"""Compare the draft with the release in force on all question sets and examples.

Questions that are examples themselves, counted in the output, say little about unforeseen
questions; measure with questions of your own for that: faq evaluate.
"""

import click

from config import Settings
from faq.conversation.trial import talk_with
from faq.editing import drafts, workflow
from faq.editing.check.checking import Change, CheckResult, Figures
from faq.release.contradictions import contradictions
from handlers.commands.content.import_file import show_overlaps
from handlers.commands.environment import with_database
from miniprogram_api import clients
from miniprogram_api.services import Services

_MOST_SHOWN = 50


@click.command(help=__doc__)
@click.option("--all", "everything", is_flag=True, help="show unchanged entries, too")
@with_database
def command(settings: Settings, *, everything: bool) -> int:
    """Print what gets better and worse; return 1 when a loss wants a reason."""
    services = Services(settings, clients.build(settings))
    result = workflow.check(talk=talk_with(services)).result
    for draft in drafts.changed():
        print(f"{draft.state:>8}  {draft.name}")
    print(report(result, everything=everything))
    for contradiction in contradictions(drafts.to_publish(), settings):
        print(f"{contradiction.part}：{contradiction.message}")
    show_overlaps(result.near)
    return 1 if result.to_justify else 0


def report(result: CheckResult, *, everything: bool = False) -> str:
    """Render the check, entry by entry."""
    lines = [
        f"Against release {result.release}: {result.questions} questions, "
        f"{result.examples} of them examples, {result.conversations} conversations; "
        f"{result.gained} better (asked {result.gained_times} times in 30 days), "
        f"{result.lost} worse (asked {result.lost_times} times), "
        f"{result.to_justify} of these want a reason."
    ]
    shown = [f for f in result.figures if everything or f.gained or f.lost or f.before != f.after]
    if shown:
        lines.append("  right: before  after  of    better  worse")
        lines += map(_line, shown)
    lines += _named("Worse", [change for figures in shown for change in figures.lost])
    lines += _named("Better", [change for figures in shown for change in figures.gained])
    return "\n".join([*lines, *result.names, *result.remarks])


def _line(figures: Figures) -> str:
    better, worse = len(figures.gained), len(figures.lost)
    number = "" if figures.case is None else f"{figures.case} "
    return (
        f"  {figures.before[2]:>13}  {figures.after[2]:>5}  {figures.questions:<5} "
        f"{better or '':>6}  {worse or '':>5}  {number}{figures.title}"
    )


def _named(title: str, changes: list[Change]) -> list[str]:
    if not changes:
        return []
    lines = [f"{title}:"]
    for change in changes[:_MOST_SHOWN]:
        example = ", an example" if change.is_example else ""
        example += ", moved to another entry" if change.moved else ""
        example += f", asked {change.times} times" if change.times else ""
        lines.append(
            f"  {change.question}  [{change.before} → {change.after}]  ({change.source}{example})"
        )
    if len(changes) > _MOST_SHOWN:
        lines.append(f"  and {len(changes) - _MOST_SHOWN} more")
    return lines
