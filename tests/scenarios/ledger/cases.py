"""Manipulations, each with the checks that find it without and with anchors."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from miniprogram_api import clock
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from models.accounts.accounts import Account
from models.accounts.sms_codes import PhoneProofToken
from models.desks import ledger as table
from models.desks import ledger_triggers
from models.desks.clearances import IdentityClearance
from models.storage.database import database, is_sqlite
from tests.scenarios.ledger.scene import ALONE, CLEARED, Scene
from tests.support.people.persons import make_phone

REQUESTS = "UPDATE second_person_request "


def sql(*statements: str) -> Callable[[Scene], None]:
    """Return an act that executes statements; ``{name}`` is the last line of an action."""

    def act(scene: Scene) -> None:
        for statement in statements:
            text = statement.format(
                **scene.lines,
                **{f"{name}_ticket": ticket for name, ticket in scene.tickets.items()},
                **{f"{name}_account": account for name, account in scene.accounts.items()},
                sealed=scene.sealed,
                **scene.chained,
            )
            database.execute_sql(text)

    return act


def owner(*statements: str) -> Callable[[Scene], None]:
    """Return an act of the owner, who drops the triggers and makes them again."""

    def act(scene: Scene) -> None:
        with unprotected():
            sql(*statements)(scene)

    return act


@contextmanager
def unprotected() -> Iterator[None]:
    ledger_triggers.drop(database)
    yield
    ledger_triggers.create(database)


def insert_line(
    line_hash: str, *, key_id: str = "l1", action: str = "card_seen", gap: int = 1
) -> Callable[[Scene], None]:
    """Return an act that appends a line in the name of a member; SQL can do the same."""

    def act(scene: Scene) -> None:
        about = scene.lines["manual_verification"] if action == "erased" else None
        number, previous = table.last() or (0, b"")
        content = '{"reason":"x"}'
        line = table.Line(
            number + gap, 1_800_000_000_000, "staff:1", action, None, None, None, about,
            key_id, ledger.personal_hash(bytes(16), None, content), previous,
        )  # fmt: skip
        parts = [p.hex() if isinstance(p, bytes) else p for p in line]
        hashes = {
            "sha256": hashlib.sha256(ledger.canonical([*parts[:8], *parts[9:]]).encode()).digest(),
            "copied": previous,
            "stolen": ledger.line_hash(line) if key_id == "l1" else b"",
        }
        table.LedgerLine.insert(hash=hashes[line_hash], **line._asdict()).execute()
        table.LedgerDetail.insert(number=line.number, salt=bytes(16), content=content).execute()

    return act


def forge_erasure(scene: Scene) -> None:
    erase = "UPDATE ledger_detail SET salt = NULL, id_number = NULL, identity_index = NULL, "
    sql(erase + "content = NULL WHERE number = {manual_verification}")(scene)
    insert_line("sha256", action="erased")(scene)


def restore_erased(scene: Scene) -> None:
    number, salt, id_number, index, content = scene.erased_detail
    table.LedgerDetail.update(
        salt=salt, id_number=id_number, identity_index=index, content=content
    ).where(table.LedgerDetail.number == number).execute()


def swap_personal_parts(scene: Scene) -> None:
    numbers = [scene.lines["manual_verification"], scene.lines["phone_corrected"]]
    first, second = (row[3:] for row in table.by_numbers(numbers))
    for number, values in zip(numbers, (first, second), strict=True):
        names = ("salt", "id_number", "identity_index", "content")
        table.LedgerDetail.update(dict(zip(names, values, strict=True))).where(
            table.LedgerDetail.number == number
        ).execute()


def rewrite(
    make_hash: Callable[[table.Line], bytes], *, only_last: bool = False
) -> Callable[[Scene], None]:
    """Return an act that changes an actor and computes all hashes after it again."""

    def act(scene: Scene) -> None:
        first = max(scene.lines.values()) if only_last else 1
        previous = ledger.BEGINNING
        with unprotected():
            for stored in list(table.walk()):
                if stored.line.number < first:
                    previous = stored.hash
                    continue
                line = stored.line._replace(previous_hash=previous)
                if line.number == first:
                    line = line._replace(actor="staff:99")
                previous = make_hash(line)
                mark = "?" if is_sqlite() else "%s"
                database.execute_sql(
                    f"UPDATE ledger_line SET actor = {mark}, previous_hash = {mark}, "
                    f"hash = {mark} WHERE number = {mark}",
                    (line.actor, line.previous_hash, previous, line.number),
                )

    return act


def sha256_of(line: table.Line) -> bytes:
    parts = [p.hex() if isinstance(p, bytes) else p for p in line]
    return hashlib.sha256(ledger.canonical(parts).encode()).digest()


def foreign_seal(scene: Scene) -> None:
    other = scene.rules.with_settings(ledger_seal_keys=f"s1:{'A' * 43}=").settings
    ledger_seals.make(other)


def change_account(whose: str, **values: Any) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        Account.update(**values).where(Account.id == scene.accounts[whose]).execute()

    return act


def insert_clearance(scene: Scene) -> None:
    IdentityClearance.insert(
        id_number=ALONE.id_number,
        identity_index=ALONE.id_number,
        name=ALONE.name,
        valid_from="2020-01-01",
        ticket=scene.tickets["phone_change"],
        cleared_at=clock.now(),
        expires_at=clock.now(),
    ).execute()


def insert_phone_proof(_scene: Scene) -> None:
    PhoneProofToken.insert(
        token_hash=b"x" * 32,
        phone=make_phone(6),
        phone_index=make_phone(6),
        method="manual",
        openid="o-x",
        created_at=clock.now(),
        expires_at=clock.now(),
    ).execute()


def forge_audit(tag: str, whose: str, details: str = "{}") -> Callable[[Scene], None]:
    return lambda scene: database.execute_sql(
        "INSERT INTO audit_entry (at, tag, actor, account_id, details) VALUES "
        f"(1900000000000, '{tag}', 'account:1', {scene.accounts[whose]}, '{details}')"
    )


def both(*acts: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        for one in acts:
            one(scene)

    return act


def remove_anchors(scene: Scene) -> None:
    (scene.folder / "seal-00000002.json").unlink(missing_ok=True)


def alter_anchor(scene: Scene) -> None:
    path = scene.folder / "seal-00000002.json"
    if path.exists():
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "number": content["number"] - 1}))


_ERASE = "salt = NULL, id_number = NULL, identity_index = NULL, content = NULL"
_CUT = (
    "DELETE FROM ledger_line WHERE number > {sealed}",
    "DELETE FROM ledger_detail WHERE number > {sealed}",
)
_CUT_SEAL = "DELETE FROM ledger_seal WHERE sequence > 1"
_LAST = "(SELECT max(number) FROM ledger_line)"

Act = Callable[[Scene], None]
CASES: list[tuple[str, Act, str, str]] = [
    # What triggers refuse.
    ("update a line", sql("UPDATE ledger_line SET actor = 'staff:9'"), "refused", "refused"),
    ("delete the last line", sql(f"DELETE FROM ledger_line WHERE number = {_LAST}"),
     "refused", "refused"),
    ("delete all lines", sql("DELETE FROM ledger_line"), "refused", "refused"),
    ("overwrite a line by an upsert",
     sql("INSERT INTO ledger_line SELECT * FROM ledger_line WHERE number = 1 "
         "ON CONFLICT (number) DO UPDATE SET actor = 'staff:9'"), "refused", "refused"),
    ("delete a personal part", sql("DELETE FROM ledger_detail WHERE number = 1"),
     "refused", "refused"),
    ("update a seal", sql("UPDATE ledger_seal SET number = 1"), "refused", "refused"),
    ("delete a seal", sql("DELETE FROM ledger_seal"), "refused", "refused"),
    # What an INSERT or an allowed UPDATE can do.
    ("append a line with a plain SHA-256", insert_line("sha256"), "hash", "hash"),
    ("append a line with a copied hash", insert_line("copied"), "hash", "hash"),
    ("append a line under an unknown key", insert_line("sha256", key_id="l9"),
     "hash", "hash"),
    ("insert a line before the first", insert_line("sha256", gap=-1_000), "numbers", "numbers"),
    ("append a line after a gap", insert_line("sha256", gap=5), "hash numbers",
     "hash numbers"),
    ("forge an erasure with its line", forge_erasure, "hash personal", "hash personal"),
    ("erase a personal part without a line",
     sql(f"UPDATE ledger_detail SET {_ERASE} WHERE number = 1"), "personal", "personal"),
    ("erase a personal part by half",
     sql("UPDATE ledger_detail SET content = NULL WHERE number = 1"), "personal", "personal"),
    ("put an erased personal part back", restore_erased, "personal", "personal"),
    ("swap two personal parts", swap_personal_parts, "personal tables", "personal tables"),
    ("copy a personal part over another",
     sql("UPDATE ledger_detail SET content = (SELECT content FROM ledger_detail WHERE number = "
         "{phone_corrected}) WHERE number = {manual_verification}"), "personal", "personal"),
    ("remove a line from the look-up by person",
     sql("UPDATE ledger_detail SET identity_index = NULL WHERE number = {manual_verification}"),
     "personal", "personal"),
    ("add a personal part without a line",
     sql("INSERT INTO ledger_detail (number) VALUES (999)"), "numbers", "numbers"),
    ("insert a seal with another key", foreign_seal, "seals", "seals"),
    # What the owner can do, who drops the triggers and makes them again.
    ("change the actor", owner("UPDATE ledger_line SET actor = 'staff:9' WHERE number = 2"),
     "hash tables", "hash tables"),
    ("change the time", owner("UPDATE ledger_line SET at = at - 1 WHERE number = 2"),
     "hash", "hash"),
    ("change the action", owner("UPDATE ledger_line SET action = 'card_seen' WHERE number = 2"),
     "hash tables", "hash tables"),
    ("change the window", owner("UPDATE ledger_line SET window_id = 77 WHERE number = 2"),
     "hash", "hash"),
    ("change the ticket", owner("UPDATE ledger_line SET ticket_id = 77 WHERE number = 2"),
     "hash tables", "hash tables"),
    ("change the account", owner("UPDATE ledger_line SET account_id = 77 WHERE number = 1"),
     "hash tables", "hash tables"),
    ("change the erased line of an erasure",
     owner("UPDATE ledger_line SET about_number = 1 WHERE number = {erased}"),
     "hash personal", "hash personal"),
    ("change the key of a line", owner("UPDATE ledger_line SET key_id = '' WHERE number = 2"),
     "hash", "hash"),
    ("change the hash of a personal part",
     owner("UPDATE ledger_line SET personal_hash = previous_hash WHERE number = 2"),
     "hash personal", "hash personal"),
    ("change the hash of a line",
     owner("UPDATE ledger_line SET hash = previous_hash WHERE number = 2"), "hash", "hash"),
    ("delete a line in the middle",
     owner("DELETE FROM ledger_line WHERE number = {person_opened} - 1",
           "DELETE FROM ledger_detail WHERE number = {person_opened} - 1"),
     "numbers seals", "numbers seals"),
    ("delete a line and close the gap",
     owner("DELETE FROM ledger_line WHERE number = {person_opened} - 1",
           "DELETE FROM ledger_detail WHERE number = {person_opened} - 1",
           "UPDATE ledger_line SET number = number - 1 WHERE number = {person_opened}",
           "UPDATE ledger_detail SET number = number - 1 WHERE number = {person_opened}"),
     "hash seals", "hash seals"),
    ("delete only a personal part", owner("DELETE FROM ledger_detail WHERE number = 1"),
     "personal", "personal"),
    ("rewrite the chain without the key", rewrite(sha256_of), "hash personal seals tables",
     "hash personal seals tables"),
    ("rewrite the chain with the stolen key", rewrite(ledger.line_hash), "seals tables",
     "seals tables"),
    ("rewrite the chain with the stolen key, drop the seals",
     both(rewrite(ledger.line_hash), owner("DELETE FROM ledger_seal")), "tables",
     "anchors tables"),
    ("append a line with the stolen key", insert_line("stolen"), "nothing", "nothing"),
    ("rewrite a line that no seal covers with the stolen key",
     rewrite(ledger.line_hash, only_last=True), "nothing", "nothing"),
    ("cut lines after the last seal",
     owner(f"DELETE FROM ledger_detail WHERE number = {_LAST}",
           f"DELETE FROM ledger_line WHERE number = {_LAST}"), "nothing", "nothing"),
    ("cut sealed lines", owner(*_CUT), "seals", "seals"),
    ("cut sealed lines with their seal", owner(*_CUT, _CUT_SEAL), "nothing", "anchors"),
    ("put an older file of the whole database back",
     owner(*_CUT, _CUT_SEAL, "UPDATE ledger_anchor SET sequence = 1"), "nothing", "anchors"),
    ("cut sealed lines with their seal and their anchor",
     both(owner(*_CUT, _CUT_SEAL), remove_anchors), "nothing", "nothing"),
    ("empty the ledger",
     owner("DELETE FROM ledger_line", "DELETE FROM ledger_detail", "DELETE FROM ledger_seal"),
     "tables", "anchors tables"),
    ("delete the first seal", owner("DELETE FROM ledger_seal WHERE sequence = 1"),
     "seals", "anchors seals"),
    ("delete the last seal", owner("DELETE FROM ledger_seal WHERE sequence = 2"),
     "nothing", "anchors"),
    ("change the number of a seal",
     owner("UPDATE ledger_seal SET number = number - 1 WHERE sequence = 2"), "seals",
     "anchors seals"),
    ("change the signature of a seal", owner("UPDATE ledger_seal SET signature = hash"),
     "seals", "anchors seals"),
    ("delete an anchor", remove_anchors, "nothing", "anchors"),
    ("alter an anchor", alter_anchor, "nothing", "anchors"),
    # The triggers.
    ("drop the triggers", lambda _: ledger_triggers.drop(database), "triggers", "triggers"),
    ("drop the triggers and make them again", owner(), "nothing", "nothing"),
    # The state beside the ledger.
    ("raise to level 4 by hand", change_account("alone", level=4, verified_by="manual"),
     "tables", "tables"),
    ("raise to level 4 by face", change_account("alone", level=4, verified_by="face"),
     "tables", "tables"),
    ("raise to level 4 by face with a forged audit line",
     both(change_account("alone", level=4, verified_by="face"),
          forge_audit("api:account:verified", "alone", '{"by": "face"}')), "rows", "rows"),
    ("raise again after a revocation", change_account("revoked", level=4, verified_by="manual"),
     "tables", "tables"),
    ("give a verified account another identity",
     change_account("verified", id_number=CLEARED.id_number, identity_index=CLEARED.id_number),
     "tables", "tables"),
    ("unfreeze an account", change_account("frozen", status="active"), "tables", "tables"),
    ("freeze an account", change_account("alone", status="frozen"), "tables", "tables"),
    ("reopen a cancelled account", change_account("gone", status="active"), "tables", "tables"),
    ("cancel an account", change_account("alone", status="cancelled"), "tables", "tables"),
    ("change a phone that a desk corrected",
     change_account("moved", phone=make_phone(7), phone_index=make_phone(7)), "tables", "tables"),
    ("change a phone that no desk corrected",
     change_account("alone", phone=make_phone(7), phone_index=make_phone(7)),
     "nothing", "nothing"),
    ("change a corrected phone with a forged audit line",
     both(change_account("moved", phone=make_phone(7), phone_index=make_phone(7)),
          forge_audit("api:phone:changed", "moved")), "rows", "rows"),
    ("mark a phone as verified by hand", change_account("dated", phone_verified_by="manual"),
     "tables", "tables"),
    ("insert a proof of a phone by hand", insert_phone_proof, "tables", "tables"),
    ("change dates that a desk corrected", change_account("dated", valid_until="2099-01-01"),
     "tables", "tables"),
    ("switch an authorisation on", change_account("verified", authorization_enabled=True),
     "tables", "tables"),
    ("clear an identity", insert_clearance, "tables", "tables"),
    ("decide a review", sql(REQUESTS + "SET state = 'agreed' WHERE kind = 'verification'"),
     "tables", "tables"),
    ("delete a manual verification",
     sql("DELETE FROM second_person_request WHERE kind = 'verification'"), "tables", "tables"),
    ("change who approved", sql(REQUESTS + "SET decided_by = asked_by_id"),
     "tables", "tables"),
    ("approve a refused request",
     sql(REQUESTS + "SET state = 'agreed' WHERE state = 'denied'"), "tables", "tables"),
    ("delete an approval",
     sql("DELETE FROM second_person_request WHERE kind = 'correct_phone'"), "tables", "tables"),
    ("reopen a ticket",
     sql("UPDATE ticket SET closed_at = NULL, state = 'open' WHERE id = {finished_ticket}"),
     "tables", "tables"),
    ("delete audit lines", sql("DELETE FROM audit_entry"), "refused", "refused"),
    ("give a member another role", sql("UPDATE staff_member SET roles = 'centre'"),
     "nothing", "nothing"),
]  # fmt: skip
POSTGRESQL: list[tuple[str, Act, str, str]] = [
    ("disable a trigger", sql("ALTER TABLE ledger_line DISABLE TRIGGER ledger_line_no_change"),
     "triggers", "triggers"),
    ("make a trigger fire on replicas alone",
     sql("ALTER TABLE ledger_line ENABLE REPLICA TRIGGER ledger_line_no_change"),
     "triggers", "triggers"),
    ("replace the function of the triggers",
     sql("CREATE OR REPLACE FUNCTION ledger_is_only_added_to() RETURNS trigger LANGUAGE plpgsql "
         "AS 'BEGIN RETURN NULL; END'"), "triggers", "triggers"),
    ("narrow a trigger by a condition",
     sql("DROP TRIGGER ledger_line_no_change ON ledger_line",
         "CREATE TRIGGER ledger_line_no_change BEFORE DELETE OR UPDATE ON ledger_line FOR EACH ROW "
         "WHEN (OLD.number < 0) EXECUTE FUNCTION ledger_is_only_added_to()"),
     "triggers", "triggers"),
    ("add a rule that drops inserts",
     sql("CREATE RULE quiet AS ON INSERT TO ledger_seal DO INSTEAD NOTHING"),
     "triggers", "triggers"),
    ("truncate the lines", sql("TRUNCATE ledger_line"), "refused", "refused"),
]  # fmt: skip
SQLITE: list[tuple[str, Act, str, str]] = [
    ("replace a trigger by one that does nothing",
     sql("DROP TRIGGER ledger_line_no_update",
         "CREATE TRIGGER ledger_line_no_update BEFORE UPDATE ON ledger_line BEGIN SELECT 1; END"),
     "triggers", "triggers"),
    ("add a trigger that erases what is inserted",
     sql("CREATE TRIGGER quiet AFTER INSERT ON ledger_detail BEGIN UPDATE ledger_detail SET "
         "salt = NULL WHERE number = NEW.number; END"), "triggers", "triggers"),
    ("replace a line",
     sql("INSERT OR REPLACE INTO ledger_line SELECT * FROM ledger_line WHERE number = 1"),
     "refused", "refused"),
]  # fmt: skip
