"""The examples in docs/registrar.md are computed and answered by the service."""

import base64
import hashlib
import json
import re
from dataclasses import replace

from flask import Flask

from config import Settings
from handlers import envelope
from handlers.api.matter_bodies import NumberedMatterBody
from handlers.registrar.persons import QueryAnswer
from miniprogram_api.matters import forms
from miniprogram_api.registrars.signatures import SignedRequest, sign
from tests.support.service.sandbox import REPOSITORY


def test_signature_example_is_correct() -> None:
    text = (REPOSITORY / "docs" / "registrar.md").read_text()

    def after(title: str) -> str:
        found = re.search(rf"^    {re.escape(title)} +(.+)$", text, re.MULTILINE)
        assert found is not None, title
        return found[1]

    secret, body = base64.b64decode(after("secret (base64)")), after("body").encode()
    lines = re.search(r"what is signed((?: +\S+\n){5})", text)
    assert lines is not None
    method, path, timestamp, nonce, digest = lines[1].split()
    assert digest == hashlib.sha256(body).hexdigest()

    request = SignedRequest("r0123456789abcdef", timestamp, nonce, "", method, path, body)

    assert after("X-Signature") == sign(secret, request)


def test_answer_example_is_correct() -> None:
    text = (REPOSITORY / "docs" / "registrar.md").read_text()
    found = re.search(r"^    (\{\"code\": .+)$", text, re.MULTILINE)
    assert found is not None
    example = json.loads(found[1])
    with Flask("door").test_request_context(headers={"X-Request-ID": example["request_id"]}):
        answer = envelope.success(200, QueryAnswer(**example["data"]))
    assert answer.get_json() == example


def test_matter_example_is_valid(tables: Settings) -> None:
    text = (REPOSITORY / "docs" / "registrar.md").read_text()
    found = re.search(r"^    (\{\"number\": .+?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    body = NumberedMatterBody.model_validate_json(found[1])
    assert len(forms.checked(replace(body.as_rule(), office=None)).persons) == 2
