"""Manipulations of decisions, steps of tickets and audit lines; docs/tampering.md has results."""

import hashlib
from collections.abc import Callable

from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import links, sources
from miniprogram_api.ledger.sources import Chain
from models.desks import links as table
from models.desks.links import Link
from models.storage.database import database, is_sqlite
from tests.scenarios.ledger.cases import Act, both, owner, sql, unprotected
from tests.scenarios.ledger.scene import Scene

DECISIONS, AUDIT = sources.DECISIONS, sources.AUDIT


def insert_link(
    chain: Chain, hash_of: str, *, key_id: str = "l1", gap: int = 1, source: str = "x"
) -> Act:
    """Return an act that appends a link of a row that does not exist, or an erasure."""

    def act(_scene: Scene) -> None:
        number, previous = table.last(chain.links) or (0, b"")
        about = 1 if source == table.ERASED else 999_999
        link = Link(
            number + gap, 1_800_000_000_000, source, about, key_id, bytes(32), None, previous
        )
        parts = [p.hex() if isinstance(p, bytes) else p for p in link]
        hashes = {
            "sha256": hashlib.sha256(ledger.canonical([chain.name, *parts]).encode()).digest(),
            "copied": previous,
            "stolen": links.link_hash(chain, link) if key_id == "l1" else b"",
        }
        chain.links.insert(hash=hashes[hash_of], **link._asdict()).execute()

    return act


def rewrite_links(chain: Chain, hash_of: Callable[[Chain, Link], bytes], *, first: int = 1) -> Act:
    """Return an act that turns a link to another row and computes all hashes after it again."""

    def act(_scene: Scene) -> None:
        name, mark = chain.links._meta.table_name, "?" if is_sqlite() else "%s"
        previous = ledger.BEGINNING
        with unprotected():
            for stored in [one for batch in table.walk(chain.links) for one in batch]:
                link = stored.link
                if link.number < first:
                    previous = stored.hash
                    continue
                link = link._replace(previous_hash=previous)
                if link.number == first:
                    link = link._replace(content_hash=bytes(32))
                previous = hash_of(chain, link)
                database.execute_sql(
                    f"UPDATE {name} SET content_hash = {mark}, previous_hash = {mark}, "
                    f"hash = {mark} WHERE number = {mark}",
                    (link.content_hash, link.previous_hash, previous, link.number),
                )

    return act


def sha256_of(chain: Chain, link: Link) -> bytes:
    parts = [p.hex() if isinstance(p, bytes) else p for p in link]
    return hashlib.sha256(ledger.canonical([chain.name, *parts]).encode()).digest()


def move_link(_scene: Scene) -> None:
    """Append the next link of the decisions to the audit log's chain, where it fits by number."""
    number, previous = table.last(AUDIT.links) or (0, b"")
    stored = next(one for batch in table.walk(DECISIONS.links) for one in batch)
    link = stored.link._replace(number=number + 1, previous_hash=previous)
    moved_hash = links.link_hash(DECISIONS, link)
    AUDIT.links.insert(hash=moved_hash, **link._asdict()).execute()


def insert_audit(stamp: str, *, row_id: str = "", details: str = "details") -> Act:
    """Return an act that inserts an audit line; ``stamp`` is an SQL expression over another."""
    names, values = "at, tag, actor, account_id, details, stamp", f"account_id, {details}, {stamp}"
    if row_id:
        names, values = f"id, {names}", f"{values}"
    head = f"{row_id}, at, tag, actor" if row_id else "at, tag, actor"
    return sql(
        f"INSERT INTO audit_entry ({names}) SELECT {head}, {values} FROM audit_entry "
        "WHERE id = {audit}"
    )


def _of_chain(chain: Chain, name: str) -> list[tuple[str, Act]]:
    """Return what can be done to the links of a chain; ``name`` is that of its table."""
    cut = f"DELETE FROM {name} WHERE number > {{sealed_{chain.name}}}"
    seal = "DELETE FROM ledger_seal WHERE sequence > 1"
    last = f"(SELECT max(number) FROM {name})"
    rows = [
        f"DELETE FROM {source.name} WHERE id IN (SELECT row_id FROM {name} WHERE source = "
        f"'{source.name}' AND number > {{sealed_{chain.name}}})"
        for source in chain.sources
    ]

    def change(column: str, value: str) -> Act:
        return owner(f"UPDATE {name} SET {column} = {value} WHERE number = 2")

    return [
        (f"{name}: update a link", sql(f"UPDATE {name} SET row_id = 9")),
        (f"{name}: delete the last link", sql(f"DELETE FROM {name} WHERE number = {last}")),
        (
            f"{name}: overwrite a link by an upsert",
            sql(
                f"INSERT INTO {name} SELECT * FROM {name} WHERE number = 1 "
                "ON CONFLICT (number) DO UPDATE SET row_id = 9"
            ),
        ),
        (f"{name}: append a link with a plain SHA-256", insert_link(chain, "sha256")),
        (f"{name}: append a link with a copied hash", insert_link(chain, "copied")),
        (f"{name}: append a link under an unknown key", insert_link(chain, "sha256", key_id="l9")),
        (f"{name}: append a link with the stolen key", insert_link(chain, "stolen")),
        (f"{name}: insert a link before the first", insert_link(chain, "sha256", gap=-1_000)),
        (f"{name}: append a link after a gap", insert_link(chain, "sha256", gap=5)),
        (f"{name}: change the time", change("at", "at - 1")),
        (f"{name}: change the source", change("source", "'y'")),
        (f"{name}: change the row", change("row_id", "999999")),
        (f"{name}: change the key", change("key_id", "''")),
        (f"{name}: change the hash of the row", change("content_hash", "previous_hash")),
        (f"{name}: change the hash of the personal part", change("personal_hash", "previous_hash")),
        (f"{name}: change the hash of the link", change("hash", "previous_hash")),
        (f"{name}: delete a link in the middle", owner(f"DELETE FROM {name} WHERE number = 3")),
        (
            f"{name}: delete a link and close the gap",
            owner(
                f"DELETE FROM {name} WHERE number = {last} - 1",
                f"UPDATE {name} SET number = number - 1 WHERE number = {last}",
            ),
        ),
        (f"{name}: rewrite the chain without the key", rewrite_links(chain, sha256_of)),
        (f"{name}: rewrite the chain with the stolen key", rewrite_links(chain, links.link_hash)),
        (
            f"{name}: rewrite it with the stolen key, drop the seals",
            both(rewrite_links(chain, links.link_hash), owner("DELETE FROM ledger_seal")),
        ),
        (
            f"{name}: cut links after the last seal, which the worker makes again",
            both(lambda _: links.chain_all(), owner(f"DELETE FROM {name} WHERE number = {last}")),
        ),
        (f"{name}: cut sealed links", owner(cut)),
        (
            f"{name}: cut sealed links with their seal, which the worker makes again",
            owner(cut, seal),
        ),
        (f"{name}: cut sealed links with their rows", owner(*rows, cut)),
        (f"{name}: cut sealed links with their rows and their seal", owner(*rows, cut, seal)),
        (
            f"{name}: empty the chain with its seals",
            owner(f"DELETE FROM {name}", "DELETE FROM ledger_seal"),
        ),
    ]


def _of_rows(name: str, row: str, changes: dict[str, str]) -> list[tuple[str, Act]]:
    return [
        (
            f"{name}: change {column}",
            owner(f"UPDATE {name} SET {column} = {value} WHERE id = {{{row}}}"),
        )
        for column, value in changes.items()
    ]


_COPY = (
    "INSERT INTO matter_decision (code, matter_id, kind, version, digest, statement, lines, way, "
    "at, source_number, pictures, typed_name, account_id, reason, signature, public_key) "
    "SELECT 'COPY', matter_id, kind, version, digest, statement, lines, way, at, source_number, "
    "pictures, typed_name, account_id, reason, {} FROM matter_decision WHERE id = {{decision}}"
)
CHAIN_CASES: list[tuple[str, Act]] = [
    *_of_chain(DECISIONS, "decision_link"),
    *_of_chain(AUDIT, "audit_link"),
    ("audit_link: move a link of the decisions in", move_link),
    ("decision_link: forge an erasure",
     both(sql("UPDATE ticket_event SET note = NULL WHERE id = {step}",
              "UPDATE decision_salt SET salt = NULL WHERE number = (SELECT number FROM "
              "decision_link WHERE source = 'ticket_event' AND row_id = {step})"),
          insert_link(DECISIONS, "sha256", source=table.ERASED))),
    ("decision_salt: delete a salt", sql("DELETE FROM decision_salt")),
    ("decision_salt: empty a salt",
     sql("UPDATE decision_salt SET salt = NULL WHERE salt IS NOT NULL")),
    ("decision_salt: change a salt",
     sql("UPDATE decision_salt SET salt = (SELECT hash FROM decision_link WHERE number = 2) "
         "WHERE salt IS NOT NULL")),
    # Rows that the decisions' chain covers.
    *_of_rows("matter_decision", "decision", {
        "kind": "'refusal'", "version": "version + 1", "digest": "'0'", "lines": "'[]'",
        "way": "'ctid'", "at": "at - 1", "source_number": "'9'",
        "pictures": """'{{"photo": "0"}}'""",
        "account_id": "NULL", "reason": "'not_me'", "signature": "NULL", "public_key": "'x'",
        "code": "'OTHER'"}),
    ("matter_decision: change the note",
     sql("UPDATE matter_decision SET note = (SELECT note FROM ticket_event WHERE id = {step}) "
         "WHERE id = {refusal}")),
    ("matter_decision: erase the note", sql("UPDATE matter_decision SET note = NULL "
                                            "WHERE id = {refusal}")),
    ("matter_decision: add a note",
     sql("UPDATE matter_decision SET note = (SELECT note FROM matter_decision WHERE id = "
         "{refusal}) WHERE id = {decision}")),
    ("matter_decision: delete a decision",
     sql("DELETE FROM matter_decision WHERE id = {decision}")),
    ("matter_decision: delete the last decision before its batch",
     sql("DELETE FROM matter_decision WHERE id = {unchained_decision}")),
    ("matter_decision: insert one without a signature",
     sql(_COPY.format("NULL, NULL"))),
    ("matter_decision: insert one with a copied signature",
     sql(_COPY.format("signature, public_key"))),
    *_of_rows("ticket_event", "step", {
        "ticket_id": "(SELECT max(id) FROM ticket)", "at": "at - 1", "state": "'withdrawn'",
        "actor": "'staff:9'", "action": "'answered'", "stamp": "NULL"}),
    ("ticket_event: change the note",
     sql("UPDATE ticket_event SET note = (SELECT note FROM ticket_event WHERE id = {other_step}) "
         "WHERE id = {step}")),
    ("ticket_event: put an erased note back",
     sql("UPDATE ticket_event SET note = (SELECT note FROM ticket_event WHERE id = {step}) "
         "WHERE id = {erased_step}")),
    ("ticket_event: erase a note without a link",
     sql("UPDATE ticket_event SET note = NULL WHERE id = {step}")),
    ("ticket_event: delete a step", sql("DELETE FROM ticket_event WHERE id = {step}")),
    ("ticket_event: insert a step without a stamp",
     sql("INSERT INTO ticket_event (ticket_id, at, state, actor, action) SELECT ticket_id, at, "
         "state, actor, 'claimed' FROM ticket_event WHERE id = {step}")),
    ("ticket_event: insert a step with a copied stamp",
     sql("INSERT INTO ticket_event (ticket_id, at, state, actor, action, stamp) SELECT ticket_id, "
         "at, state, 'staff:9', action, stamp FROM ticket_event WHERE id = {step}")),
    ("ticket: change the answer",
     sql("UPDATE ticket SET reason = (SELECT description FROM ticket WHERE id = {finished_ticket}) "
         "WHERE id = {finished_ticket}")),
    # Rows that the audit log's chain covers.
    ("audit_entry: update a line", sql("UPDATE audit_entry SET actor = 'x'")),
    ("audit_entry: delete lines", sql("DELETE FROM audit_entry")),
    *_of_rows("audit_entry", "audit", {
        "at": "at - 1", "tag": "'a:b:c'", "actor": "'account:9'", "account_id": "9",
        "details": "'[]'", "stamp": "NULL"}),
    ("audit_entry: delete a line",
     owner("DELETE FROM audit_entry WHERE id = {audit}")),
    ("audit_entry: delete a line before its batch",
     owner("DELETE FROM audit_entry WHERE id = {unchained_audit}")),
    ("audit_entry: change a line before its batch",
     owner("UPDATE audit_entry SET actor = 'account:9' WHERE id = {unchained_audit}")),
    ("audit_entry: insert a line without a stamp", insert_audit("NULL")),
    ("audit_entry: insert a line with a copied stamp",
     insert_audit("stamp", details="'[1]'")),
    ("audit_entry: repeat a line as it is", insert_audit("stamp")),
    ("audit_entry: insert a line behind the chain", insert_audit("stamp", row_id="0")),
    # Tables beside the chains.
    ("matter_line: confirm without a decision",
     sql("UPDATE matter_line SET state = 'confirmed' WHERE id = {pending_line}")),
    ("matter_line: confirm what was refused",
     sql("UPDATE matter_line SET state = 'confirmed' WHERE id = {refused_line}")),
    ("matter_line: unsay a refusal",
     sql("UPDATE matter_line SET state = 'pending', reason = '' WHERE id = {refused_line}")),
    ("matter: accept by SQL",
     sql("UPDATE matter SET state = 'accepted' WHERE id = {matter}")),
]  # fmt: skip
