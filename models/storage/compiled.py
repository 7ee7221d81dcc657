"""Hot queries: written in peewee, compiled once for each kind of database.

Building a query and reading its row by peewee takes 40-120 µs, the compiled statement 4-9. Only
what a floor of the benchmarks needs is compiled, in the six files that
docs/adr/0020-compiled-queries.md names. Rows are raw driver values: no field converts them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import peewee

from models.storage.database import database, driver_errors, is_sqlite


class Parameter(peewee.ColumnBase):
    """The placeholder of a value that is given when the query runs."""

    def __init__(self, name: str, field: Any = None) -> None:
        """Name the value; ``field`` converts it, by default the field that it is compared with."""
        self.name = name
        self._convert = None if field is None else field.db_value

    def __sql__(self, ctx: Any) -> Any:
        convert = self._convert or ctx.state.converter
        return ctx.value((self.name, convert), converter=False)


def parameters(model: type[peewee.Model], *names: str) -> dict[peewee.Field, Parameter]:
    """Return field → parameter of the same name, for an INSERT."""
    fields = [getattr(model, name) for name in names]
    return {field: Parameter(field.name, field) for field in fields}


class Compiled:
    """A query that is compiled at its first use on SQLite and on PostgreSQL."""

    def __init__(self, build: Callable[[], Any]) -> None:
        """Decorate a function that returns the peewee query."""
        self._build = build
        self._statements: dict[bool, tuple[str, list[Any]]] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return all rows. Raises peewee's exceptions."""
        connection = database.obj.connection()
        with driver_errors:
            cursor = connection.cursor()
            statement, slots = self._statement()
            cursor.execute(statement, _filled(slots, values))
            # A statement without a result has no description.
            return cursor.fetchall() if cursor.description else []

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Run the query and return the first row; all rows are fetched."""
        rows = self.rows(**values)
        return rows[0] if rows else None

    def run_many(self, many: Iterable[Mapping[str, Any]]) -> int:
        """Run the query for each set of values and return the number of changed rows."""
        connection = database.obj.connection()
        with driver_errors:
            cursor = connection.cursor()
            statement, slots = self._statement()
            cursor.executemany(statement, [_filled(slots, values) for values in many])
            return max(0, int(cursor.rowcount))

    def _statement(self) -> tuple[str, list[Any]]:
        kind = is_sqlite()
        if kind not in self._statements:
            sql, values = database.obj.get_sql_context().sql(self._build()).query()
            self._statements[kind] = sql, [v if isinstance(v, tuple) else (v,) for v in values]
        return self._statements[kind]


def _filled(slots: list[Any], values: Mapping[str, Any]) -> list[Any]:
    """Return the values in the order of the statement; a slot of one is a constant."""
    filled = []
    for slot in slots:
        if len(slot) == 1:
            filled.append(slot[0])
        else:
            name, convert = slot
            value = values[name]
            filled.append(value if convert is None else convert(value))
    return filled
