"""Tell systemd the state of this process (sd_notify).

A unit of ``Type=notify`` waits for READY=1, and one with ``WatchdogSec`` is restarted without
WATCHDOG=1 within that time.
"""

import socket
from contextlib import suppress


def tell(address: str, state: str) -> None:
    """Send a state such as ``READY=1`` to NOTIFY_SOCKET, which is empty where systemd is not.

    A failure is ignored, as sd_notify(3) advises.
    """
    if not address:
        return
    # "@" begins a name in Linux's abstract namespace.
    path = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), path)
