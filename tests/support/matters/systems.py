"""A registration system that calls the service over HTTP."""

import base64
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

import requests

from handlers import registrar
from handlers.openapi import reasons_of
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.signatures import SignedRequest, sign
from miniprogram_api.registrars.systems import Issued
from tests.support.people.accounts import tables_of
from tests.support.people.persons import Person
from tests.support.service.service import Service

BASE = "/registrar/v1"


@dataclass(frozen=True)
class System:
    """One system with its key."""

    service: Service
    key: Issued

    def call(
        self, method: str, path: str, content: Any = None, **changes: Any
    ) -> requests.Response:
        """Send a signed request; ``changes`` are other signed parts."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        signed = SignedRequest(
            **{
                "key_id": self.key.key_id,
                "timestamp": str(int(time.time())),
                "nonce": secrets.token_hex(16),
                "signature": "",
                "method": method,
                "path": BASE + path,
                "body": body,
                **changes,
            }
        )
        headers = {
            "X-Key-Id": signed.key_id,
            "X-Timestamp": signed.timestamp,
            "X-Nonce": signed.nonce,
            "X-Signature": sign(base64.b64decode(self.key.secret), signed),
            "Content-Type": "application/json",
        }
        answer = requests.request(
            method, self.service.url + BASE + path, data=body, headers=headers, timeout=30
        )
        _require_declared(method, path, answer)
        return answer


def _require_declared(method: str, path: str, answer: requests.Response) -> None:
    """Raise AssertionError for a refusal that the endpoint does not declare."""
    operation = next(
        o
        for o in registrar.matters.resource.api.operations
        if o.method == method and re.fullmatch(re.sub("<.+?>", "[^/]+", o.path), path)
    )
    if answer.status_code >= 400:
        assert answer.json()["code"] in {reason.name for reason in reasons_of(operation)}


def system_of(service: Service, **changes: Any) -> System:
    """Register a system at a running service."""
    values = {"name": "企业登记系统", "daily_quota": 10_000, "actor": "test", **changes}
    with tables_of(service):
        return System(service, registrar_systems.issue(service.settings, **values))


def person_body(someone: Person, role: str = "股东", **changes: Any) -> dict[str, Any]:
    """Return one person in one post as sent over HTTP."""
    document = {"type": "id_card", "number": someone.id_number}
    return {"name": someone.name, "document": document, "role": role, **changes}


def matter_body(*persons: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a matter as sent over HTTP."""
    return {
        "number": "2026-000123",
        "kind": "establishment",
        "subject": {"name": "示例科技有限公司", "type": "有限责任公司"},
        "district": "示例县",
        "details": [{"label": "注册资本", "value": "100万元"}],
        "persons": list(persons),
        **changes,
    }


def made(system: System, *persons: dict[str, Any], **changes: Any) -> str:
    """Create a matter and return its id."""
    answer = system.call("POST", "/matters", matter_body(*persons, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["matter_id"])
