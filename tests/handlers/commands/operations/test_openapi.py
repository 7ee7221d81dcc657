"""The command openapi prints the document that the service publishes, twice the same."""

import json
from pathlib import Path

import handlers.api.routes  # noqa: F401 (declares the endpoints)
from handlers.openapi import document
from tests.support.service.command_line import manage


def test_document_is_printed_without_a_service(tmp_path: Path) -> None:
    first, second = (manage({"VAR_DIR": str(tmp_path)}, "openapi") for _ in range(2))

    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout) == document()
    assert second.stdout == first.stdout
