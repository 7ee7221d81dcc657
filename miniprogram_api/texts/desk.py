"""Composed texts of the desks."""

from miniprogram_api.texts import text, word


def phone_report(kind: str, step: str, detail: str | None) -> str:
    """Return a phone's error report as text; ``step`` is the place in the program."""
    what = word("desk.reports", kind)
    if step:
        what = text("desk.report.place", kind=what, step=step)
    detail = detail or text("desk.report.no_detail")
    return text("desk.report.whole", what=what, detail=detail)
