"""A WeChat user in the chat of the running service."""

import time
from typing import Any

from tests.support.service.service import Service

# The first answer of a process waits until the bot is trained.
PATIENCE_SECONDS = 120


class Chat:
    """Write into the chat as the WeChat user ``o-NAME``, through the sandbox."""

    def __init__(self, service: Service, name: str = "zhang") -> None:
        self._sandbox = service.sandbox
        self.openid = f"o-{name}"

    def received(self) -> list[str]:
        """Return all messages sent to the user, oldest first."""
        return [entry["text"] for entry in reversed(self._sandbox.wechat_messages(self.openid))]

    def write(self, text: str = "", **push: str) -> Any:
        """Push a message and return the answer to the push itself."""
        return self._sandbox.push(self.openid, text, **push)["answer"]

    def say(self, text: str = "", **push: str) -> str:
        """Push a message and wait for the one reply."""
        before = len(self.received())
        assert self.write(text, **push) == "success"
        return self.wait_for(before)

    def wait_for(self, before: int) -> str:
        """Wait for the one reply after ``before`` messages."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.received()) == before:
            assert time.monotonic() < deadline, f"no answer after {before} messages"
            time.sleep(0.02)
        came = self.received()
        assert len(came) == before + 1
        return came[-1]
