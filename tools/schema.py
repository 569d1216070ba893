"""A database's schema as frozen values: what the model sees and what the guard checks against."""

from dataclasses import asdict, dataclass
from typing import Any, TypeVar

Cell = None | bool | int | float | str
"""A value as it travels: JSON's scalars. Decimals, dates and bytes arrive here as numbers or text."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str = ""
    nullable: bool = True
    comment: str = ""


@dataclass(frozen=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: str
    """The table referred to."""
    referred: tuple[str, ...]
    """Its columns, in the order of `columns`."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each column with the one it refers to."""
        return tuple(zip(self.columns, self.referred, strict=False))


@dataclass(frozen=True)
class Table:
    """A table or a view; the rest of routesql makes no difference between them."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""
    rows: tuple[tuple[Cell, ...], ...] = ()
    """A few sample rows, one cell per column."""

    def column(self, name: str) -> Column | None:
        """By its exact name, else by the same letters in another case."""
        return _named(self.columns, name)

    @property
    def keys(self) -> set[str]:
        """Names of the columns that tell a row from others, or refer to one."""
        return {*self.primary_key, *(name for key in self.foreign_keys for name in key.columns)}

    def is_key(self, column: str) -> bool:
        """Is this column, in any case, the whole primary key?"""
        return [name.lower() for name in self.primary_key] == [column.lower()]

    def cells(self, column: Column) -> list[Cell]:
        """Of one of its columns in the sample rows, but for the NULLs."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows if row[at] is not None]


@dataclass(frozen=True)
class Schema:
    dialect: str
    """sqlglot's name of the engine's SQL: sqlite, duckdb, postgres or mysql."""
    tables: tuple[Table, ...]

    def table(self, name: str) -> Table | None:
        """By its exact name, else by the same letters in another case."""
        return _named(self.tables, name)

    def render(self) -> str:
        """The text the model sees, in SQLite's quoting; the same for equal schemas."""
        from .rendering import render

        return render(self)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Schema":
        return cls(value["dialect"], tuple(_table(table) for table in value["tables"]))


Named = TypeVar("Named", Column, Table)


def _named(items: tuple[Named, ...], name: str) -> Named | None:
    exact = next((item for item in items if item.name == name), None)
    return exact or next((item for item in items if item.name.lower() == name.lower()), None)


def _table(value: dict[str, Any]) -> Table:
    keys = value["foreign_keys"]
    return Table(
        name=value["name"],
        columns=tuple(Column(**column) for column in value["columns"]),
        primary_key=tuple(value["primary_key"]),
        foreign_keys=tuple(
            ForeignKey(tuple(key["columns"]), key["table"], tuple(key["referred"])) for key in keys
        ),
        comment=value["comment"],
        rows=tuple(tuple(row) for row in value["rows"]),
    )
