"""Write docs/settings.md and deploy/env.example from the settings of config.py.

``python -m tools.settings_page`` writes both. What a setting means is the description of its field,
else the line of ``deploy/settings.yaml``; what an SMS template says is what the sandbox plays.
"""

from pathlib import Path
from typing import Literal, get_args, get_origin

import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import production_settings
from config import KEY_SETTINGS, Settings
from miniprogram_api.operations import profiles
from sandbox.products.sms import TEMPLATES

REPOSITORY = Path(__file__).parents[1]
PAGE, EXAMPLE = REPOSITORY / "docs/settings.md", REPOSITORY / "deploy/env.example"
MEANINGS = REPOSITORY / "deploy/settings.yaml"
NEEDED = {*production_settings.REQUIRED, *production_settings.PROCESSOR_SETTINGS, *KEY_SETTINGS}
TEMPLATE = "sms_template_"
# Addresses with a password.
HAVE_PASSWORDS = {"database_url", "migration_database_url", "redis_url"}

_HEAD = """# Settings

Written by `python -m tools.settings_page` from `config.py`. Each is an environment variable or a
line of `.env`; the environment wins. A secret may stand in a file instead: `NAME_FILE` is its path.
**needed** ones must be set in production, or the service does not start and says so.

| setting | default | | what |
| --- | --- | --- | --- |
"""
_TEXTS = """
## Texts of SMS to register

Register each at the SMS vendor, with the signature `SMS_SIGN_NAME`, and set the setting to the
number that the vendor gives it. `{1}` is the vendor's placeholder.

| setting | text |
| --- | --- |
"""


def main() -> None:
    """Write both files."""
    PAGE.write_text(page(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")


def page() -> str:
    """Return the page of all settings and of the texts to register."""
    rows = [
        f"| `{name.upper()}` | {_default(field) or 'none'} | {_marks(name, field)} "
        f"| {_meaning(name, field)}{_choices(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    texts = [f"| `{name.upper()}` | {text} |" for name, text in sms_texts().items()]
    return _HEAD + "\n".join(rows) + "\n" + _TEXTS + "\n".join(texts) + "\n"


def example() -> str:
    """Return the file of settings for production: needed ones empty, all others commented out."""
    lines = [
        "# Settings of the service (docs/settings.md). Needed ones are empty: fill them in.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        value = "production" if name == "profile" else ""
        is_set = name in NEEDED or name == "profile"
        default = "" if is_set else _default(field).strip("`")
        lines.append(f"# {_meaning(name, field)}{_choices(field)}".replace("`", ""))
        lines.append(f"{'' if is_set else '# '}{name.upper()}={value or default}")
    return "\n".join(lines) + "\n"


def sms_texts() -> dict[str, str]:
    """Return the setting of each SMS template → its text."""
    return {name: TEMPLATES[number] for name, number in profiles.SMS_TEMPLATES.items()}


def _meaning(name: str, field: FieldInfo) -> str:
    if name.startswith(TEMPLATE):
        return "number of the SMS template; its text stands below"
    return field.description or str(_meanings()[name])


def _meanings() -> dict[str, str]:
    meanings: dict[str, str] = yaml.safe_load(MEANINGS.read_text(encoding="utf-8"))
    return meanings


def _choices(field: FieldInfo) -> str:
    if get_origin(field.annotation) is not Literal:
        return ""
    return " (" + ", ".join(f"`{choice}`" for choice in get_args(field.annotation)) + ")"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr) or value in ("", (), "{}"):
        return ""
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _marks(name: str, field: FieldInfo) -> str:
    is_secret = field.annotation is SecretStr or name in HAVE_PASSWORDS
    return ", ".join(["needed"] * (name in NEEDED) + ["secret"] * is_secret)


if __name__ == "__main__":
    main()
