"""Logs: one JSON line an event on standard error; never personal data, a body or a query string."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO, cast

import structlog
from pydantic_core import to_json

_requests_are_told = True

# They would write statements with their parameters, or addresses with their queries.
_TALKATIVE = ("peewee", "urllib3", "tencentcloud_sdk_common", "wechatpy", "redis", "psycopg")


class _Lossy:
    """Standard error, whose disk may be full and whose reader may be gone.

    What cannot be written then is lost: nobody's request fails because nobody can log it.
    """

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_out = _Lossy()


def configure_logs(level: str) -> None:
    """Let structlog and the standard library write the same JSON lines from ``level`` up."""
    global _requests_are_told
    _requests_are_told = logging.getLevelName(level) <= logging.INFO
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            _frames_only,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _out)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter())
    # Libraries tell at lower levels what they send and what they ask the database.
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_request(
    method: str, route: str | None, status: int, code: str, seconds: float, identifier: str
) -> None:
    """Write the line of one request; ``route`` is the rule that answered, None when there was none.

    The same form as structlog's lines have, written at once: every request has one, and the way
    through structlog costs three times as much.
    """
    if not _requests_are_told:
        return
    line = to_json(
        {
            "method": method,
            "route": route,
            "status": status,
            "code": code,
            "milliseconds": round(seconds * 1000, 1),
            "request_id": identifier,
            "event": "request",
            "level": "info",
            "timestamp": datetime.now().isoformat(),  # noqa: DTZ005 - as structlog writes it.
        }
    )
    _out.write(f"{line.decode()}\n")
    _out.flush()


class _LibraryFormatter(logging.Formatter):
    """A library's message as it stands in its code, without the values that belong into it."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "event": str(record.msg),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.now().astimezone().isoformat(),
        }
        if record.exc_info:
            event["exc_info"] = record.exc_info[1]
        return _as_json(None, "", _frames_only(None, "", event))


def _frames_only(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its type and frames: its message may quote personal data."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames]
    return event


def _as_json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return to_json(event, fallback=repr, bytes_mode="base64").decode()
