"""The actor that commands record: the terminal's user, by name or number."""

import os

import pytest

from handlers.commands.actor import command_actor
from tests.support.service.sandbox import REPOSITORY


def test_terminal_user_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "wang")
    assert command_actor() == "command:wang"
    monkeypatch.setenv("LOGNAME", "w" * 100)
    assert command_actor() == "command:" + "w" * 56


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_user_id_is_used_without_a_name(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def unknown() -> str:
        raise error("uid not found")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert command_actor() == f"command:{os.getuid()}"


def test_every_command_uses_the_same_actor() -> None:
    folder = REPOSITORY / "handlers" / "commands"
    others = [path for path in folder.rglob("*.py") if path.name != "actor.py"]
    assert len(others) > 10
    for own_way in ("getuser", '"command"'):
        assert [path.name for path in others if own_way in path.read_text()] == []
