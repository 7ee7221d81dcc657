"""What a test of a rule needs: ``Services`` with the real clients, and the sandbox to look at.

Everything but Valkey and the sandbox runs in the process of the test, so a rule is a plain call.
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
    """``services`` is what every rule function takes first."""

    services: Services
    sandbox: SandboxServer
    overrides: dict[str, object]

    def with_settings(self, **changes: object) -> Services:
        """The same with some settings changed, and clients of its own."""
        settings = profiles.load_settings(**{**self.overrides, **changes})
        return Services(settings, clients.build(settings))


def settings_of_sandbox(sandbox: SandboxServer) -> dict[str, object]:
    """The settings that point a service at this sandbox, with the credentials that it wants."""
    return {
        "sandbox_port": sandbox.url.rpartition(":")[2],
        **{name.lower(): value for name, value in sandbox.credentials.items()},
    }


def at_once(calls: list[Callable[[], Result]]) -> list[Result | Exception]:
    """Make all calls at the same moment, each in a thread of its own, and return their results.

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
