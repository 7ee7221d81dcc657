"""The slip of checked names: what is stored, drawn, found by its code and deleted."""

import re
from datetime import date, timedelta

from miniprogram_api import clock
from miniprogram_api.names.check import Checked, CheckedName
from miniprogram_api.names.findings import Finding, Level, Part, Result
from miniprogram_api.names.parts import Parts
from miniprogram_api.retention import Kept
from miniprogram_api.sheets import name_slips
from models.name_slips import NameSlip
from tests.support.pdf import text_of
from tests.support.service.rules import Rules

TAKEN = Finding(
    Level.REFUSE,
    "same.identical",
    "第十七条",
    Part.NAME,
    "杭州红光餐饮有限公司",
    "和“杭州红光餐饮有限公司”相同。",
    "换一个字号。",
)
CHECKED = Checked(
    candidates=(
        CheckedName(
            "杭州红光餐饮有限公司",
            Parts("杭州", "330106", "红光", "餐饮", "H62", "有限公司"),
            (TAKEN,),
            Result.REFUSED,
            (),
            1,
        ),
    ),
    note="仅供参考，不是名称预留；以名称申报系统的结果为准。",
    scope="杭州市",
    library_date=date(2026, 11, 30),
    not_compared=False,
    rules_version="第1版（abcdef）",
)


def code_of(slip: NameSlip) -> str:
    return re.sub("(....)(?!$)", r"\1-", slip.code)


def test_slip_says_what_the_check_answered(rules: Rules) -> None:
    drawn = name_slips.make(CHECKED)
    row = NameSlip.get()
    said = text_of(drawn.pdf)
    for text in (
        "企业核名参考单",
        "杭州红光餐饮有限公司",
        "这样写不能用",
        "第十七条",
        "2026-11-30",
        "第1版（abcdef）",
        "仅供参考",
        code_of(row),
    ):
        assert text in said, text
    assert drawn.missing == frozenset()


def test_slip_is_found_by_its_code_as_printed_or_typed(rules: Rules) -> None:
    name_slips.make(CHECKED)
    row = NameSlip.get()
    for typed in (row.code, row.code.lower(), code_of(row), f" {code_of(row)} "):
        found = name_slips.find(typed)
        assert found is not None
        assert found.names[0]["name"] == "杭州红光餐饮有限公司"
        assert (found.scope, found.library_date) == ("杭州市", "2026-11-30")
    assert name_slips.find("0" * 16) is None


def test_old_slips_are_deleted(rules: Rules) -> None:
    name_slips.make(CHECKED)
    name_slips.remove_old()
    assert NameSlip.select().count() == 1
    old = clock.now() - Kept.NAME_SLIPS.time - timedelta(seconds=1)
    NameSlip.update(made_at=old).execute()
    name_slips.remove_old()
    assert NameSlip.select().count() == 0
