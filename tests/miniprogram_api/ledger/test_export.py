"""Export of the ledger: permissions, masking and formats."""

import csv
import io
import json
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from miniprogram_api.ledger import export as ledger_export
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger.export import COLUMNS, Format
from miniprogram_api.ledger.lines import Person, Wanted
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission
from models.desks.audit import AuditEntry
from models.storage.database import transaction
from tests.support.admin.staff import member_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person()
WHY = "月度检查 13812345678"


def fill() -> None:
    with transaction():
        ledger.append(
            member_of("centre"),
            "phone_corrected",
            Person(SOMEONE.id_number, SOMEONE.name),
            reason=f"=HYPERLINK() 本人来电 {SOMEONE.phone}",
            before={"phone": SOMEONE.phone},
            evidence=["身份证原件", "户口簿"],
        )


def table(content: bytes, form: Format) -> list[list[str]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(content)).active
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.values]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_auditor_exports_visible_lines(rules: Rules, form: Format) -> None:
    fill()

    head, line = table(
        ledger_export.export(member_of("auditor"), form, reason=WHY, unmasked=True), form
    )

    assert tuple(head) == COLUMNS
    assert line[4:7] == ["更正登记手机号", SOMEONE.name, SOMEONE.id_number]
    assert line[7].startswith("'=HYPERLINK()")
    assert line[8] == "身份证原件、户口簿"
    assert SOMEONE.phone in line[9]
    noted = json.loads(AuditEntry.get(AuditEntry.tag == "staff:ledger:exported").details)
    assert noted == {"form": form, "lines": 1, "unmasked": True, "reason": "月度检查 ***"}


def test_export_needs_a_reason_and_has_a_size_limit(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    fill()
    for reason in ("", " 。"):
        with pytest.raises(Refused) as refused:
            ledger_export.export(member_of("auditor"), "csv", reason=reason)
        assert refused.value.details["fields"][0]["field"] == "reason"
    monkeypatch.setitem(ledger_export.MOST_LINES, "xlsx", 1)
    with pytest.raises(Refused) as refused:
        ledger_export.export(member_of("auditor"), "xlsx", reason=WHY)
    assert refused.value.details["fields"][0]["code"] == "too_many"
    assert ledger_export.export(member_of("auditor"), "xlsx", Wanted(number=2), reason=WHY)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_is_masked_without_the_permission(
    rules: Rules, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    blind = {**staff.ROLES, "auditor": staff.ROLES["auditor"] - {Permission.SEE_PERSONAL_DATA}}
    monkeypatch.setattr(staff, "ROLES", blind)

    content = ledger_export.export(member_of("auditor"), form, reason=WHY)
    with pytest.raises(Refused) as refused:
        ledger_export.export(member_of("auditor"), form, reason=WHY, unmasked=True)
    assert refused.value.reason is Reason.FORBIDDEN

    text = repr(table(content, form))
    assert "张*" in text
    for personal in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
        assert personal not in text


def test_other_roles_cannot_export(rules: Rules) -> None:
    for role in ("centre", "clerk", "administrator", "operator", "editor"):
        with pytest.raises(Refused) as refused:
            ledger_export.export(member_of(role), "csv", reason=WHY)
        assert refused.value.reason is Reason.FORBIDDEN
    pending = replace(member_of("auditor"), pending=frozenset({"password"}))
    with pytest.raises(Refused):
        ledger_export.export(pending, "csv", reason=WHY)


def test_phone_verification_method_is_written_in_words(rules: Rules) -> None:
    with transaction():
        ledger.append(
            member_of("clerk"),
            "person_registered",
            Person(SOMEONE.id_number, SOMEONE.name),
            phone_verified_by="sms",
        )
    content = ledger_export.export(member_of("auditor"), "csv", reason="月度检查")
    _, line = table(content, "csv")
    assert line[COLUMNS.index("其他")] == "手机号核验方式：短信验证"
