"""The command line: one module per command.

A module has ``add_arguments(parser)`` and ``run(settings, arguments) -> int`` (the exit status); it
is imported when its command runs. Errors that an operator can fix print one line, no traceback.
"""

import argparse
import gc
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

# Command → module and summary.
COMMANDS = {
    "serve": ("processes.serve", "start all processes and restart those that die (make run)"),
    "worker": ("processes.worker", "run background jobs until SIGTERM"),
    "migrate": ("operations.migrate", "apply missing migrations"),
    "doctor": ("operations.doctor", "check settings, stores and vendors"),
    "backup": ("operations.backup", "write database and Redis into one file"),
    "restore": ("operations.restore", "restore a backup into an empty database and Redis"),
    "registrars": ("ledger.registrars", "manage the API keys of registration systems"),
    "ledger": ("ledger.ledger", "verify, seal and compare the ledger"),
    "accounts": ("accounts.accounts", "show, unlock or cancel an account"),
    "staff": ("accounts.staff", "list, unlock or reset members of staff"),
    "import-accounts": ("accounts.import_accounts", "import the accounts of an older system"),
    "number-ranges": ("operations.number_ranges", "show and change unsupported number ranges"),
    "calendar": ("operations.calendar", "show and change holidays and shifted working days"),
    "faq": ("content.faq", "export, import, check, publish and measure the bot's content"),
    "dead-letters": ("operations.dead_letters", "show, resend or drop undelivered messages"),
    "openapi": ("operations.openapi", "print the OpenAPI document of the API"),
    "rotate-keys": ("operations.rotate_keys", "re-encrypt personal data with the current keys"),
}


def main(words: list[str] | None = None) -> int:
    """Run the command of ``words``, by default the process's arguments."""
    words = sys.argv[1:] if words is None else words
    name = words[0] if words else ""
    if name not in COMMANDS:
        print(_overview(), file=sys.stdout if name in ("-h", "--help") else sys.stderr)
        return 0 if name in ("-h", "--help") else 2
    module_name, summary = COMMANDS[name]
    module = import_module(f"{__name__}.{module_name}")
    gc.enable()
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
    """Return the message for an expected error; None for a defect."""
    if isinstance(error, Refused):
        lines = [f"{error.reason.name}: {sentence(error.reason, error.details)}"]
        lines += [f"- {field['message']}" for field in error.details.get("fields", ())]
        return "\n".join(lines)
    if isinstance(error, CannotStart):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return "Redis does not answer (an embedded one runs only while the service does)."
    if isinstance(error, DatabaseUnavailable):
        return "The database does not answer, or lacks its tables (manage.py migrate)."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return None


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(["usage: manage.py COMMAND [--help]", "", *lines])
