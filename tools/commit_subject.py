"""Check the first line of a commit message: ``area: what changes``, at most 72 characters.

``python tools/commit_subject.py FILE`` is called by the hook ``commit-msg`` (pre-commit).
"""

import re
import sys
from pathlib import Path

LONGEST = 72
FORM = re.compile(r"[a-z0-9][\w ./*-]*(?:, [\w ./*-]+)*: \S")
# What git itself writes, and what a rebase takes away.
BY_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ", "amend! ")


def trouble(message: str) -> str:
    """Return what is wrong with a commit message, or an empty string."""
    subject = message.partition("\n")[0].rstrip()
    if subject.startswith(BY_GIT):
        return ""
    if len(subject) > LONGEST:
        return f"The subject has {len(subject)} characters; at most {LONGEST} are shown whole."
    if not FORM.match(subject):
        return "The subject has the form `area: what changes`."
    following = message.split("\n")[1:2]
    if following and following[0].strip() and not following[0].startswith("#"):
        return "An empty line separates the subject from the body."
    return ""


def main(arguments: list[str]) -> int:
    """Print what is wrong with the message of a file and return the exit status."""
    fault = trouble(Path(arguments[0]).read_text(encoding="utf-8"))
    if fault:
        print(fault)
    return bool(fault)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
