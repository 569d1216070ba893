"""With the guard switched off, the engine alone stops every write of the attack corpus, on all four engines.

Users here have all rights: PostgreSQL's is a superuser, MariaDB's is root.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from routesql.tools.database import Database
from routesql.tools.executor import run
from routesql.tools.outcome import Limits

ATTACKS = Path(__file__).parent / "attacks"
SECRET = "the-secret-of-4711"
SECONDS = 0.2
STATEMENTS = (
    "CREATE TABLE singer (Singer_ID INTEGER, Name VARCHAR(40), Country VARCHAR(40), Age INTEGER)",
    "CREATE TABLE concert (concert_ID INTEGER, concert_Name VARCHAR(40), Theme VARCHAR(40), Year INTEGER)",
    "CREATE TABLE singer_in_concert (concert_ID INTEGER, Singer_ID INTEGER)",
    "CREATE VIEW v AS SELECT Name FROM singer",
    "INSERT INTO singer VALUES (1, 'Joe', 'France', 30), (2, 'Ada', 'Japan', 41), (3, 'Bo', NULL, NULL)",
    "INSERT INTO concert VALUES (1, 'Open Air', 'Free', 2014), (2, 'Indoors', 'Bleeding', 2015)",
    "INSERT INTO singer_in_concert VALUES (1, 1), (1, 2), (2, 2)",
)
MORE_STATEMENTS = {
    "postgres": (
        "CREATE SEQUENCE s",
        "CREATE FUNCTION wipe() RETURNS integer LANGUAGE sql AS 'DELETE FROM singer; SELECT 1'",
        "CREATE FUNCTION steal(p text) RETURNS text LANGUAGE sql AS 'SELECT pg_read_file(p)'",
    ),
    "mysql": (
        "CREATE SEQUENCE s",
        "CREATE FUNCTION wipe() RETURNS INTEGER MODIFIES SQL DATA BEGIN DELETE FROM singer; RETURN 1; END",
    ),
    "duckdb": ("CREATE SEQUENCE s",),
    "sqlite": (),
}
MORE_ATTACKS = {
    "postgres": (
        "SELECT wipe()",
        "SELECT steal('{secret}')",
        "SELECT 1; COPY (SELECT 1) TO '{file}'",
        "SELECT set_config('role', 'postgres', true), "
        "query_to_xml('SELECT pg_read_file(''{secret}'')', true, true, '')",
        "SELECT SET_CONFIG('role', 'none', true), steal('{secret}')",
        "SELECT U&\"set\\005fconfig\"('role', 'none', true), steal('{secret}')",
        "SELECT lo_export(lo_from_bytea(0, 'x'), '{file}')",
        "SELECT 1) TO '{file}' --",
        "SELECT set_config('statement_timeout', '0', true), pg_sleep(5) FROM singer",
    ),
    "mysql": (
        "SELECT wipe()",
        "SELECT 1) UNION SELECT 2 INTO OUTFILE '{file}' FROM (singer",
        "SELECT 1) INTO OUTFILE '{file}' -- ",
        "SELECT 1) INTO OUTFILE '{file}' #",
        "SELECT 1 INTO OUTFILE '{file}';",
        "SET STATEMENT max_statement_time = 0 FOR SELECT SLEEP(5)",
        "BEGIN NOT ATOMIC SELECT 1 INTO OUTFILE '{file}'; END",
        "EXECUTE IMMEDIATE 'SELECT 1 INTO OUTFILE ''{file}'''",
    ),
    "duckdb": (
        "SELECT 1; COPY singer TO '{file}'",
        "FROM singer; ATTACH '{file}' AS x",
        "SELECT * FROM read_text(getvariable('x'))",
        "PRAGMA enable_profiling; PRAGMA profile_output = '{file}'",
    ),
    "sqlite": (
        "ATTACH '{file}' AS x",
        "VACUUM INTO '{file}'",
        "PRAGMA writable_schema = 1",
        "PRAGMA journal_mode = WAL",
        "SELECT * FROM pragma_journal_mode('wal')",
        "UPDATE sqlite_master SET sql = 'x'",
        "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    ),
}

CANARIES = {
    "sqlite": ("PRAGMA user_version = 7", "VACUUM INTO '{file}'"),
    "duckdb": ("SET VARIABLE a = 1", "SELECT * FROM read_text('{secret}')"),
    "postgres": ("DO 'BEGIN END'", "SELECT pg_read_file('{secret}')"),
    "mysql": ("DO 0", "SELECT 1 INTO @a"),
}
"""Harmless, and stopped by the same means as the corpus, part of which would shut a server down."""


def attacks(dialect: str) -> dict[str, list[str]]:
    """By file of the corpus."""
    found = {"here": list(MORE_ATTACKS[dialect])}
    for path in sorted(ATTACKS.glob("*.sql")):
        head, body = path.read_text(encoding="utf-8").split("\n", 1)
        if head.removeprefix("-- dialect:").strip() in ("all", dialect):
            found[path.stem] = [text.strip("\n") for text in body.split("\n;;\n")]
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder where the servers, too, may read and write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret.txt").write_text(f"{SECRET}\n", encoding="utf-8")
        yield folder


def digest(url: str) -> dict[str, str]:
    """Of a file database and of all that lies beside it."""
    if not url.startswith(("sqlite", "duckdb")):
        return {}
    files = Path(str(make_url(url).database)).parent.iterdir()
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_nothing_is_written_read_or_slept(
    dialect: str,
    build: Callable[[str, Sequence[str]], str],
    contents: Callable[[str], object],
    folder: Path,
) -> None:
    url = build(dialect, [*STATEMENTS, *MORE_STATEMENTS[dialect]])
    database = Database.open(url, cache=None)
    stored, files = contents(url), digest(url)
    for canary in CANARIES[dialect]:
        sql = canary.replace("{file}", str(folder / "out")).replace("{secret}", str(folder / "secret.txt"))
        assert not run(database, sql).ok, f"{canary} ran: the rest is not safe to try"
    escaped: list[tuple[str, str]] = []
    for file, corpus in attacks(dialect).items():
        for attack in corpus:
            sql = attack.replace("{file}", str(folder / "out")).replace(
                "{secret}", str(folder / "secret.txt")
            )
            outcome = run(database, sql, Limits(seconds=SECONDS))
            wrote = [path.name for path in folder.iterdir()] != ["secret.txt"]
            if wrote or SECRET in str(outcome.rows) or outcome.seconds > SECONDS + 1:
                escaped.append((attack, outcome.kind))
        if contents(url) != stored:
            escaped.append((file, "changed something"))
    assert escaped == []
    assert digest(url) == files
    assert database.schema.table("singer")


def test_a_write_would_be_noticed(
    engine_url: str, contents: Callable[[str], object], write: Callable[[str, Sequence[str]], None]
) -> None:
    before, files = contents(engine_url), digest(engine_url)
    write(engine_url, ["INSERT INTO customer VALUES (4, 'Di', NULL)"])
    assert contents(engine_url) != before
    assert digest(engine_url) != files or not files


def test_corpus_is_large_enough(dialect: str) -> None:
    assert sum(map(len, attacks(dialect).values())) >= 60
