"""Makes the demo database, always the same one: about 3,600 rows from a few lists and a seed."""

import json
import os
import random
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, insert, text

from . import tables

FIRST, LAST = date(2022, 1, 3), date(2025, 6, 30)
SEED = json.loads((Path(__file__).parent / "seed.json").read_text(encoding="utf-8"))
Row = tuple[Any, ...]


def build(path: Path) -> Path:
    """Write the SQLite file at `path`, replacing what is there, and return it. Whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    partial = Path(name)
    try:
        engine = create_engine(f"sqlite:///{partial}")
        load(engine)
        engine.dispose()
        return partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(engine: Engine) -> None:
    """Create the tables and the view in an empty database or schema of any engine, and fill them."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(text(tables.COFFEE_SALES))
        for table, rows in _content(random.Random(7)):
            _insert(connection, table, rows)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    names = table.columns.keys()
    values = [dict(zip(names, row, strict=True)) for row in rows]
    # DuckDB does not see a row's manager among the rows of the same statement.
    step = 1 if table is tables.employee else len(values)
    for start in range(0, len(values), step):
        connection.execute(insert(table), values[start : start + step])


def _content(rng: random.Random) -> Iterator[tuple[Table, list[Row]]]:
    coffees = [(*numbered[:6], _day(numbered[6])) for numbered in _numbered(SEED["coffees"])]
    customers = _customers(rng)
    orders = _orders(rng, customers)
    yield tables.grower, _numbered(SEED["growers"])
    yield tables.coffee, coffees
    yield tables.employee, [(*row[:4], _day(row[4])) for row in _numbered(SEED["employees"])]
    yield tables.customer, customers
    yield tables.orders, orders
    lines = _order_lines(rng, coffees, orders)
    yield tables.order_line, lines
    yield tables.review, _reviews(rng, orders, lines)


def _numbered(rows: list[list[Any]]) -> list[Row]:
    return [(number, *row) for number, row in enumerate(rows, start=1)]


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _between(rng: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _customers(rng: random.Random) -> list[Row]:
    people = [f"{first} {last}" for first in SEED["first_names"] for last in SEED["last_names"]]
    named = [(name, rng.choice(["cafe", "cafe", "restaurant"])) for name in SEED["cafe_names"]]
    named += [(name, "private") for name in rng.sample(people, 60)]
    rng.shuffle(named)
    joined = sorted(_between(rng, FIRST - timedelta(days=700), LAST - timedelta(days=60)) for _ in named)
    return [
        (number, name, kind, rng.choice(SEED["cities"]), day)
        for number, ((name, kind), day) in enumerate(zip(named, joined, strict=True), start=1)
    ]


def _orders(rng: random.Random, customers: list[Row]) -> list[Row]:
    """Cafes and restaurants order about every month, private customers now and then, some never."""
    sellers = [(row[0], _day(row[4])) for row in _numbered(SEED["employees"]) if row[2] == "seller"]
    placed = []
    for customer_id, _name, kind, _city, joined in customers:
        gap = rng.randint(25, 60) if kind != "private" else rng.choice([90, 150, 260, 2000])
        day = max(FIRST, joined) + timedelta(days=rng.randint(0, gap))
        while day <= LAST:
            hired = [seller for seller, since in sellers if since and since <= day]
            placed.append((day, customer_id, rng.choice(hired)))
            day += timedelta(days=max(2, round(rng.gauss(gap, gap / 3))))
    return [
        (number, customer_id, seller, day, _shipped(rng, day))
        for number, (day, customer_id, seller) in enumerate(sorted(placed), start=1)
    ]


def _shipped(rng: random.Random, ordered: date) -> date | None:
    """Within days; not yet for the latest orders, and never for a few that were called off."""
    day = ordered + timedelta(days=rng.choice([1, 1, 2, 2, 3, 4, 7]))
    return None if day > LAST or rng.random() < 0.02 else day


def _order_lines(rng: random.Random, coffees: list[Row], orders: list[Row]) -> list[Row]:
    """Prices and weights are multiples of a quarter, so that sums are exact on every engine."""
    lines = []
    for order_id, _customer, _seller, day, _ in orders:
        offered = [coffee for coffee in coffees if coffee[6] is None or coffee[6] >= day]
        for coffee in sorted(rng.sample(offered, rng.choice([1, 1, 2, 2, 3, 4]))):
            discount = rng.choice([0, 0, 0, 0.5, 1.0, 1.5])
            lines.append(
                (order_id, coffee[0], rng.choice([0.5, 1.0, 2.0, 3.0, 5.0, 10.0]), coffee[4] - discount)
            )
    return lines


def _reviews(rng: random.Random, orders: list[Row], lines: list[Row]) -> list[Row]:
    """Of coffees the customer has bought; most without a word."""
    buyer = {order_id: customer_id for order_id, customer_id, *_, shipped in orders if shipped}
    reviews: dict[tuple[int, int], Row] = {}
    for order_id, coffee_id, _kilograms, _paid in lines:
        key = (buyer.get(order_id, 0), coffee_id)
        if order_id in buyer and key not in reviews and rng.random() < 0.16:
            comment = rng.choice(SEED["comments"]) if rng.random() < 0.45 else None
            reviews[key] = (*key, rng.choice([1, 2, 3, 3, 4, 4, 4, 5, 5, 5]), comment)
    ordered = sorted(reviews.values(), key=lambda review: review[:2])
    ordered[100] = (*ordered[100][:3], SEED["odd_comment"])
    return ordered
