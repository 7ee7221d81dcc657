"""The command line: one module for each command, found through one table.

A module has ``add_arguments(parser)`` and ``run(settings, arguments) -> int`` (the exit status).
Modules are imported when their command is run, so that one command's libraries cost the others
nothing. What a person can mend is said in one line, without a traceback.
"""

import argparse
import sys
from importlib import import_module

import config
from faq.matching import encoder
from handlers.commands.processes.instance import CannotStart
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import profiles
from miniprogram_api.operations.maintenance import DatabaseUnavailable
from miniprogram_api.reasons import Refused
from miniprogram_api.texts.sentences import sentence

# Command → its module here and what it does in one line.
COMMANDS = {
    "serve": ("processes.serve", "start everything and watch over it (make run)"),
    "worker": ("processes.worker", "work off background jobs until SIGTERM"),
    "migrate": ("operations.migrate", "bring the database to the present form"),
    "doctor": ("operations.doctor", "look whether everything that the service needs is in order"),
    "backup": ("operations.backup", "write database and Redis into one file"),
    "restore": ("operations.restore", "put a backup into an empty place"),
    "registrars": ("ledger.registrars", "let registration systems ask who is verified"),
    "ledger": ("ledger.ledger", "look through the ledger, seal ended months, export the seals"),
    "accounts": ("accounts.accounts", "show, unlock or cancel somebody's account"),
    "staff": ("accounts.staff", "show, unlock or reset who signs in to the admin pages"),
    "import-accounts": ("accounts.import_accounts", "bring in the accounts of an older system"),
    "number-ranges": (
        "operations.number_ranges",
        "show and change the unsupported number ranges",
    ),
    "faq": ("content.faq", "export, import, check, publish and measure the bot's content"),
    "dead-letters": (
        "operations.dead_letters",
        "show, send again or drop undelivered messages",
    ),
    "rotate-keys": (
        "operations.rotate_keys",
        "encrypt personal data anew under the present keys",
    ),
}


def main(words: list[str] | None = None) -> int:
    """Run the command that ``words`` (by default the process's arguments) ask for."""
    words = sys.argv[1:] if words is None else words
    name = words[0] if words else ""
    if name not in COMMANDS:
        print(_overview(), file=sys.stdout if name in ("-h", "--help") else sys.stderr)
        return 0 if name in ("-h", "--help") else 2
    module_name, summary = COMMANDS[name]
    module = import_module(f"{__name__}.{module_name}")
    parser = argparse.ArgumentParser(
        prog=f"manage.py {name}", description=summary, epilog=module.__doc__
    )
    module.add_arguments(parser)
    arguments = parser.parse_args(words[1:])
    try:
        settings = profiles.load_settings()
    except config.SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    encoder.configure(is_on=settings.faq_encoder == "on")
    try:
        status: int = module.run(settings, arguments)
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1
    return status


def _sentence(error: Exception) -> str | None:
    """Return what to print about a failure that is no defect; None for a defect."""
    if isinstance(error, Refused):
        said = [f"{error.reason.name}: {sentence(error.reason, error.details)}"]
        said += [f"- {field['message']}" for field in error.details.get("fields", ())]
        return "\n".join(said)
    if isinstance(error, CannotStart):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return "Redis does not answer (an embedded one runs only while the service does)."
    if isinstance(error, DatabaseUnavailable):
        return "The database does not answer, or lacks its tables (manage.py migrate)."
    if isinstance(error, OSError) and error.filename is not None:
        # A file under VAR_DIR, or one that was named: the disk, its mode or its owner.
        return f"{error.filename}: {error.strerror}."
    return None


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(["usage: manage.py COMMAND [--help]", "", *lines])
