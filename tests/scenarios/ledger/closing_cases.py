"""Manipulations by lines that close others; the keys are stolen where a hash is right."""

import base64
from collections.abc import Callable

from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import signing
from models.desks import ledger as table
from tests.scenarios.ledger.cases import Act, both, insert_line, sql
from tests.scenarios.ledger.scene import Scene

erase_first = sql(
    "UPDATE ledger_detail SET salt = NULL, id_number = NULL, identity_index = NULL, "
    "content = NULL WHERE number = 1"
)


def close_first(**changes: str | int) -> Callable[[Scene], None]:
    """Return an act that closes line 1 with both keys, and alters what is signed."""

    def act(scene: Scene) -> None:
        (first,) = table.by_numbers([1])
        before = first.line.at - 10 * signing.YEAR_MS
        settings = scene.rules.services.settings
        closing = signing.close(settings, [1], first.hash, years=10, before=before)
        ledger.append(None, signing.TERM_ENDED, ledger.Person(), **{**closing, **changes})

    return act


CLOSINGS: list[tuple[str, Act, str, str]] = [
    (
        "erase a personal part with a closing line without the key",
        both(erase_first, insert_line("sha256", action="term_ended")),
        "hash personal",
        "hash personal",
    ),
    (
        "erase a personal part with a closing line that the seal key did not sign",
        both(erase_first, close_first(signature=base64.b64encode(bytes(64)).decode())),
        "personal",
        "personal",
    ),
    (
        "close lines before their term has ended",
        both(erase_first, close_first()),
        "personal",
        "personal",
    ),
    (
        "close more lines than were signed",
        both(erase_first, close_first(ranges="1-2", count=2)),
        "personal",
        "personal",
    ),
]
