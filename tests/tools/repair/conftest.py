"""Small schemas whose statements are repaired."""

import pytest

from routesql.tools.schema import Column, ForeignKey, Schema, Table

PLACES = {
    "music": (
        ("singer", "Singer_ID Name Country Age", "Singer_ID"),
        ("concert", "concert_ID concert_Name Theme Year Stadium_ID", "concert_ID", "Stadium_ID > stadium"),
        ("stadium", "Stadium_ID Location Capacity", "Stadium_ID"),
        ("plays", "concert_ID Singer_ID", "", "concert_ID > concert", "Singer_ID > singer"),
        ("song", "id title singer_id released", "id", "singer_id > singer"),
    ),
    "pets": (
        ("pet", "id owner_id shop_id", "id", "owner_id > owner", "shop_id > shop"),
        ("owner", "id phone", "id"),
        ("shop", "id phone", "id"),
    ),
    "school": (
        ("lesson", "day room teacher", "day room"),
        ("pupil", "name day room", "", "day room > lesson"),
    ),
    "flights": (
        ("airport", "code city", "code"),
        ("flight", "no source target", "no", "source > airport", "target > airport"),
    ),
    "implied": (
        ("station", "id city", "id"),
        ("trip", "id start_station_id minutes", "id"),
        ("film", "f_id title", "f_id"),
        ("screening", "f_id hall", ""),
    ),
    "sales": (
        ("sales.customer", "id name city", "id"),
        ("sales.invoice", "id customer_id total", "id", "customer_id > sales.customer"),
    ),
}
"""Of each table: its name, its columns, its primary key, its foreign keys."""
ODD = (
    Table("order", (Column("id"), Column("customer")), ("id",)),
    Table(
        "line items",
        (Column("order id"), Column("unit price"), Column('say "hi"'), Column("SELECT")),
        (),
        (ForeignKey(("order id",), "order", ("id",)),),
    ),
)


@pytest.fixture(scope="session")
def schemas() -> dict[str, Schema]:
    return {name: Schema("sqlite", made(tables)) for name, tables in PLACES.items()} | {
        "odd": Schema("sqlite", ODD)
    }


def made(tables: tuple[tuple[str, ...], ...]) -> tuple[Table, ...]:
    primary = {name: tuple(key.split()) for name, _, key, *_ in tables}
    return tuple(
        Table(
            name,
            tuple(map(Column, columns.split())),
            primary[name],
            tuple(
                ForeignKey(tuple(own.split()), other, primary[other])
                for own, _, other in (key.partition(" > ") for key in keys)
            ),
        )
        for name, columns, _, *keys in tables
    )
