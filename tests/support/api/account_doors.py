"""The doors of an account session: every operation that takes one, called with real ids."""

import io
import itertools
import json
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import requests

from handlers.api.endpoint import Operation
from handlers.auth import Auth
from tests.support.api.operations import (
    body_of,
    name_of,
    operations,
    path_of,
    path_parameters,
)
from tests.support.pdf import text_of
from tests.support.people.accounts import phone_proof
from tests.support.people.histories import History
from tests.support.service.service import Service, data_of

# Made-up values of the parameters that name nothing of a person.
_MADE_UP: dict[str, tuple[str, ...]] = {
    "token": ("x" * 43,),
    "key": ("face",),
    "check_id": ("a" * 32,),
    "slug": ("privacy",),
    "code": ("x" * 22,),
    "message_id": ("A" * 22,),
}
_EXPORT_SECONDS = 60


def account_doors() -> list[Operation]:
    """Return every operation that a session with an account may call as such."""
    takes = (Auth.OPTIONAL, Auth.WECHAT, Auth.ACCOUNT)
    return [operation for operation in operations() if operation.auth in takes]


def paths(operation: Operation, ids: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the path with every id; KeyError names the parameter of a new door."""
    known = {**_MADE_UP, **ids}
    names = path_parameters(operation)
    for values in itertools.product(*(known[name] for name in names)):
        yield path_of(operation, **dict(zip(names, values, strict=True)))


def queries(operation: Operation, history: History) -> Iterator[dict[str, str]]:
    """Yield every query; KeyError names the field of a new door."""
    values = {"state": ("open", "done"), "after": ("999999999",), "before": history.messages}
    values |= {"category": ("registration",), "q": ("验证码",)}
    values |= {"activation_token": ()}
    names = [] if operation.query is None else [*operation.query.model_fields]
    is_needed = operation.query is not None and any(
        field.is_required() for field in operation.query.model_fields.values()
    )
    if not is_needed:
        yield {}
    for name in names:
        for value in values[name]:
            yield {name: value}


def read(answer: requests.Response) -> str:
    """Return all that an answer says; AssertionError for a kind of file that cannot be read."""
    kind = answer.headers["Content-Type"].partition(";")[0]
    if kind == "application/json":
        return json.dumps(answer.json(), ensure_ascii=False)
    if kind == "application/pdf":
        return text_of(answer.content)
    assert kind == "application/zip", kind
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {*archive.namelist()} == {"data.json", "data.pdf"}
        return archive.read("data.json").decode() + text_of(archive.read("data.pdf"))


class Walk:
    """Call doors as one account and collect the markers of a history in their answers."""

    def __init__(
        self, service: Service, history: History, own: Mapping[str, Iterable[str]]
    ) -> None:
        """`own` are ids of the account itself, which are tried besides those of the history."""
        self.service, self.history = service, history
        names = {*history.ids, *own}
        self.ids = {name: (*history.ids.get(name, ()), *own.get(name, ())) for name in names}
        self.doors: set[str] = set()
        self.answers = 0
        self.leaks: dict[str, set[str]] = {}

    def look(self, operation: Operation, token: str) -> None:
        """Call a door that only reads with every id and every query."""
        for path, query in itertools.product(
            paths(operation, self.ids), [*queries(operation, self.history)]
        ):
            self.judge(operation, self.service.get(path, token=token, params=query))

    def write(self, operation: Operation, token: str) -> None:
        """Call a door that writes with every id: with a full body, without the conversation that
        it may name, and with the needed fields.
        """
        bodies: list[dict[str, Any] | None] = [None]
        if operation.body is not None:
            full, fields = body_of(operation), operation.body.model_fields
            bodies = [
                full,
                {name: full[name] for name in full if name != "conversation_id"},
                {name: full[name] for name in full if fields[name].is_required()},
            ]
        for path, body in itertools.product(paths(operation, self.ids), bodies):
            answer = self.service.request(operation.method, path, token=token, json=body)
            self.judge(operation, answer)

    def judge(self, operation: Operation, answer: requests.Response) -> None:
        door = name_of(operation)
        self.doors.add(door)
        self.answers += 1
        assert answer.status_code != 401, f"{door} was not judged: {answer.text}"
        found = self.history.found_in(read(answer))
        if found:
            self.leaks.setdefault(door, set()).update(found)


def made_export(service: Service, token: str, phone: str) -> str:
    """Request a copy of the account's data and wait until it is made; return its id."""
    proof = {"phone_proof": phone_proof(service, token, phone)}
    export_id = str(data_of(service.post("/account/export", json=proof, token=token), 202)["id"])
    deadline = time.monotonic() + _EXPORT_SECONDS
    while service.get(f"/account/export/{export_id}", token=token).status_code == 409:
        assert time.monotonic() < deadline, "The worker made no copy."
        time.sleep(0.2)
    return export_id
