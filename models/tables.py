"""Every table there is, for whatever must leave out none."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import models
from models.database import Model


def all_models() -> list[type[Model]]:
    """The models of all modules of this package, by the names of their tables."""
    for module in iter_modules(models.__path__):
        if not module.ispkg:
            import_module(f"{models.__name__}.{module.name}")
    return sorted(_below(Model), key=lambda model: str(model._meta.table_name))


def _below(model: type[Model]) -> Iterator[type[Model]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)
