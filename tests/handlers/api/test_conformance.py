"""schemathesis against the running service: answers conform to the OpenAPI document."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from handlers.openapi import document
from miniprogram_api.access import sessions
from tests.support.people.accounts import account_of, hashed, tables_of
from tests.support.people.persons import Person, person
from tests.support.people.registrations import synced_account
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import Service

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOLDER = person(number=4242)
# For each operation and kind of caller, besides the document's own examples and those that cover
# its limits one by one; more find more: CONFORMANCE_EXAMPLES=100 takes ten minutes.
EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "4"))
SEED = 20261124
LONGEST_SECONDS = 60 * max(5, EXAMPLES // 8)
# They would end the token of the following calls.
ENDING_THE_TOKEN = ("open_session", "close_session")


def prepare(service: Service) -> dict[str, str]:
    """Create the accounts of the examples; return a token for each kind of caller."""
    schemas = document()["components"]["schemas"]
    registering = {
        name: field["examples"][0]
        for name, field in schemas["RegistrationBody"]["properties"].items()
        if "examples" in field
    }
    synced = Person(
        registering["name"],
        registering["id_number"],
        HOLDER.valid_from,
        HOLDER.valid_until,
        registering["phone"],
    )
    login = schemas["SignInBody"]["properties"]["login"]["examples"][0]
    with tables_of(service):
        synced_account(synced)
        account = account_of(
            HOLDER,
            username=login,
            username_index=login,
            password_hash=hashed(registering["password"]),
        )
        signed_in = sessions.start("o-zhang", account.id).token
    return {"nobody": "no-token", "wechat": service.wechat_login(), "account": signed_in}


def run(service: Service, directory: Path, token: str, *more: str) -> str:
    """Return the output of schemathesis; fail the test when it reports anything."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "--no-color",
        "run", f"{service.url}/openapi.json", "--checks", "all", "--seed", str(SEED),
        "--max-examples", str(EXAMPLES), "--header", f"Authorization: Bearer {token}",
        "--warnings", "off", "--report-dir", str(directory), *more,
    ]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.timeout(LONGEST_SECONDS + 20)
@pytest.mark.parametrize(
    ("caller", "phases"),
    [
        ("account", "examples,coverage,fuzzing,stateful"),
        # The coverage phase tests the limits of fields, which are the same for every caller.
        ("wechat", "examples,fuzzing"),
        pytest.param("wechat", "coverage,stateful", marks=pytest.mark.slow),
        pytest.param("nobody", "examples,coverage,fuzzing,stateful", marks=pytest.mark.slow),
    ],
)
def test_answers_conform_to_the_document(
    service: Service, tmp_path: Path, caller: str, phases: str
) -> None:
    token = prepare(service)[caller]

    excluded = options("--exclude-operation-id", ENDING_THE_TOKEN)
    said = run(service, tmp_path, token, *excluded, "--phases", phases)

    assert "❌" not in said
    if caller != "nobody":
        assert service.post("/client-reports", json={}, token=token).status_code == 422, (
            "The token died on the way, so most of what was generated met a 401."
        )
    log = (service.settings.var_dir / "log" / "web.log").read_text()
    assert "unexpected error" not in log


@pytest.mark.timeout(LONGEST_SECONDS + 20)
def test_sign_in_and_out_conform_to_the_document(service: Service, tmp_path: Path) -> None:
    token = prepare(service)["wechat"]

    phases = ("--phases", "examples,coverage,fuzzing")
    run(service, tmp_path, token, *options("--include-operation-id", ENDING_THE_TOKEN), *phases)

    assert service.post("/client-reports", json={}, token=token).status_code == 401


def options(name: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (name, value)]
