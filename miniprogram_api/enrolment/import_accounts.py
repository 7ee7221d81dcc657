"""Import the accounts of an older system.

Imported accounts have level 3, no password, and wait for their activation. Invalid rows are
reported for correction. People who have, or cancelled, an account are skipped, so a file can be
imported twice.
"""

import gc
import secrets
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.access import usernames
from miniprogram_api.enrolment.import_rows import Person, Problem, Row, RowValidator
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import sentence
from models.accounts import synced_accounts as table
from models.accounts import verifications
from models.accounts.accounts import CANCELLED, UNACTIVATED, Account
from models.accounts.synced_accounts import SealedAccount
from models.storage.database import (
    IntegrityError,
    close_thread_connection,
    expect_many_writes,
    is_sqlite,
    lock_all,
    transaction,
)
from models.storage.fields import keys

# Repeats of a batch that conflicts with people who register at the same moment.
MOST_ATTEMPTS = 5
# Much longer than the transaction of a batch, which releases its claims itself.
CLAIM_LEASE = timedelta(seconds=30)

_Candidate = tuple[Person, SealedAccount]


def batch_size() -> int:
    """Return the best number of rows per transaction; PostgreSQL has room for fewer locks."""
    return 5_000 if is_sqlite() else 2_000


@dataclass
class Counts:
    """Count the results of validated rows."""

    rows: int = 0
    imported: int = 0
    without_username: int = 0
    """Imported without their user name, which was taken or invalid."""
    already_imported: int = 0
    already_active: int = 0
    cancelled: int = 0
    """Cancelled their account here, which an old list does not undo."""
    put_aside: int = 0

    def add(self, other: "Counts") -> None:
        """Add the counts of another part of the file."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class _Outcome:
    """Hold the result of a batch or of one of its steps."""

    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)

    def put_aside(self, person: Person, field_name: str, code: str, message: str) -> None:
        self.problems.append(Problem(person.line, field_name, code, message))
        self.counts.put_aside += 1


class AccountImport:
    """Import one file; ``counts`` are the results so far."""

    def __init__(
        self, settings: Settings, *, dry_run: bool = False, confirmed: Collection[str] = ()
    ) -> None:
        """Prepare an import; rows with the warning codes ``confirmed`` are accepted."""
        listed = {
            phone_numbers.segment(number_range.prefix)
            for number_range in number_ranges.list_ranges()
        }
        self._validate = RowValidator(clock.today(), frozenset(listed), frozenset(confirmed))
        self._most_on_phone = settings.accounts_per_phone
        self._dry_run = dry_run
        # Line of each person in the file, by blind index.
        self._lines: dict[bytes, int] = {}
        # Rows that a dry run would have written.
        self._phones: Counter[str] = Counter()
        self._usernames: set[str] = set()
        self.counts = Counts()

    def run(
        self, batches: Iterable[Sequence[Row]]
    ) -> Iterator[tuple[Sequence[Row], list[Problem]]]:
        """Validate and store each batch in its own transaction; yield it with its problems.

        Storing one batch overlaps with validating the next. Raises DatabaseUnavailable; then that
        batch is not stored, and the file can be imported again.
        """
        with _uninterrupted(), ThreadPoolExecutor(1, initializer=expect_many_writes) as writer:
            try:
                pending: tuple[Sequence[Row], _Outcome, Future[_Outcome]] | None = None
                for batch in batches:
                    candidates, validated = self._validate_all(batch)
                    if pending is not None:
                        yield self._done(*pending)
                    pending = batch, validated, writer.submit(self._store, candidates)
                if pending is not None:
                    yield self._done(*pending)
            finally:
                # Only the thread that opened the connection can close it.
                writer.submit(close_thread_connection)

    def _validate_all(self, batch: Sequence[Row]) -> tuple[list[_Candidate], _Outcome]:
        """Return the valid rows without repetitions in the file."""
        outcome = _Outcome(Counts(rows=len(batch)))
        people = []
        for row in batch:
            validated = self._validate(row)
            if isinstance(validated, Person):
                people.append(validated)
            else:
                outcome.problems += validated
                outcome.counts.put_aside += 1
        candidates = []
        sealed_accounts = table.seal([person.account for person in people])
        for candidate in zip(people, sealed_accounts, strict=True):
            person, sealed = candidate
            line = self._lines.setdefault(sealed.identity_index, person.line)
            if line == person.line:
                candidates.append(candidate)
            else:
                message = text("account_import.duplicate_in_file", line=line)
                outcome.put_aside(person, "id_number", "duplicate_in_file", message)
        return candidates, outcome

    def _done(
        self, batch: Sequence[Row], validated: _Outcome, storing: Future[_Outcome]
    ) -> tuple[Sequence[Row], list[Problem]]:
        """Return the stored batch with its problems by line."""
        stored = storing.result()
        self.counts.add(validated.counts)
        self.counts.add(stored.counts)
        problems = sorted([*validated.problems, *stored.problems], key=lambda problem: problem.line)
        return batch, problems

    def _store(self, candidates: list[_Candidate]) -> _Outcome:
        for attempt in range(MOST_ATTEMPTS):
            try:
                with nullcontext() if self._dry_run else transaction():
                    return self._store_in_transaction(candidates)
            except IntegrityError:
                # A concurrent registration conflicts with this batch: check again.
                if attempt == MOST_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _store_in_transaction(self, candidates: list[_Candidate]) -> _Outcome:
        outcome = _Outcome()
        if not candidates:
            return outcome
        holder = None if self._dry_run or len(keys().index) == 1 else secrets.token_bytes(16)
        unknown = self._without_account(candidates, holder, outcome)
        placed = self._with_place_on_phone(unknown, outcome)
        new = self._with_free_usernames(placed, outcome)
        outcome.counts.imported = len(new)
        if self._dry_run:
            self._phones.update(person.account.phone for person, _ in placed)
            self._usernames.update(
                usernames.key(person.account.username)
                for (person, _), account in zip(placed, new, strict=True)
                if person.account.username is not None and account.username is not None
            )
        elif new:
            table.add(new, clock.milliseconds(clock.now()))
        if holder is not None:
            verifications.release_claims(holder)
        return outcome

    def _without_account(
        self, candidates: list[_Candidate], holder: bytes | None, outcome: _Outcome
    ) -> list[_Candidate]:
        """Return the people who never had an account."""
        numbers = table.under_other_keys(
            {sealed.identity_index: person.account.id_number for person, sealed in candidates},
            Account.identity_index,
        )
        busy = set() if holder is None else _claim(numbers, holder)
        known = table.known_people(numbers)
        unknown = []
        for candidate in candidates:
            person = candidate[0]
            status = known.get(person.account.id_number)
            if status is None and person.account.id_number in busy:
                message = text("account_import.busy")
                outcome.put_aside(person, "id_number", "identity_check_in_progress", message)
            elif status is None:
                unknown.append(candidate)
            elif status == UNACTIVATED:
                outcome.counts.already_imported += 1
            elif status == CANCELLED:
                outcome.counts.cancelled += 1
            else:
                outcome.counts.already_active += 1
        return unknown

    def _with_place_on_phone(
        self, candidates: list[_Candidate], outcome: _Outcome
    ) -> list[_Candidate]:
        """Return the people whose phone has room for an account, in the order of the file."""
        if not self._dry_run:
            # The same lock as ``capacity.require_capacity``.
            lock_all(f"phone:{person.account.phone}" for person, _ in candidates)
        phones = {sealed.phone_index: person.account.phone for person, sealed in candidates}
        taken = table.accounts_on_phones(table.under_other_keys(phones, Account.phone_index))
        placed = []
        for candidate in candidates:
            person = candidate[0]
            phone = person.account.phone
            if taken[phone] + self._phones[phone] < self._most_on_phone:
                taken[phone] += 1
                placed.append(candidate)
            else:
                message = sentence(Reason.PHONE_ACCOUNT_LIMIT)
                outcome.put_aside(person, "phone", "phone_account_limit", message)
        return placed

    def _with_free_usernames(
        self, candidates: list[_Candidate], outcome: _Outcome
    ) -> list[SealedAccount]:
        """Return all accounts; remove user names that are taken."""
        wanted = {
            sealed.username_index: usernames.key(person.account.username)
            for person, sealed in candidates
            if person.account.username is not None and sealed.username_index is not None
        }
        taken = self._usernames
        if wanted:
            indexes = table.under_other_keys(wanted, Account.username_index)
            taken = table.taken_usernames(indexes) | taken
        given: set[str] = set()
        accounts = []
        for person, sealed in candidates:
            index, problem = sealed.username_index, person.username_problem
            key = None if index is None else wanted[index]
            if key in taken or key in given:
                sealed = sealed._replace(username=None, username_index=None)
                message = text("account_import.username_taken")
                problem = Problem(person.line, "username", "username_taken", message, imported=True)
            elif key is not None:
                given.add(key)
            if problem is not None:
                outcome.problems.append(problem)
                outcome.counts.without_username += 1
            accounts.append(sealed)
        return accounts


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Disable garbage collection, because rows make no cycles, and shorten the switch interval.

    The writer thread mostly waits for the database and should resume after a millisecond.
    """
    collects, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(0.001)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collects:
            gc.enable()


def note_start(file_digest: str, *, actor: str) -> None:
    """Audit the start of an import of the file with this SHA-256."""
    with transaction():
        audit.write("command:account_import:started", actor=actor, file_sha256=file_digest)


def note_end(file_digest: str, counts: Counts, *, actor: str) -> None:
    """Audit the counts of a finished import."""
    with transaction():
        audit.write(
            "command:account_import:finished",
            actor=actor,
            file_sha256=file_digest,
            **asdict(counts),
        )


def _claim(numbers: Mapping[bytes, str], holder: bytes) -> set[str]:
    """Claim these people for the transaction; return those claimed by others.

    Needed while two index keys are in use: two processes may then write one identity under
    different keys, which no unique index detects.
    """
    now = clock.now()
    won = verifications.claim_many(list(numbers), holder, now, now + CLAIM_LEASE)
    return {number for digest, number in numbers.items() if digest not in won}
