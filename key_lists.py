"""Lists of keys in settings, ``id:base64,id:base64``."""

import base64


class SettingsError(Exception):
    """The settings are invalid; ``problems`` are sentences for the operator."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The settings are not complete:\n- " + "\n- ".join(problems))


def parse_keys(name: str, text: str) -> dict[str, bytes]:
    """Parse ``id:base64,id:base64``; ids are 1-16 letters or digits, keys are 32 bytes.

    Those of DATA_KEYS may have 16 bytes: keys of SM4.
    Raises SettingsError, which quotes no key.
    """
    keys: dict[str, bytes] = {}
    for number, part in enumerate(filter(None, (p.strip() for p in text.split(","))), start=1):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        lengths = (32, 16) if name == "DATA_KEYS" else (32,)
        is_id = key_id.isascii() and key_id.isalnum() and len(key_id) <= 16
        if not is_id or len(key) not in lengths:
            raise SettingsError(
                [f"{name}: entry {number} is not ID:BASE64 with an id of letters or digits "
                 "and a key of 32 bytes (openssl rand -base64 32)."]
            )  # fmt: skip
        if key_id in keys:
            raise SettingsError([f"{name}: the id of entry {number} stands twice."])
        keys[key_id] = key
    return keys
