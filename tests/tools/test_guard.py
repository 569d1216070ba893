"""The guard against both corpora; the legitimate statements are run on the real engines as well."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from routesql.tools.errors import GuardError
from routesql.tools.guard import MAX_CHARS, guard
from routesql.tools.schema import Column, Schema, Table

HERE = Path(__file__).parent
Execute = Callable[[str], list[tuple[Any, ...]]]
Connected = Callable[[str], AbstractContextManager[Execute]]
DIALECTS = ("sqlite", "duckdb", "postgres", "mysql")
TABLES = {
    "singer": {"Singer_ID": "INTEGER", "Name": "VARCHAR(40)", "Country": "VARCHAR(40)", "Age": "INTEGER"},
    "concert": {
        "concert_ID": "INTEGER",
        "concert_Name": "VARCHAR(40)",
        "Theme": "VARCHAR(40)",
        "Year": "INTEGER",
    },
    "singer_in_concert": {"concert_ID": "INTEGER", "Singer_ID": "INTEGER"},
}
CANNOT_PARSE = {
    "cte_writes": "sqlglot knows no VALUES after WITH",
    "ddl_servers": "SECURITY LABEL",
    "obfuscated_postgres": 'U&"..." with UESCAPE',
    "obfuscated_sqlite": "unfinished or not SQL at all",
    "state_mysql": "NEXT VALUE FOR",
}


def statements(folder: str) -> list[tuple[str, str, str]]:
    """(file, dialect, statement) of a corpus; a statement for all dialects comes four times."""
    found = []
    for path in sorted((HERE / folder).glob("*.sql")):
        head, body = path.read_text(encoding="utf-8").split("\n", 1)
        dialect = head.removeprefix("-- dialect:").strip()
        for text in body.split("\n;;\n"):
            sql = text.strip("\n").replace("{file}", "/tmp/routesql.out").replace("{secret}", "/etc/hostname")
            found += [(path.stem, one, sql) for one in (DIALECTS if dialect == "all" else (dialect,))]
    return found


def schema(dialect: str, folded: bool = False) -> Schema:
    """The corpus' tables; `folded` as PostgreSQL stores names that were created without quotes."""
    spell = str.lower if folded else str
    return Schema(
        dialect,
        tuple(
            Table(name, tuple(Column(spell(column), kind) for column, kind in columns.items()))
            for name, columns in TABLES.items()
        ),
    )


ATTACKS = statements("attacks")
LEGITIMATE = statements("legitimate")


def test_corpora_are_large_enough() -> None:
    assert len({sql for _, _, sql in ATTACKS}) >= 150
    assert len({sql for _, _, sql in LEGITIMATE}) >= 150


@pytest.mark.parametrize(("file", "dialect", "sql"), ATTACKS)
def test_attack_is_refused(file: str, dialect: str, sql: str) -> None:
    with pytest.raises(GuardError) as caught:
        guard(sql, schema(dialect), written=dialect)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    allowed = {"refused"}
    if file in CANNOT_PARSE:
        allowed.add("syntax")
    if file.startswith("system") or file in ("pragma_attach", "files_duckdb"):
        allowed.add("unknown_name")
    assert caught.value.kind in allowed


@pytest.mark.parametrize("dialect", DIALECTS[1:])
def test_no_attack_survives_being_written_for_another_engine(dialect: str) -> None:
    """What comes of it, if anything, is a SELECT that the engine's own guard lets through as well."""
    for _, _, sql in ATTACKS:
        try:
            ready = guard(sql, schema(dialect), written="sqlite")
        except GuardError:
            continue
        assert guard(ready, schema(dialect), written=dialect) == ready


@pytest.mark.parametrize(("file", "dialect", "sql"), LEGITIMATE)
def test_legitimate_statement_passes(file: str, dialect: str, sql: str) -> None:
    folded = file == "common" and dialect == "postgres"
    ready = guard(sql, schema(dialect, folded), written=dialect)
    if "--" not in sql and "/*" not in sql and "#" not in sql:
        assert ready == sql.rstrip(";")


def create(execute: Execute, quote: str) -> None:
    for name, columns in TABLES.items():
        listed = ", ".join(f"{quote}{column}{quote} {kind}" for column, kind in columns.items())
        execute(f"CREATE TABLE {name} ({listed})")
    execute(
        "INSERT INTO singer VALUES (1, 'Joe', 'France', 30), (2, 'Ada', 'Japan', 41), (3, 'Bo', NULL, NULL)"
    )
    execute("INSERT INTO concert VALUES (1, 'Open Air', 'Free', 2014), (2, 'Indoors', 'Bleeding', 2015)")
    execute("INSERT INTO singer_in_concert VALUES (1, 1), (1, 2), (2, 2)")


@pytest.mark.parametrize(
    ("dialect", "quote"),
    [
        ("sqlite", ""),
        ("duckdb", ""),
        # PostgreSQL folds names made without quotes: the common file is written for such, its own for kept.
        pytest.param("postgres", "", marks=pytest.mark.server),
        pytest.param("postgres", '"', marks=pytest.mark.server),
        pytest.param("mysql", "", marks=pytest.mark.server),
    ],
)
def test_the_engine_agrees_that_they_are_legitimate(dialect: str, quote: str, connected: Connected) -> None:
    with connected(dialect) as execute:
        create(execute, quote)
        for file, one, sql in LEGITIMATE:
            if one == dialect and (dialect != "postgres" or (file == "common") == (not quote)):
                ready = guard(sql, schema(dialect, dialect == "postgres" and not quote), written=dialect)
                execute(ready.replace("public.", ""))


@pytest.mark.parametrize(
    ("sql", "kind", "message", "position"),
    [
        ("", "refused", "the statement is empty; write one SELECT", None),
        (" \n", "refused", "the statement is empty; write one SELECT", None),
        ("-- nothing", "refused", "the statement is empty; write one SELECT", None),
        ("DROP TABLE singer", "refused", "only a SELECT statement may run, not DROP", 0),
        ("SELECT 1; SELECT 2", "refused", "one statement at a time; there are 2", None),
        ("SELECT '\0'", "refused", "the statement holds a character that is not text; remove it", 8),
        ("SELECT '\ud800'", "refused", "the statement holds a character that is not text; remove it", 8),
        ("SELECT " + "(" * 5000, "refused", "the statement is nested too deeply; write it flatter", None),
        ("SELECT readfile('x')", "refused", "the function readfile is not allowed", 7),
        ("SELECT ?", "refused", "variables and parameters are not allowed; write the value", None),
        ("SELECT Name\n  FROM singer WHERE", "syntax", 'syntax error: something is missing near "WHERE"', 26),
    ],
)
def test_says_why(sql: str, kind: str, message: str, position: int | None) -> None:
    with pytest.raises(GuardError) as caught:
        guard(sql, schema("sqlite"))
    assert (caught.value.kind, str(caught.value)) == (kind, message)
    assert caught.value.position == position


def test_a_statement_that_is_too_long_is_refused_at_once() -> None:
    with pytest.raises(GuardError, match="longer than 100,000 characters"):
        guard("SELECT 1" + " " * MAX_CHARS, schema("sqlite"))


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(
        GuardError, match="no such dialect: oracle; there are sqlite, duckdb, postgres, mysql"
    ):
        guard("SELECT 1", schema("sqlite"), written="oracle")


def test_comments_become_spaces_and_offsets_stay() -> None:
    sql = "SELECT /* 'a' */ Name -- the name\nFROM singer ; -- end\n;"
    ready = guard(sql, schema("sqlite"))
    assert ready == "SELECT           Name            \nFROM singer"
    assert ready.index("singer") == sql.index("singer")


def test_an_engine_that_nests_comments_and_one_that_does_not_read_the_same() -> None:
    sql = "SELECT 1 /* /* */ , 2 -- */"
    assert guard(sql, schema("mysql"), written="mysql").split() == ["SELECT", "1", ",", "2"]
    assert guard(sql, schema("duckdb"), written="duckdb") == "SELECT 1"
