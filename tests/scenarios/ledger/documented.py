"""The tables of docs/tampering.md, as the tests read them."""

from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs/tampering.md"
_BY_VERIFY = {"triggers", "hash", "seals", "personal", "numbers", "rows"}

Table = dict[str, tuple[str, str]]
"""Manipulation → what finds it without anchors, and with them."""


def documented() -> tuple[Table, Table]:
    """Return the table of the ledger and that of the other chains."""
    ledger: Table = {}
    chains: Table = {}
    table = ledger
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            table = chains if "decisions" in line else ledger
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] not in ("Manipulation", "---"):
            table[cells[0]] = (cells[1], cells[2])
    return ledger, chains


def in_words(checks: str) -> str:
    """Return what finds a manipulation, by the names of the checks that found it."""
    found = set(checks.split())
    if found & {"refused", "nothing"}:
        return "refused" if found == {"refused"} else "never"
    words = ["verify"] * bool(found & _BY_VERIFY)
    words += ["anchors"] * ("anchors" in found)
    words += ["comparison"] * ("tables" in found)
    words += ["worker stops"] * ("worker" in found)
    return ", ".join(words)
