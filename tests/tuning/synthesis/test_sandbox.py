"""A script of a model's: what it may do, what it may not, and that it leaves nothing elsewhere."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from routesql.tuning.synthesis import sandbox
from routesql.tuning.synthesis.sandbox import build

TABLES = "CREATE TABLE a (x INTEGER PRIMARY KEY, y TEXT); CREATE TABLE b (x INTEGER REFERENCES a(x));"
ROWS = "INSERT INTO a VALUES (1, 'one'), (2, NULL); INSERT INTO b VALUES (1);"


def test_tables_and_rows(partial: Path, good_script: str) -> None:
    assert build((partial, good_script)) == ""
    with closing(sqlite3.connect(partial)) as connection:
        assert connection.execute("SELECT count(*) FROM harvest").fetchone() == (3,)


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE c (x INTEGER PRIMARY KEY AUTOINCREMENT, y TEXT UNIQUE NOT NULL, CHECK (length(y) > 1))",
        "CREATE TABLE c (x INTEGER, y TEXT, PRIMARY KEY (x, y), FOREIGN KEY (x) REFERENCES a(x))",
        "CREATE TABLE IF NOT EXISTS c (x DECIMAL(8, 2), y VARCHAR(20) DEFAULT 'none') -- a remark",
    ],
)
def test_what_people_write(table: str, partial: Path) -> None:
    assert build((partial, f"{TABLES}{ROWS}{table}\n;INSERT INTO c (x, y) VALUES (1, 'yes');")) == ""


ATTACKS = {
    "attach": "ATTACH DATABASE '{other}' AS o;",
    "attach and write": "ATTACH '{other}' AS o; CREATE TABLE o.t (x); INSERT INTO o.t VALUES (1);",
    "vacuum into": "VACUUM INTO '{other}';",
    "pragma": "PRAGMA writable_schema = ON;",
    "pragma function": "INSERT INTO a SELECT 9, journal_mode FROM pragma_journal_mode;",
    "extension": "SELECT load_extension('{other}');",
    "extension in a row": "INSERT INTO a VALUES (9, load_extension('{other}'));",
    "file": "INSERT INTO a VALUES (9, readfile('/etc/passwd'));",
    "trigger": "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END;",
    "view": "CREATE VIEW v AS SELECT * FROM a;",
    "index": "CREATE INDEX i ON a (y);",
    "temporary": "CREATE TEMP TABLE t (x);",
    "virtual": "CREATE VIRTUAL TABLE t USING fts5(x);",
    "schema": "INSERT INTO sqlite_master VALUES ('table', 't', 't', 2, 'CREATE TABLE t (x)');",
    "schema rewritten": "UPDATE sqlite_master SET sql = '';",
    "update": "UPDATE a SET y = 'two';",
    "upsert": "INSERT INTO a VALUES (1, 'x') ON CONFLICT (x) DO UPDATE SET y = 'z';",
    "delete": "DELETE FROM a;",
    "drop": "DROP TABLE a;",
    "alter": "ALTER TABLE a ADD COLUMN z;",
    "transaction": "BEGIN; COMMIT;",
    "savepoint": "SAVEPOINT s;",
    "endless": "INSERT INTO b WITH RECURSIVE r(n) AS (VALUES (3) UNION ALL SELECT n FROM r) SELECT n FROM r;",
    "heavy": "INSERT INTO a VALUES (9, zeroblob(1000000000));",
    "zero byte": "INSERT INTO a VALUES (9, '\0');",
    "half a character": "INSERT INTO a VALUES (9, '\ud800');",
    "no SQL": "I am sorry.",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_it_may_not(attack: str, partial: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    why = build((partial, f"{TABLES}{ROWS}{attack.format(other=other)}"))
    assert why
    assert "\n" not in why
    assert not other.exists()
    assert {file.name for file in tmp_path.iterdir()} <= {partial.name}


LONG = f"INSERT INTO a (y) VALUES ('{'x' * 50_000}');" * 3


def test_a_large_file_stops(partial: Path) -> None:
    squared = "INSERT INTO a (y) SELECT c.y FROM a AS c, a AS d WHERE d.y > '';" * 3
    assert "full" in build((partial, TABLES + ROWS + LONG + squared))
    assert partial.stat().st_size <= sandbox.PAGES * 4096


def test_large_memory_stops(partial: Path) -> None:
    """SQLite gathers the rows before it writes them: 5 to the 7th of 50 kB."""
    tables = ", ".join(f"a AS t{n}" for n in range(7))
    read = " AND ".join(f"t{n}.y > ''" for n in range(7))
    ones = ROWS.replace("NULL", "'two'")
    many = f"INSERT INTO a (y) SELECT t0.y FROM {tables} WHERE {read};"
    assert build((partial, TABLES + ones + LONG + many)) == "out of memory"


def test_a_slow_script_stops(partial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 0.1)
    rows = "INSERT INTO b VALUES " + ", ".join(["(1)"] * 400) + ";"
    slow = "INSERT INTO b SELECT 1 FROM b, b AS c, b AS d, b AS e WHERE b.x + c.x + d.x + e.x < 0;"
    assert build((partial, f"{TABLES}{ROWS}{rows}{slow}")) == "interrupted"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("", "the script makes 0 tables"),
        ("CREATE TABLE a (x); INSERT INTO a VALUES (1);", "the script makes 1 tables"),
        (TABLES, "table a has no rows"),
        (TABLES + ROWS + "INSERT INTO b VALUES (7);", "a row of b refers to none of a"),
        ("x" * (sandbox.SCRIPT_CHARS + 1), "the script is longer than 200,000 characters"),
    ],
)
def test_what_is_no_use(script: str, why: str, partial: Path) -> None:
    assert build((partial, script)) == why
