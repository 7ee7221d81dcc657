"""A registration system with a webhook, its matters, and the events that it receives."""

import json
from typing import Any

import pytest

from models.matters.events import MatterEvent
from tests.support.matters.systems import System, matter_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually


class Office:
    """A registration system that works on one matter."""

    def __init__(self, service: Service, system: System) -> None:
        self.service, self.system = service, system
        self.id = ""

    def create(self, *persons: dict[str, Any], **changes: Any) -> str:
        """Send an application; return the id of the matter."""
        self.body = matter_body(*persons, **changes)
        self.id = data_of(self.call("POST", "/matters", self.body), 201)["matter_id"]
        return self.id

    def change(self, *persons: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Send the next version."""
        version = self.seen()["version"]
        self.body = {**self.body, "persons": list(persons), **changes}
        sent = {**self.body, "version": version}
        changed: dict[str, Any] = data_of(self.call("PUT", f"/matters/{self.id}", sent))
        return changed

    def seen(self) -> dict[str, Any]:
        shown: dict[str, Any] = data_of(self.call("GET", f"/matters/{self.id}"))
        return shown

    def states(self) -> tuple[str, list[str]]:
        """Return the state of the matter and those of its lines."""
        shown = self.seen()
        return shown["state"], [line["state"] for line in shown["lines"]]

    def reasons(self) -> list[str]:
        return [line["reason"] for line in self.seen()["lines"]]

    def accept(self) -> Any:
        path = f"/matters/{self.id}/acceptance"
        return self.call("POST", path, {"version": self.seen()["version"]})

    def call(self, method: str, path: str, content: Any = None, **changes: Any) -> Any:
        return self.system.call(method, path, content, **changes)

    def assert_told(self, *kinds: str) -> list[dict[str, Any]]:
        """Check that exactly these events arrive, in order and without names; return them."""
        wanted = [f"matter.{kind}" for kind in kinds]
        eventually(lambda: len(self._told()) >= len(wanted))
        events = self._told()
        assert [event["type"] for event in events] == wanted
        assert [event["sequence"] for event in events] == list(range(1, len(wanted) + 1))
        said = json.dumps(events, ensure_ascii=False)
        for person in self.body["persons"]:
            assert person["name"] not in said
            assert person["document"]["number"] not in said
        assert self.body["subject"]["name"] not in said
        with tables_of(self.service):
            assert MatterEvent.select().count() == len(wanted)
        return events

    def _told(self) -> list[dict[str, Any]]:
        bodies = [json.loads(event["body"]) for event in self.service.sandbox.hook_events()]
        # The systems that asked about a person are told of changes, too.
        return [body for body in bodies if body["type"].startswith("matter.")]


@pytest.fixture
def office(service: Service) -> Office:
    hook = f"{service.sandbox.url}/sandbox/registrar/hook"
    return Office(service, system_of(service, webhook_url=hook))
