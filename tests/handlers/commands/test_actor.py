"""Who runs a command: by name, by number where there is no name, and in every command."""

import os

import pytest

from handlers.commands.actor import command_actor
from tests.support.service.sandbox import REPOSITORY


def test_the_user_of_the_terminal_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "wang")
    assert command_actor() == "command:wang"
    monkeypatch.setenv("LOGNAME", "w" * 100)
    assert command_actor() == "command:" + "w" * 56


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_id_without_a_name_stands_for_itself(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def unknown() -> str:
        raise error("uid not found")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert command_actor() == f"command:{os.getuid()}"


def test_no_command_names_its_user_in_another_way() -> None:
    folder = REPOSITORY / "handlers" / "commands"
    others = [path for path in folder.rglob("*.py") if path.name != "actor.py"]
    assert len(others) > 10
    for own_way in ("getuser", '"command"'):
        assert [path.name for path in others if own_way in path.read_text()] == []
