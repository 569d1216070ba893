"""Reflection of a server's default schema through SQLAlchemy's Inspector."""

import warnings
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, inspect
from sqlalchemy.engine import URL, Inspector
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, SAWarning, SQLAlchemyError
from sqlalchemy.types import TypeEngine

from ..errors import DatabaseError
from ..schema import Column, ForeignKey, Table
from .engine import one_line


def server(url: URL, **arguments: Any) -> Engine:
    """Each statement gets a connection of its own: nothing of one can reach the next, nothing stays open."""
    try:
        return create_engine(url, poolclass=NullPool, pool_reset_on_return=None, connect_args=arguments)
    except (SQLAlchemyError, TypeError, ValueError) as error:
        raise DatabaseError(f"the URL holds an option that cannot be used: {one_line(error)}") from error


def identity(url: URL) -> str:
    """The URL without passwords: host, port and options may also stand in its query."""
    options = {name: value for name, value in url.query.items() if "pass" not in name.lower()}
    return url.set(password=None, query=options).render_as_string()


def reflect(engine: Engine) -> tuple[Table, ...]:
    try:
        with warnings.catch_warnings(), engine.connect() as connection:
            # A type that SQLAlchemy does not know is no reason to alarm anybody.
            warnings.simplefilter("ignore", SAWarning)
            return _tables(inspect(connection))
    except SQLAlchemyError as error:
        reason = one_line(getattr(error, "orig", error))
        raise DatabaseError(f"cannot read the tables: {reason}") from error


def _tables(inspector: Inspector) -> tuple[Table, ...]:
    columns: Any = inspector.get_multi_columns(kind=ObjectKind.ANY)
    primary: Any = inspector.get_multi_pk_constraint(kind=ObjectKind.ANY)
    foreign: Any = inspector.get_multi_foreign_keys(kind=ObjectKind.ANY)
    comments: Any = inspector.get_multi_table_comment(kind=ObjectKind.ANY)
    return tuple(
        Table(
            key[1],
            tuple(_column(column, inspector) for column in columns[key]),
            tuple(primary.get(key, {}).get("constrained_columns") or ()),
            _foreign_keys(foreign.get(key, ()), columns),
            comments.get(key, {}).get("text") or "",
        )
        for key in sorted(columns, key=lambda key: key[1])
        if columns[key]
    )


def _column(column: Any, inspector: Inspector) -> Column:
    return Column(
        column["name"], _type(column["type"], inspector), column["nullable"], column.get("comment") or ""
    )


def _type(kind: TypeEngine[Any], inspector: Inspector) -> str:
    try:
        return kind.compile(dialect=inspector.dialect)
    except CompileError:
        return ""


def _foreign_keys(keys: Any, known: Any) -> tuple[ForeignKey, ...]:
    """Those that stay within the default schema."""
    return tuple(
        ForeignKey(tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"]))
        for key in sorted(keys, key=lambda key: key["constrained_columns"])
        if key["referred_schema"] is None and (None, key["referred_table"]) in known
    )
