"""Send lines to the bureau's log server: RFC 5424 over TCP or TLS, counted in octets (RFC 6587).

TCP says nothing of what the server has read. So the client ends its half of the connection and
waits for the server's end, which comes once all was read; without it the lines are sent again.
"""

import socket
import ssl
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from config import Settings

SECONDS = 10.0
PORTS = {"tcp": 601, "tls": 6514}


class LogServer(Protocol):
    """Take lines; a failure outside is False, never an exception."""

    @property
    def is_set(self) -> bool:
        """Return whether there is a server."""

    def send(self, lines: Sequence[str]) -> bool:
        """Send lines in their order; return whether the server has read all."""


class SyslogServer:
    """The server of SYSLOG_URL, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``."""

    def __init__(self, settings: Settings) -> None:
        self._url = urlsplit(settings.syslog_url)

    @property
    def is_set(self) -> bool:
        """Return whether there is a server."""
        return bool(self._url.hostname)

    def send(self, lines: Sequence[str]) -> bool:
        """Send lines in their order; return whether the server has read all."""
        try:
            with self._connected() as connection:
                for line in lines:
                    message = line.encode()
                    connection.sendall(b"%d %s" % (len(message), message))
                return _has_read_all(connection)
        except OSError:
            return False

    def _connected(self) -> socket.socket:
        host = self._url.hostname or ""
        port = self._url.port or PORTS[self._url.scheme]
        connection = socket.create_connection((host, port), SECONDS)
        if self._url.scheme == "tls":
            return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        return connection


def _has_read_all(connection: socket.socket) -> bool:
    """End this half and wait for the server's end. Raises OSError."""
    if isinstance(connection, ssl.SSLSocket):
        # Returns when the server has answered the end of TLS by its own.
        connection.unwrap()
        return True
    connection.shutdown(socket.SHUT_WR)
    return connection.recv(1) == b""
