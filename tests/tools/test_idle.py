"""A table that is joined and not used."""

import json
import os
from pathlib import Path

import pytest

from routesql.tools.idle import joins_idly

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[3] / "shared" / "data"))
ON = "ON T1.id = T2.singer_id"
IDLE = [
    f"SELECT T1.name FROM singer AS T1 JOIN song AS T2 {ON}",
    f"SELECT T1.name FROM singer AS T1 LEFT JOIN song AS T2 {ON} WHERE T1.born > 1990 ORDER BY T1.name",
    f"SELECT T2.title FROM singer AS T1 JOIN song AS T2 {ON} GROUP BY T2.title HAVING count(T2.id) > 1",
    "SELECT singer.name FROM singer JOIN song ON Singer.id = Song.singer_id",
    f"SELECT a.n FROM (SELECT T1.name AS n FROM singer AS T1 JOIN song AS T2 {ON}) AS a",
    f"SELECT T1.name FROM singer AS T1 JOIN song AS T2 {ON} JOIN album AS T3 ON T2.album_id = T3.id",
]
BUSY = [
    "SELECT name FROM singer",
    f"SELECT T1.name, T2.title FROM singer AS T1 JOIN song AS T2 {ON}",
    f"SELECT T1.name, count(*) FROM singer AS T1 JOIN song AS T2 {ON} GROUP BY T1.id",
    f"SELECT * FROM singer AS T1 JOIN song AS T2 {ON}",
    f"SELECT T1.* FROM singer AS T1 JOIN song AS T2 {ON}",
    f"SELECT name FROM singer AS T1 JOIN song AS T2 {ON}",
    f"SELECT T1.name FROM singer AS T1 JOIN song AS T2 {ON} ORDER BY T2.title",
    f"SELECT T1.name, T3.name FROM singer AS T1 JOIN song AS T2 {ON} JOIN album AS T3 ON T2.album_id = T3.id",
    f"SELECT T1.name FROM singer AS T1 JOIN song AS T2 {ON} WHERE EXISTS (SELECT 1 FROM a WHERE x = T2.id)",
    "SELECT T1.name FROM singer AS T1, song AS T2 WHERE T1.id = T2.singer_id",
    "SELECT T1.name FROM singer AS T1 JOIN song USING (id)",
    "this is no SQL",
    "SELECT 1; SELECT 2",
    "",
]


@pytest.mark.parametrize("sql", IDLE)
def test_idle(sql: str) -> None:
    assert joins_idly(sql)


@pytest.mark.parametrize("sql", BUSY)
def test_busy(sql: str) -> None:
    assert not joins_idly(sql)


def test_it_is_seldom_meant() -> None:
    file = DATA / "spider" / "train_spider.json"
    if not file.exists():
        pytest.skip(f"no benchmark data in {DATA.name}; set ROUTESQL_DATA")
    rows = json.loads(file.read_text(encoding="utf-8"))
    joined = [row["query"] for row in rows if " join " in row["query"].lower()]
    assert 0.02 < sum(map(joins_idly, joined[::10])) / len(joined[::10]) < 0.1
