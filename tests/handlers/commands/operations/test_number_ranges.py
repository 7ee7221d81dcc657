"""The command number-ranges: list, set, remove and refusals."""

from functools import partial

import pytest

from miniprogram_api.phones import ranges as number_ranges
from models.desks.audit import AuditEntry
from tests.support.service.command_line import outcome

pytestmark = pytest.mark.usefixtures("operator")

run = partial(outcome, "number-ranges")
"""Runs the command: its exit status and everything printed."""


def test_list_shows_the_current_state(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "set", "1990", "--from", "2020-01-01")
    run(capsys, "set", "1991", "--from", "2099-01-01", "--note", "月底升级")

    status, printed = run(capsys, "list")

    assert status == 0
    assert printed.splitlines() == [
        "199      unsupported, no day known",
        "1990     supported since 2020-01-01",
        "1991     unsupported until 2099-01-01  (月底升级)",
    ]


def test_set_range_takes_effect_and_is_audited(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "set", "1700")[0] == 0
    assert run(capsys, "remove", "199") == (0, "199 is off the list and supported.\n")

    assert [found.prefix for found in number_ranges.list_ranges()] == ["1700"]
    assert [(entry.tag, entry.actor) for entry in AuditEntry.select()] == [
        ("command:number_range:set", "command:wang"),
        ("command:number_range:removed", "command:wang"),
    ]


def test_unlisted_range_cannot_be_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "remove", "198") == (1, "198 is not on the list.\n")


def test_malformed_prefix_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = run(capsys, "set", "99")

    assert status == 1
    assert "号段" in printed


@pytest.mark.parametrize(
    "words", [(), ("set",), ("set", "199", "--from", "2026-13-01"), ("set", "199", "--from", "")]
)
def test_invalid_arguments_change_nothing(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(capsys, *words)[0] == 2
    assert AuditEntry.select().count() == 0
