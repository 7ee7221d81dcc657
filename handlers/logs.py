"""Logs: one JSON line per event on standard error; no personal data, body or query string."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO, cast

import structlog

from miniprogram_api.operations.maintenance import sqlstate

# These libraries log SQL with its parameters, or URLs with their queries.
_VERBOSE = (
    *("peewee", "urllib3", "tencentcloud_sdk_common", "wechatpy", "redis", "psycopg"),
    # These log the characters of a sheet.
    *("fontTools", "fpdf"),
)


class _LossyStderr:
    """Standard error that drops lines it cannot write, so that no request fails on a full disk."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_out = _LossyStderr()
_render = structlog.processors.JSONRenderer(ensure_ascii=False)


def configure_logs(level: str) -> None:
    """Configure structlog and the standard library to write the same JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            _without_message,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _out)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryFormatter())
    # Below WARNING libraries log requests and database statements.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)


class LibraryFormatter(logging.Formatter):
    """Format a library's message without its arguments: they may be personal data."""

    def __init__(self, *, with_arguments: bool = False) -> None:
        """Keep the arguments of a library that has no personal data."""
        super().__init__()
        self._with_arguments = with_arguments

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line."""
        event: dict[str, Any] = {
            "event": record.getMessage() if self._with_arguments else str(record.msg),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.now().astimezone().isoformat(),
        }
        if record.exc_info:
            event["exc_info"] = record.exc_info[1]
        return str(_render(None, "", _without_message(None, "", event)))


def _without_message(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its type and SQLSTATE: its message may quote personal data.

    ``exc_info`` gets its frames as well, ``failure`` is one whose place is no news.
    """
    for key in ("exc_info", "failure"):
        error = event.pop(key, None)
        if not isinstance(error, BaseException):
            continue
        event["error"] = type(error).__name__
        if state := sqlstate(error):
            event["sqlstate"] = state
        if key == "exc_info":
            frames = traceback.extract_tb(error.__traceback__)
            event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
    return event
