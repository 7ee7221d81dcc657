"""Export of the ledger as CSV or XLSX, masked unless the member may see personal data."""

import csv
import io
from collections.abc import Iterable
from typing import Literal

from miniprogram_api import audit, clock, texts
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import view as ledger_view
from miniprogram_api.ledger.lines import Wanted
from miniprogram_api.ledger.view import Change, Shown
from miniprogram_api.spreadsheets import escape_formula
from miniprogram_api.staff import windows
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.texts import invalid, words
from models.desks import tickets as table

Format = Literal["csv", "xlsx"]

MOST_LINES: dict[Format, int] = {"csv": 200_000, "xlsx": 50_000}
COLUMNS = tuple(words("ledger.columns").values())


def export(
    member: StaffMember,
    form: Format,
    wanted: Wanted | None = None,
    *,
    reason: str,
    unmasked: bool = False,
) -> bytes:
    """Export the lines that match, oldest first, and log the reason in the audit log.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``reason``, or on ``form`` for too many lines.
    """
    require(member, Permission.EXPORT_LEDGER)
    if unmasked:
        require(member, Permission.SEE_PERSONAL_DATA)
    words = ledger_view.require_reason(reason)
    lines, most = ledger.count(member, wanted), MOST_LINES[form]
    if lines > most:
        raise invalid("ledger.form.too_many", lines=lines, most=most)
    audit.write_own(
        "staff:ledger:exported",
        actor=member.actor,
        form=form,
        lines=lines,
        unmasked=unmasked,
        reason=words,
    )
    names = {window.id: window.name for window in windows.all_windows()}
    tickets = table.numbers()
    rows = (
        cells(ledger_view.localise(entry, unmasked=unmasked), names, tickets)
        for entry in ledger.walk(member, wanted)
    )
    return _csv(rows) if form == "csv" else _xlsx(rows)


def cells(line: Shown, window_names: dict[int, str], tickets: dict[int, str]) -> list[str]:
    """Return the cells of one line in the order of ``COLUMNS``; ``tickets``: id → number."""
    window = line.window_id
    return [
        str(line.number),
        f"{line.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}",
        line.actor_name,
        "" if window is None else window_names.get(window, str(window)),
        line.action,
        texts.text("ledger.erased") if line.erased else line.name,
        line.id_number,
        line.reason,
        line.evidence,
        "；".join(_named(change, change.before) for change in line.changes if change.before),
        "；".join(_named(change, change.after) for change in line.changes if change.after),
        "；".join(f"{label}：{text}" for label, text in line.more),
        "" if line.ticket_id is None else tickets.get(line.ticket_id, ""),
        line.hash,
    ]


def _named(change: Change, text: str) -> str:
    return f"{change.label}：{text}" if change.label else text


def _csv(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([escape_formula(cell) for cell in row] for row in rows)
    # With a BOM, by which Excel detects UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Iterable[list[str]]) -> bytes:
    # It takes long to import, and few processes need it.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(texts.text("ledger.sheet"))
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([escape_formula(_printable(cell)) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _printable(cell: str) -> str:
    """Remove the control characters that the format cannot hold."""
    return "".join(ch for ch in cell if ch >= " " or ch in "\t\n\r")
