"""Write miniprogram/review/privacy-guide.md, the text of WeChat's 用户隐私保护指引.

``python -m tools.privacy_guide`` writes it from ``miniprogram/review/calls.yaml`` (the interfaces
that the built program calls) and from the privacy notice, which is made from the retention table.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api.accounts import privacy
from miniprogram_api.accounts.privacy import PersonalData
from miniprogram_api.texts import text

REPOSITORY = Path(__file__).parents[1]
REVIEW = REPOSITORY / "miniprogram/review"
CALLS, GUIDE = REVIEW / "calls.yaml", REVIEW / "privacy-guide.md"
# uni-app's runtime names every interface that exists.
RUNTIME = Path("common/vendor.js")
_NAME = re.compile(r"[A-Za-z]\w+")


def main() -> None:
    """Write the guide."""
    GUIDE.write_text(guide(), encoding="utf-8")


def table() -> dict[str, Any]:
    """Return what ``calls.yaml`` says."""
    content: dict[str, Any] = yaml.safe_load(CALLS.read_text(encoding="utf-8"))
    return content


def calls_of(program: Path) -> set[str]:
    """Return the watched interfaces that a built program names in its own code and templates."""
    watched = {*table()["calls"], *table()["not_used"]}
    named: set[str] = set()
    for path in [*program.rglob("*.js"), *program.rglob("*.wxml")]:
        if path.relative_to(program) != RUNTIME:
            named.update(_NAME.findall(path.read_text(encoding="utf-8")))
    return watched & named


def guide() -> str:
    """Return the text to paste into the console, part by part."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    said = table()
    texts = said["texts"]
    kept = {row.key: row for row in privacy.personal_data()}
    yield f"# {texts['title']}\n\n{texts['head']}\n"
    yield f"## {texts['calls']}\n\n{texts['calls_head']}\n| --- | --- | --- | --- |"
    for name, row in said["calls"].items():
        period = kept[row["kept"]].period if row["kept"] else texts["not_kept"]
        yield f"| {row['collects']} | `{name}` | {row['purpose']} | {period} |"
    yield f"\n## {texts['typed']}\n\n{texts['typed_head']}\n| --- | --- | --- |"
    for key in said["typed"]:
        yield f"| {kept[key].what} | {kept[key].purpose} | {kept[key].period} |"
    yield f"\n## {texts['receivers']}\n"
    for key in privacy.RECEIVERS:
        yield f"- {privacy.receiver_names()[key]}：{privacy.what_receives(key)}"
    yield f"\n## {texts['storage']}\n\n{texts['storage_text']}\n"
    yield f"## {texts['rights']}\n"
    for key in privacy.RIGHTS:
        yield f"- {text(f'rights.{key}.title')}：{privacy.how(key)}"
    yield f"\n## {texts['everything']}\n"
    yield from (f"- {_sentence(row)}" for row in kept.values())


def _sentence(row: PersonalData) -> str:
    return f"{row.what}。{row.purpose}。{row.period}。"


if __name__ == "__main__":
    main()
