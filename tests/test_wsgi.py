"""What a start loads: nothing that no first answer needs."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.rules import settings_of_sandbox
from tests.support.sandbox import REPOSITORY, SandboxServer

# Each takes as long as a tenth of all that is needed, or longer (docs/adr/0018-a-short-start.md).
NEVER_AT_START = ("handlers.admin", "markdown_it", "numpy", "pypinyin", "tencentcloud")
PROGRAM = f"""
import json, sys, config, wsgi
wsgi.create_app(config.load(**json.loads(sys.argv[1])))
print([name for name in {NEVER_AT_START!r} if name in sys.modules])
"""


def test_a_start_loads_only_what_answers_need(sandbox: SandboxServer, tmp_path: Path) -> None:
    settings = {
        "profile": "sandbox",
        "var_dir": str(tmp_path),
        "faq_encoder": "off",
        **settings_of_sandbox(sandbox),
    }
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(settings)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "[]"
