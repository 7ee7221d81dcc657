"""The worked example in docs/registrar.md is what the service computes."""

import base64
import hashlib
import re

from miniprogram_api.registrar_signatures import SignedRequest, sign
from tests.support.sandbox import REPOSITORY


def test_the_example_is_right() -> None:
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
