"""The command line: one module per command, each with a click command called ``command``.

A command returns its exit status, or None for success. Errors that an operator can fix print one
line, no traceback.
"""

import sys

import click

import config
from handlers.commands.lazy_group import LazyGroup
from handlers.commands.processes.instance import CannotStart
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations.maintenance import CannotMigrate, DatabaseUnavailable
from miniprogram_api.reasons import Refused
from miniprogram_api.texts.sentences import sentence

# Of a process that SIGINT ended, as shells know it.
INTERRUPTED = 130

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
    "names": ("operations.names", "import, show and erase the register of names"),
    "calendar": ("operations.calendar", "show and change holidays and shifted working days"),
    "faq": ("content.faq", "export, import, check, publish and measure the bot's content"),
    "dead-letters": ("operations.dead_letters", "show, resend or drop undelivered messages"),
    "compliance-evidence": (
        "operations.compliance_evidence",
        "write the evidence of a year for the audit of compliance",
    ),
    "openapi": ("operations.openapi", "print the OpenAPI document of the API"),
    "rotate-keys": ("operations.rotate_keys", "re-encrypt personal data with the current keys"),
}

manage = LazyGroup("Run and look after the service.", COMMANDS)
manage.context_settings["help_option_names"] = ["-h", "--help"]


def main(words: list[str] | None = None) -> int:
    """Run the command of ``words``, by default the process's arguments; return the exit status."""
    try:
        status: int | None = manage.main(words, prog_name="manage.py", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except Exception as error:
        line = _sentence(error)
        if line is None:
            raise
        print(line, file=sys.stderr)
        return 1
    return status or 0


def _sentence(error: Exception) -> str | None:
    """Return the message for an expected error; None for a defect."""
    if isinstance(error, Refused):
        lines = [f"{error.reason.name}: {sentence(error.reason, error.details)}"]
        lines += [f"- {field['message']}" for field in error.details.get("fields", ())]
        return "\n".join(lines)
    if isinstance(error, CannotStart | CannotMigrate | config.SettingsError):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return "Redis does not answer (an embedded one runs only while the service does)."
    if isinstance(error, DatabaseUnavailable):
        return "The database does not answer, or lacks its tables (manage.py migrate)."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return None
