"""Texts of the ledger's fields, values and faults."""

import re

from miniprogram_api.texts import text, word

# Fields whose values have texts of their own.
_VALUES = {
    "status": "accounts.statuses",
    "verified_by": "accounts.verified_by",
    "phone_verified_by": "accounts.phone_verified_by",
    "act": "ledger.acts",
    "source_said": "desk.source_said",
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


# Faults of ``ledger.integrity`` → keys of their texts.
_FAULTS = {
    r"is missing": "missing",
    r"and those up to (?P<value>\d+) are missing": "missing_up_to",
    r"line (?P<value>-?\d+) was inserted before line 1": "before_first",
    r"does not follow the line before it": "does_not_follow",
    r"was changed": "changed",
    r"lost its personal part": "lost",
    r"was erased in part": "erased_in_part",
    r"is erased, and no line says so": "erased_without_line",
    r"has a personal part that cannot be decrypted": "cannot_be_decrypted",
    r"has another personal part than it had": "another",
    r"cannot be found by its person": "not_found",
    r"has a personal part but no line": "no_line",
    r"is not what was sealed on (?P<value>.+)": "not_sealed",
    r"is missing: it was sealed on (?P<value>.+)": "sealed_and_missing",
    r"is not what was anchored on (?P<value>.+)": "not_anchored",
    r"is missing: it was anchored on (?P<value>.+)": "anchored_and_missing",
    r"has a seal of (?P<value>.+) that its key did not make": "foreign_seal",
    r"was written under the key “(?P<value>.*)”, which is unknown": "unknown_key",
    r"was erased and has a personal part again": "restored",
    r"the (trigger|function) (?P<value>\S+) is missing": "trigger_missing",
    r"the (trigger|function) (?P<value>\S+) was changed": "trigger_changed",
    r"the trigger (?P<value>\S+) is disabled": "trigger_disabled",
    r"the (trigger|rule) (?P<value>\S+) is unknown": "trigger_unknown",
    r"seal (?P<value>\d+) is missing": "seal_missing",
    r"seal (?P<value>\d+) is missing: it was anchored on (?P<more>.+)": "seal_missing_anchored",
    r"seal (?P<value>\d+) is not the one anchored on (?P<more>.+)": "seal_changed",
    r"seal (?P<value>\d+) was made without all triggers": "seal_untriggered",
    r"seal (?P<value>\d+) has lost its anchor": "anchor_lost",
    r"the anchor (?P<value>\S+) is damaged or forged": "anchor_forged",
    r"the anchors cannot be read": "anchors_unreadable",
}


def fault(what: str) -> str:
    """Return the text of a fault, to follow the line's number."""
    for pattern, name in _FAULTS.items():
        found = re.fullmatch(pattern, what)
        if found is not None:
            return text(f"ledger.faults.{name}", **found.groupdict())
    return what
