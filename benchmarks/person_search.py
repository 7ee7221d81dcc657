"""The search of a person by ID number at the desks, over 200,000 lines of the ledger."""

import json
from collections.abc import Callable
from statistics import median, quantiles

import requests

from benchmarks import calls
from benchmarks.figures import against_ceiling
from benchmarks.stage import EVEN, PLAIN, Stage
from handlers.admin.frame.access import COOKIE
from miniprogram_api.desks import people as desk_people
from models.desks.ledger import LedgerLine
from models.storage.database import database
from tests.support.admin.staff import member_of, token_of
from tests.support.people.persons import person
from tests.support.service import many_rows

# Of 200 lines and accounts.
DOUBLINGS = 10
MOST_MS = 50
ROUNDS = 40


def report(stage: Stage, say: Callable[[str], None], rounds: int = ROUNDS) -> None:
    """Search people on the window's page, through the API and in the ledger; print the p95."""
    say("filling the ledger")
    clerk = member_of("clerk", "centre", "auditor")
    for number in range(calls.ACCOUNTS):
        desk_people.open_person(clerk, person(number=number).id_number, "at_window")
    many_rows.multiply_ledger(DOUBLINGS)
    many_rows.multiply_accounts(DOUBLINGS)
    database.execute_sql("ANALYZE")
    lines = LedgerLine.select().count()
    token = token_of(clerk)
    environment = stage.environment("search") | {"DESK_LOOKUPS_PER_HOUR": "1000000"}
    alone = [*PLAIN, *EVEN, "--workers", "1"]
    product = stage.serve_in(environment, "search", "wsgi:create_app()", *alone)
    session = requests.Session()
    session.trust_env = False
    proof = _proof(session, product.url, token)

    def search(path: str, number: int) -> float:
        id_number = person(number=number).id_number
        form = {"id_number": id_number, "csrf": proof}
        if path.startswith("/api"):
            answer = session.post(
                product.url + path,
                data=json.dumps({"id_number": id_number}),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
        else:
            answer = session.post(
                product.url + path,
                data=form,
                cookies={COOKIE: token},
                allow_redirects=False,
            )
        if answer.status_code not in (200, 302):
            raise RuntimeError(f"{path}: {answer.status_code}")
        return 1000 * answer.elapsed.total_seconds()

    say("")
    print(f"\nThe search of a person over {lines:,} lines of the ledger, p95 (median)")
    for path in ("/api/v1/window/persons", "/admin/window", "/admin/centre/search",
                 "/admin/ledger/person"):  # fmt: skip
        times = [search(path, number) for number in range(rounds + 3)][3:]
        figure = against_ceiling(path, quantiles(times, n=20)[18], MOST_MS, "ms")
        print(f"{figure} ({median(times):.1f})")


def _proof(session: requests.Session, url: str, token: str) -> str:
    page = session.get(f"{url}/admin/window", cookies={COOKIE: token}).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]
