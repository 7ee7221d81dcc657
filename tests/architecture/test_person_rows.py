"""Every query by an ID number is known, with the reason why it shows a stranger nothing.

What is kept of a person is found by a blind index of the ID number, also for an account that was
registered with the number of another. A new query needs the rule of ``person_rows``, or a reason.
"""

import ast
from collections.abc import Iterator

from tests.architecture.source import REPOSITORY, sources

INDEXES = {"identity_index", "former_identity_index", "document_index"}
LOOK_UPS = {"matches", "in_"}
RULE = "miniprogram_api.person_rows"

BY_THE_RULE = "asks person_rows"
FOR_STAFF = "answers members of staff alone"
FOR_SYSTEMS = "answers registration systems, or tells them"
NO_ROW = "answers whether, not what: a limit, a claim, a reservation, a confirmed identity"
OWN_ACCOUNT = "finds the person's present account, to sign in to it or to register"

KNOWN = {
    "miniprogram_api/accounts/accounts.py": OWN_ACCOUNT,
    "miniprogram_api/accounts/delayed_levels.py": NO_ROW,
    "miniprogram_api/accounts/disputes.py": NO_ROW,
    "miniprogram_api/counter/receipts.py": FOR_STAFF,
    "miniprogram_api/desks/acts.py": FOR_STAFF,
    "miniprogram_api/desks/history.py": FOR_STAFF,
    "miniprogram_api/desks/lookups.py": FOR_STAFF,
    "miniprogram_api/desks/asking.py": FOR_STAFF,
    "miniprogram_api/desks/past_verifications.py": FOR_STAFF,
    "miniprogram_api/desks/people.py": FOR_STAFF,
    "miniprogram_api/desks/queue.py": FOR_STAFF,
    "miniprogram_api/desks/risks.py": FOR_STAFF,
    "miniprogram_api/enrolment/activation.py": OWN_ACCOUNT,
    "miniprogram_api/enrolment/registration.py": OWN_ACCOUNT,
    "miniprogram_api/identity/clearances.py": NO_ROW,
    "miniprogram_api/identity/verification.py": NO_ROW,
    "miniprogram_api/ledger/lines.py": FOR_STAFF,
    "miniprogram_api/matter_lines/finding.py": "its callers are judged below",
    "miniprogram_api/matter_lines/guard.py": FOR_SYSTEMS,
    "miniprogram_api/own_data/gathering.py": BY_THE_RULE,
    "miniprogram_api/phones/proofs.py": NO_ROW,
    "miniprogram_api/proofing/limit_clearing.py": OWN_ACCOUNT,
    "miniprogram_api/registrars/queries.py": BY_THE_RULE,
    "miniprogram_api/registrars/watches.py": FOR_SYSTEMS,
    "miniprogram_api/delivery/webhooks.py": FOR_SYSTEMS,
    "miniprogram_api/tickets/tickets.py": NO_ROW,
    "miniprogram_api/windows/doubts.py": FOR_STAFF,
    "miniprogram_api/windows/guardians.py": FOR_STAFF,
    "models/accounts/account_reads.py": OWN_ACCOUNT,
    "models/accounts/verifications.py": NO_ROW,
}
# The functions by which lines of matters are found by a person's document.
LINES = {"with_document", "own_lines", "of_account", "open_matters"}
CALLERS_OF_LINES = {
    "miniprogram_api/accounts/cancellation.py": "counts open matters",
    "miniprogram_api/counter/searches.py": FOR_STAFF,
    "miniprogram_api/matter_lines/finding.py": "defines them",
    "miniprogram_api/matter_lines/holders.py": "counts open matters",
    "miniprogram_api/matters/own.py": BY_THE_RULE,
    "miniprogram_api/matters/receipts.py": BY_THE_RULE,
    "miniprogram_api/matters/standings.py": BY_THE_RULE,
    "miniprogram_api/sheets/sheets.py": BY_THE_RULE,
    "miniprogram_api/windows/matter_views.py": FOR_STAFF,
}
# Other rows that belong to a person, reached by another way than these queries.
OTHER_RULED = {
    "miniprogram_api/matters/confirmations.py",
    "miniprogram_api/delivery/matter_messages.py",
    "miniprogram_api/own_data/exports.py",
    "miniprogram_api/tickets/sharing.py",
}


def look_ups(source: ast.AST) -> Iterator[ast.Call]:
    """Yield the queries by an index of an ID number."""
    for node in ast.walk(source):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LOOK_UPS
            and isinstance(node.func.value, ast.Attribute)
            and node.func.value.attr in INDEXES
        ):
            yield node


def calls_for_lines(source: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls ``finding.with_document`` and the like."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            is_of_lines = owner is None or ast.unparse(owner) in ("finding", "holders")
            # ``of_account`` alone is that of other modules.
            if name in LINES and is_of_lines and (owner is not None or name != "of_account"):
                yield node


def test_every_query_by_an_id_number_has_its_reason() -> None:
    found = {
        file.name: [*look_ups(file.tree)] for file in sources("faq", "miniprogram_api", "models")
    }
    assert sum(map(len, found.values())) >= 40
    assert {name for name, calls in found.items() if calls} == {*KNOWN}


def test_every_reader_of_a_person_s_matters_has_its_reason() -> None:
    found = {file.name: [*calls_for_lines(file.tree)] for file in sources("faq", "miniprogram_api")}
    assert sum(map(len, found.values())) >= 9
    assert {name for name, calls in found.items() if calls} == {*CALLERS_OF_LINES}


def test_those_that_show_rows_ask_the_one_rule() -> None:
    ruled = {name for table in (KNOWN, CALLERS_OF_LINES) for name, why in table.items()
             if why == BY_THE_RULE} | OTHER_RULED  # fmt: skip
    asking = {
        file.name
        for file in sources("miniprogram_api")
        if RULE in file.imports() or _names_the_rule(file.tree)
    }
    assert asking == ruled
    assert len(ruled) >= 9
    assert (REPOSITORY / "miniprogram_api/person_rows.py").exists()


def test_a_planted_query_is_found() -> None:
    planted = ast.parse(
        "def leak(account):\n"
        "    rows = Sheet.select().where(Sheet.document_index.matches(account.id_number))\n"
        "    return [*rows, *finding.with_document(account.id_number)]\n"
    )
    assert len([*look_ups(planted)]) == len([*calls_for_lines(planted)]) == 1


def _names_the_rule(source: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "miniprogram_api"
        and any(alias.name == "person_rows" for alias in node.names)
        for node in ast.walk(source)
    )
