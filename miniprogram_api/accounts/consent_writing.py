"""Write a new version of the consent text from its template and the list of what is kept.

A published text never changes, so it is stored (``consent_texts``). When the list or the template
differs from the last one, ``write`` stores a new version. The processor's name, address, phone and
officer are filled in when the text is shown (``consents.shown_text``).
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api.accounts import privacy
from miniprogram_api.texts import placeholders, template, text

TEMPLATE = Path(__file__).with_name("consent_template.yaml")


def render() -> dict[str, Any]:
    """Return the consent text from the template and the list."""
    content: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    grounds = (text("privacy.ground", basis=g.basis, source=g.source) for g in privacy.grounds())
    kept = (
        text(
            "privacy.row",
            what=data.what,
            purpose=data.purpose,
            basis=data.basis,
            period=data.period,
            receivers="、".join(data.receivers),
        )
        for data in privacy.personal_data()
    )
    receivers = (
        text("privacy.receiver", name=name, company=_company(key), what=privacy.what_receives(key))
        for key, name in privacy.receiver_names().items()
    )
    filled = content["text"].format(
        grounds=_numbered(grounds), kept=_numbered(kept), receivers=_numbered(receivers)
    )
    return {**content, "text": filled}


def write(day: date, folder: Path) -> Path:
    """Store the consent text as the version of that day and return the file."""
    path = folder / f"{day.isoformat()}.yaml"
    head = (
        "# Made by accounts/consent_writing.py; immutable once published: consents refer to it.\n"
    )
    body = yaml.dump(render(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100_000)
    path.write_text(head + body, encoding="utf-8")
    return path


def _numbered(rows: Iterable[str]) -> str:
    return "\n".join(
        text("privacy.numbered", number=number, row=row) for number, row in enumerate(rows, 1)
    )


def _company(key: str) -> str:
    """Return company and contact of a receiver, or where those are that settings name."""
    parts = [f"receivers.{key}.company", f"receivers.{key}.contact"]
    if any(placeholders(template(part)) for part in parts):
        return text("privacy.named_there")
    return "，".join(map(text, parts))


class _Dumper(yaml.SafeDumper):
    """Write texts of several lines as blocks."""


def _as_block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _as_block)
