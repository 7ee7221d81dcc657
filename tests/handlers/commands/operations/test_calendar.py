"""The command calendar: import, list, set and remove."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest

from miniprogram_api import clock
from miniprogram_api.operations import holiday_calendar
from tests.support.service.command_line import outcome

pytestmark = pytest.mark.usefixtures("operator")

run = partial(outcome, "calendar")


def test_next_year_is_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    year = clock.today().year + 1
    file = tmp_path / "next.csv"
    file.write_text(f"day,kind,name\n{year}-01-09,workday,\n{year}-10-01,holiday,国庆节\n")

    assert run(capsys, "import", file) == (0, f"{year}: 2 days\n")

    assert run(capsys, "list", year) == (
        0,
        f"{year}-01-09  workday\n{year}-10-01  holiday  国庆节\n",
    )
    assert len(holiday_calendar.list_days(year)) == 2


def test_days_are_set_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    day = date(clock.today().year + 1, 10, 1).isoformat()
    assert run(capsys, "set", day, "holiday", "--name", "国庆节") == (
        0,
        f"{day}  holiday  国庆节\n",
    )
    assert run(capsys, "remove", day)[0] == 0
    status, printed = run(capsys, "remove", day)
    assert status == 1
    assert printed.startswith(f"{day} is not in the calendar.")


def test_bad_file_is_refused_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "next.csv"
    file.write_text("day,kind\nsoon,holiday\n")
    status, printed = run(capsys, "import", file)
    assert status == 1
    assert "第2行" in printed
