"""``python -m sandbox --port 8001``: serve until SIGTERM or SIGINT."""

import gc
import os
import socket
import sys
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from sandbox.app import MissingCredential, create_app

# One process, because the threads share the state. More threads than cores, because a slow fault
# blocks one.
THREADS = 64
KEEP_ALIVE_SECONDS = 60


class Server(BaseApplication):
    """gunicorn with the sandbox; reads no configuration file."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        self._app = app
        # gunicorn duplicates the descriptor and closes it.
        self._descriptor = listener.detach()
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        settings: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": KEEP_ALIVE_SECONDS,
            # A killed worker would lose the state.
            "timeout": 0,
            "graceful_timeout": 1,
            "control_socket_disable": True,
            "loglevel": "warning",
            "proc_name": "sandbox",
            "post_worker_init": _announce,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, created before the fork."""
        return self._app


def _announce(worker: Any) -> None:
    host, port = worker.sockets[0].sock.getsockname()[:2]
    print(f"sandbox ready on http://{host}:{port}", flush=True)


@click.command(help=__doc__)
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option("--port", type=int, default=8001, show_default=True, help="0 for any free one")
def main(host: str, port: int) -> None:
    """Serve; exit with 1 or 2 when that cannot start."""
    try:
        app = create_app(os.environ)
    except (MissingCredential, ValueError) as error:
        print(f"The sandbox cannot start: {error}.", file=sys.stderr)
        sys.exit(2)
    try:
        # Bound here, because gunicorn retries a taken port for five seconds.
        listener = socket.create_server((host, port), backlog=2048)
    except (OSError, OverflowError) as error:
        place = f"{host}:{port}"
        print(f"The sandbox cannot listen on {place}: {error}.", file=sys.stderr)
        sys.exit(1)
    # Otherwise both processes would look through all modules when they end.
    gc.freeze()
    Server(app, listener).run()


if __name__ == "__main__":
    main(prog_name="python -m sandbox")
