"""Texts of the desks that are put together."""

from miniprogram_api.texts import text, word


def phone_report(kind: str, step: str, detail: str | None) -> str:
    """Return what a phone reported, in words; ``step`` is the program's own name of the place."""
    what = word("desk.reports", kind)
    if step:
        what = text("desk.report.place", kind=what, step=step)
    detail = detail or text("desk.report.no_detail")
    return text("desk.report.whole", what=what, detail=detail)
