"""What a command runs with: the settings, and the tables connected to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from config import Settings
from faq.matching import encoder
from miniprogram_api.operations import maintenance, profiles

P = ParamSpec("P")
R = TypeVar("R")


def with_settings(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Decorate a command that takes the settings first; they are loaded when it is called.

    Help and wrong arguments need no settings. Calling it raises config.SettingsError.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        settings = profiles.load_settings()
        encoder.configure(is_on=settings.faq_encoder == "on", folder=settings.var_dir)
        return command(settings, *args, **kwargs)

    return run


def with_database(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Decorate a command that takes the settings first and uses the tables."""

    @wraps(command)
    def run(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with connected(settings):
            return command(settings, *args, **kwargs)

    return with_settings(run)


@contextmanager
def connected(settings: Settings, threads: int = 1) -> Iterator[None]:
    """Connect the tables to the database of the settings; disconnect at the end."""
    maintenance.connect(settings, threads=threads)
    try:
        yield
    finally:
        maintenance.disconnect()
