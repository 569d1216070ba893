import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from routesql.tools.database import Database

SINGERS = """
CREATE TABLE singer (singer_id INTEGER PRIMARY KEY, name TEXT, country TEXT, born INTEGER);
CREATE TABLE concert (concert_id INTEGER PRIMARY KEY, singer_id INTEGER REFERENCES singer, year INTEGER);
INSERT INTO singer VALUES (1, 'Ada', 'France', 1990), (2, 'Bo', 'Spain', 1985), (3, 'Cy', 'France', 2001);
INSERT INTO concert VALUES (1, 1, 2014), (2, 1, 2015), (3, 2, 2015);
"""


@pytest.fixture
def singers(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "singers.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(SINGERS)
    connection.close()
    with Database.open(path, cache=None) as database:
        yield database
