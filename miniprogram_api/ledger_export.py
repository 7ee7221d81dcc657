"""The ledger as a file: CSV or XLSX, masked unless the role may see personal data."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from miniprogram_api import audit, ledger, masking
from miniprogram_api.ledger import Entry
from miniprogram_api.ledger_words import ACTIONS
from miniprogram_api.staff import Permission, StaffMember, require
from models.database import transaction

Format = Literal["csv", "xlsx"]

MOST_LINES = 100_000
COLUMNS = (
    "编号", "时间", "经办人", "窗口", "事项", "姓名", "身份证号", "原因", "依据", "变更前",
    "变更后", "工单", "校验值",
)  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    member: StaffMember,
    form: Format,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    id_number: str | None = None,
) -> bytes:
    """The lines of a time or about a person, oldest first, at most 100,000; leaves an audit line.

    Raises Refused FORBIDDEN.
    """
    require(member, Permission.EXPORT_LEDGER)
    unmasked = member.may(Permission.SEE_PERSONAL_DATA)
    if id_number is not None:
        entries = ledger.of_person(member, id_number)
    else:
        entries = ledger.page(member, since=since, until=until, most=MOST_LINES)
    with transaction():
        audit.write(
            "staff:ledger:exported",
            actor=member.actor,
            form=form,
            lines=len(entries),
            unmasked=unmasked,
        )
    rows = [cells(entry, unmasked=unmasked) for entry in reversed(entries)]
    return _csv(rows) if form == "csv" else _xlsx(rows)


def cells(entry: Entry, *, unmasked: bool) -> list[str]:
    """One line as it is printed; ``COLUMNS`` says what stands where."""
    content = entry.content
    name, number = str(content.get("name") or ""), entry.id_number or ""
    if not unmasked:
        name, number = masking.name(name), masking.id_number(number)
    rest = [_text(content.get(key), unmasked=unmasked) for key in ("reason", "evidence")]
    changes = [_text(content.get(key), unmasked=unmasked) for key in ("before", "after")]
    return [
        str(entry.number),
        f"{entry.at:%Y-%m-%d %H:%M:%S}",
        str(content.get("actor_name") or entry.actor),
        "" if entry.window_id is None else str(entry.window_id),
        ACTIONS.get(entry.action, entry.action),
        "（已依法删除）" if entry.erased else name,
        number,
        *rest,
        *changes,
        "" if entry.ticket_id is None else str(entry.ticket_id),
        entry.hash.hex(),
    ]


def _text(value: Any, *, unmasked: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        parts = "；".join(f"{key}：{_text(part, unmasked=True)}" for key, part in value.items())
        return _text(parts, unmasked=unmasked)
    if isinstance(value, list):
        return _text("、".join(map(str, value)), unmasked=unmasked)
    return str(value) if unmasked else masking.free_text(str(value))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    # With the mark by which Excel knows UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Iterable[list[str]]) -> bytes:
    # Imported here: only exports need it.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([_harmless(_printable(cell)) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _printable(cell: str) -> str:
    """Without the control characters that the format cannot hold."""
    return "".join(ch for ch in cell if ch >= " " or ch in "\t\n\r")
