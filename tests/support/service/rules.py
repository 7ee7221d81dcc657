"""Services for tests of rules: real clients and the sandbox.

Only Valkey and the sandbox run outside the test's process, so a rule is a plain call.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import TypeVar

from miniprogram_api import clients
from miniprogram_api.operations import profiles
from miniprogram_api.services import Services
from models.storage.database import database
from tests.support.service.sandbox import SandboxServer

Result = TypeVar("Result")


@dataclass(frozen=True)
class Rules:
    """Hold ``services``, the first argument of every rule."""

    services: Services
    sandbox: SandboxServer
    overrides: dict[str, object]

    def with_settings(self, **changes: object) -> Services:
        """Return the same with some settings changed and its own clients."""
        settings = profiles.load_settings(**{**self.overrides, **changes})
        return Services(settings, clients.build(settings))


def settings_of_sandbox(sandbox: SandboxServer) -> dict[str, object]:
    """Return the settings and credentials that connect a service to this sandbox."""
    return {
        "sandbox_port": sandbox.url.rpartition(":")[2],
        **{name.lower(): value for name, value in sandbox.credentials.items()},
    }


def at_once(calls: list[Callable[[], Result]]) -> list[Result | Exception]:
    """Make all calls concurrently, each in its own thread, and return their results.

    A call that raises gives its exception. Each thread closes its database connection.
    """
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result | Exception:
        barrier.wait(timeout=30)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            if not database.is_closed():
                database.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
