"""Texts of the ledger's fields and values."""

from miniprogram_api.texts import text, word

# Fields whose values have texts of their own.
_VALUES = {
    "status": "accounts.statuses",
    "verified_by": "accounts.verified_by",
    "phone_verified_by": "accounts.phone_verified_by",
    "act": "ledger.acts",
    "source_said": "desk.source_said",
    # Reasons of missing pictures; the digests of others have no text.
    "photo": "captures.reasons",
    "card_front": "captures.reasons",
    "card_back": "captures.reasons",
    "reading": "captures.readings",
}
_TRUTH = {True: "yes", False: "no", None: "nothing"}


def truth(content: bool | None) -> str:
    """Return the text of yes, no, or none."""
    return text(f"truth.{_TRUTH[content]}")


def field(name: str) -> str:
    """Return the label of a field; its own name where there is none."""
    return word("ledger.fields", name)


def value(name: str, content: object) -> str:
    """Return the text of a field's value."""
    if isinstance(content, bool) or content is None:
        return truth(content)
    if isinstance(content, dict):
        return "；".join(f"{field(part)}：{value(part, one)}" for part, one in content.items())
    if isinstance(content, list):
        return "、".join(value(name, one) for one in content)
    group = _VALUES.get(name)
    return str(content) if group is None else word(group, str(content))
