"""Districts of tickets: named by the opener, or known from earlier tickets."""

from miniprogram_api.staff import windows
from miniprogram_api.texts import invalid
from models.desks.tickets import Ticket
from models.desks.windows import ServiceWindow


def parse(typed: str | None) -> str | None:
    """Return the district, one of the windows'; None for an empty one.

    Raises Refused INVALID_INPUT on ``district``.
    """
    wanted = (typed or "").strip()
    offered = sorted({name for window in windows.listed() for name in window.districts})
    if wanted and wanted not in offered:
        near = [name for name in offered if wanted in name or name in wanted]
        raise invalid("tickets.district.not_allowed", suggestion=near[0] if near else None)
    return wanted or None


def served(name: str | None) -> str | None:
    """Return the district if a window serves it."""
    return name if any(name in window.districts for window in windows.listed()) else None


def known(openid: str | None, account_id: int | None) -> str | None:
    """Return the district of the newest ticket of a WeChat user or account that tells one."""
    by_account = Ticket.account == account_id
    asked = by_account if openid is None else (Ticket.openid == openid)
    if openid is not None and account_id is not None:
        asked |= by_account
    told = Ticket.district.is_null(False) | Ticket.window_id.is_null(False)
    newest = Ticket.select(Ticket.district, Ticket.window_id).order_by(Ticket.id.desc())
    row = newest.where(asked & told).first()
    return None if row is None else row.district or of_window(row.window_id)


def of_window(window_id: int | None) -> str | None:
    """Return the district of a window that serves a single one."""
    served = served_by(window_id)
    return served[0] if len(served) == 1 else None


def served_by(window_id: int | None) -> tuple[str, ...]:
    """Return the districts that a window serves."""
    row = None if window_id is None else ServiceWindow.get_or_none(ServiceWindow.id == window_id)
    return () if row is None else windows.of_row(row).districts
