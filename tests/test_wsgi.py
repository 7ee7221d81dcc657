"""What a start loads: nothing that no first answer needs."""

import subprocess
import sys

from tests.support.sandbox import REPOSITORY

# Each takes as long as a tenth of all that is needed, or longer (docs/adr/0018-a-short-start.md).
NEVER_AT_START = ("handlers.admin", "markdown_it", "numpy", "psycopg", "pypinyin", "tencentcloud")


def test_a_start_loads_only_what_answers_need() -> None:
    program = (
        "import sys, wsgi; from importlib import import_module; from handlers import api; "
        "[import_module(f'handlers.api.{name}') for name in api.RESOURCES]; "
        f"print([name for name in {NEVER_AT_START!r} if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
