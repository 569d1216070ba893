"""Schema links with what connects their tables."""

from dataclasses import replace

import pytest

from routesql.agents.links import joined
from routesql.agents.task import Links
from routesql.tools.schema import Column, ForeignKey, Schema, Table

LINE = Schema(
    "sqlite",
    (
        Table("a", (Column("id"), Column("x")), ("id",)),
        Table("b", (Column("a1"), Column("a2"), Column("c")), (), (ForeignKey(("a1",), "a", ("id",)),)),
        Table("c", (Column("id"), Column("b")), ("id",)),
        Table("d", (Column("c1"), Column("c2")), (), (ForeignKey(("c1", "c2"), "c", ("id", "b")),)),
        Table("island", (Column("y"),)),
    ),
)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (Links(), Links()),
        (Links(("a",), (("a", "x"),)), Links(("a",), (("a", "x"),))),
        (Links(("b", "a"), (("a", "x"),)), Links(("a", "b"), (("a", "id"), ("a", "x"), ("b", "a1")))),
        (
            Links(("c", "d")),
            Links(("c", "d"), (("c", "id"), ("c", "b"), ("d", "c1"), ("d", "c2"))),
        ),
        (Links(("a", "island"), (("island", "y"),)), Links(("a", "island"), (("island", "y"),))),
        (
            Links(("island", "a", "b")),
            Links(("a", "b", "island"), (("a", "id"), ("b", "a1"))),
        ),
    ],
)
def test_joined_adds_what_connects_the_tables(links: Links, expected: Links) -> None:
    assert joined(links, LINE) == expected
    assert joined(expected, LINE) == expected


def test_joined_adds_tables_between() -> None:
    between = (*LINE.tables[:2], Table("c", (Column("id"),), ("id",)), *LINE.tables[3:])
    keys = (ForeignKey(("a1",), "a", ("id",)), ForeignKey(("c",), "c", ("id",)))
    schema = Schema("sqlite", tuple(replace(t, foreign_keys=keys) if t.name == "b" else t for t in between))
    found = joined(Links(("c", "a")), schema)
    assert found == Links(("a", "b", "c"), (("a", "id"), ("b", "a1"), ("b", "c"), ("c", "id")))


def test_joined_leaves_what_is_far_apart() -> None:
    def link(number: int) -> Table:
        key = (ForeignKey((f"to_{number + 1}",), f"t{number + 1}", ("id",)),)
        return Table(f"t{number}", (Column("id"), Column(f"to_{number + 1}")), ("id",), key)

    chain = Schema("sqlite", tuple(map(link, range(300))))
    ends, near = Links(("t0", "t299")), Links(("t0", "t2"))
    assert joined(ends, chain) == ends
    assert joined(near, chain).tables == ("t0", "t1", "t2")
    every = Links(tuple(table.name for table in chain.tables))
    assert joined(every, chain) == every
