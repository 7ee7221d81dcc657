"""gunicorn's log: JSON lines like those of the application."""

from typing import Any

from gunicorn import glogging

from handlers.logs import LibraryFormatter


class Logger(glogging.Logger):
    """gunicorn's own logger with another format; its arguments name processes and addresses."""

    def setup(self, cfg: Any) -> None:
        """Open the logs as gunicorn does, and set their format."""
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(LibraryFormatter(with_arguments=True))
