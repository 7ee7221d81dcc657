"""Find where a request ends in the bytes that a client has sent so far.

Nothing is judged here: what cannot be read counts as complete, so that gunicorn's parser refuses
it. The parser gets exactly one request, so a different reading of the two only ends the connection.
"""

import re

from handlers.http_worker import limits

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
# gunicorn refuses a head with such a line, which may have no other end.
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Framing:
    """The frame of one request.

    ``head`` is the length of its head, 0 until that is complete; ``is_whole`` says whether its end
    was found, and not only bytes that are refused anyway.
    """

    def __init__(self) -> None:
        self.head = 0
        self.is_whole = False
        self.awaits_continue = False
        self._searched = 0
        self._body: int | None = 0
        """Length of the body; None when it is sent in chunks."""
        self._chunk = 0
        """Where the next chunk begins."""

    def end(self, received: bytearray) -> int | None:
        """Return where the request ends, None while it is incomplete."""
        if not self.head and not self._find_head(received):
            return len(received) if self._is_refused_head(received) else None
        if self._body is not None and len(received) >= self.head + self._body:
            return self._whole(self.head + self._body)
        if max(self._body or 0, len(received) - self.head) > limits.MOST_BODY_BYTES:
            return len(received)
        return self._end_of_chunks(received) if self._body is None else None

    def _whole(self, end: int) -> int:
        self.is_whole = True
        return end

    def _find_head(self, received: bytearray) -> bool:
        end = received.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            return False
        self.head = self._chunk = end + 4
        length = _LENGTH.search(received, 0, self.head)
        is_chunked = _CHUNKED.search(received, 0, self.head) is not None
        # The parser refuses a request with both.
        if is_chunked != bool(length):
            self._body = int(length[1]) if length else None
        self.awaits_continue = _CONTINUE.search(received, 0, self.head) is not None
        return True

    def _is_refused_head(self, received: bytearray) -> bool:
        start, self._searched = self._searched, len(received)
        is_too_long = len(received) > limits.MOST_HEAD_BYTES
        return is_too_long or _BARE_LINE_FEED.search(received, start) is not None

    def _end_of_chunks(self, received: bytearray) -> int | None:
        while (line_end := received.find(b"\r\n", self._chunk)) >= 0:
            try:
                size = int(received[self._chunk : line_end].partition(b";")[0], 16)
            except ValueError:
                return len(received)
            if size <= 0:
                return self._end_of_trailers(received, line_end + 2)
            self._chunk = line_end + 2 + size + 2
        return len(received) if len(received) - self._chunk > limits.MOST_LINE_BYTES else None

    def _end_of_trailers(self, received: bytearray, start: int) -> int | None:
        if received.startswith(b"\r\n", start):
            return self._whole(start + 2)
        end = received.find(b"\r\n\r\n", start)
        if end >= 0:
            return self._whole(end + 4)
        return len(received) if len(received) - start > limits.MOST_LINE_BYTES else None
