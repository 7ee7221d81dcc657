"""States that systemd is told."""

import socket
from pathlib import Path

from handlers.commands.processes import service_manager


def test_state_arrives(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        service_manager.tell(path, "WATCHDOG=1")
        assert receiver.recv(64) == b"WATCHDOG=1"


def test_abstract_name() -> None:
    name = f"identity-verification-test-{id(object())}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        service_manager.tell("@" + name, "READY=1")
        assert receiver.recv(64) == b"READY=1"


def test_nothing_is_sent_without_systemd(tmp_path: Path) -> None:
    service_manager.tell("", "READY=1")
    service_manager.tell(str(tmp_path / "missing"), "READY=1")
