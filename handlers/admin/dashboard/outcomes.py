"""The outcomes that the dashboard lists, in words."""

from collections.abc import Iterator

from miniprogram_api.operations.figures import Report
from miniprogram_api.texts import has, text, word, words


def refusals(report: Report, place: str | None = None) -> Iterator[tuple[str, str, int]]:
    """Yield place, outcome and how many, of one place of the API or of all but that of the codes.

    Places and reasons without a label are not listed.
    """
    places = words("dashboard.places")
    for key, count in report.totals.get("refused", {}).items():
        where, _, reason = key.partition(":")
        label = f"reasons.{reason}.label"
        if where not in places or not has(label):
            continue
        if where == place or (place is None and where != "sms_codes"):
            yield places[where], text(label), count


def source_answers(report: Report) -> Iterator[tuple[str, str, int]]:
    """Yield source, what it answered but yes, and how often."""
    for name, labels, fine in (
        ("identity", "desk.checks", "match"),
        ("faces", "desk.faces", "passed"),
    ):
        for outcome, count in report.totals.get(name, {}).items():
            if outcome != fine:
                yield text(f"dashboard.answers_of.{name}"), word(labels, outcome), count
