"""Join paths along the foreign keys of a schema."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count

from sqlglot import exp

from ..likeness import words
from ..rendering import RESERVED, SIMPLE
from ..schema import Schema, Table
from ..scope import Relation, Scopes

IMPLIED = 3
"""What a join costs that no foreign key declares; a declared one costs 1."""
FAR = 6
"""Tables that it costs more to connect have little to do with one another."""


@dataclass(frozen=True)
class Edge:
    """Two tables and the columns, pair by pair, on which they join."""

    left: str
    right: str
    columns: tuple[tuple[str, str], ...]
    cost: int = 1

    def reversed(self) -> "Edge":
        return Edge(self.right, self.left, tuple((b, a) for a, b in self.columns), self.cost)


@lru_cache(64)
def edges(schema: Schema) -> dict[str, list[Edge]]:
    """From each table: the foreign keys, and to tables without one, a primary key that the other has too."""
    declared = [
        Edge(table.name, other.name, key.pairs)
        for table in schema.tables
        for key in table.foreign_keys
        if (other := schema.table(key.table))
    ]
    joined = {(edge.left, edge.right) for edge in declared}
    implied = [
        edge
        for table in schema.tables
        for other in schema.tables
        if table is not other and not {(table.name, other.name), (other.name, table.name)} & joined
        for edge in _implied(table, other)
    ]
    found = defaultdict(list)
    for edge in (*declared, *implied):
        found[edge.left].append(edge)
        found[edge.right].append(edge.reversed())
    return found


def _implied(table: Table, other: Table) -> list[Edge]:
    """`f_id` and `f_id`, or `start_station_id` and station's `id`."""
    if len(other.primary_key) != 1:
        return []
    (key,) = other.primary_key
    full = words(f"{other.name} {key}")
    names = [column.name for column in table.columns if words(column.name) >= full]
    if key.lower() not in ("id", "name"):
        names += [column.name for column in table.columns if column.name.lower() == key.lower()]
    return [Edge(table.name, other.name, ((names[0], key),), IMPLIED)] if names else []


def ways(edges: dict[str, list[Edge]], starts: Collection[str]) -> dict[str, list[Edge]]:
    """The cheapest way from any start to each table that there is a way to."""
    return dict(_outwards(edges, starts))


def way_to(
    goals: Collection[str], starts: Collection[str], edges: dict[str, list[Edge]]
) -> list[Edge] | None:
    """The cheapest way from any start to any goal; None if there is none that costs at most `FAR`."""
    for table, way in _outwards(edges, starts):
        if sum(edge.cost for edge in way) > FAR:
            return None
        if table in goals:
            return way
    return None


def _outwards(edges: dict[str, list[Edge]], starts: Collection[str]) -> Iterator[tuple[str, list[Edge]]]:
    """Each table that there is a way to, with the cheapest, the nearest first."""
    order = count()
    queue: list[tuple[int, int, str, list[Edge]]] = [(0, next(order), start, []) for start in starts]
    reached: set[str] = set()
    while queue:
        cost, _, here, taken = heappop(queue)
        if here in reached:
            continue
        reached.add(here)
        yield here, taken
        for edge in edges.get(here, ()):
            if edge.right not in reached:
                heappush(queue, (cost + edge.cost, next(order), edge.right, [*taken, edge]))


def joins_along(
    way: list[Edge], called: dict[str, str], relations: Iterable[Relation], last: str = ""
) -> list[exp.Join]:
    """New joins. called: what the tables in scope are called, and then the new ones; last: the path's end."""
    taken = {one.name.lower() for one in relations}
    steps = []
    for edge in way:
        name = edge.right.rpartition(".")[2]
        while name.lower() in taken:
            name += "_2"
        called[edge.right] = last if last and edge is way[-1] else name
        taken.add(name.lower())
        steps.append(join(edge, called[edge.left], called[edge.right]))
    return steps


def join(edge: Edge, left: str, right: str) -> exp.Join:
    """`JOIN edge.right AS right ON left.a = right.b`. left, right: what the statement calls the two."""
    return exp.Join(this=table(edge.right, right), on=exp.and_(*equal(edge.columns, left, right)))


def equal(pairs: Iterable[tuple[str, str]], left: str, right: str) -> list[exp.Expr]:
    """`left.a = right.b` of each pair."""
    return [exp.EQ(this=column(a, left), expression=column(b, right)) for a, b in pairs]


def table(name: str, called: str = "") -> exp.Table:
    """A table of the schema, whose name may hold that of its own schema. called: by the statement."""
    db, _, own = name.rpartition(".")
    alias = exp.TableAlias(this=identifier(called)) if called not in ("", own) else None
    return exp.Table(this=identifier(own), db=identifier(db) if db else None, alias=alias)


def is_inner(join: exp.Join) -> bool:
    """By a condition of its own."""
    return join.kind in ("", "INNER") and not (join.side or join.method or join.args.get("using"))


def equijoins(
    select: exp.Select, scopes: Scopes, *, outer: bool = False
) -> tuple[list[exp.Join], list[Relation]]:
    """The joins of a SELECT, and its relations, the first table's before theirs; nothing unless each join is
    inner (outer: or LEFT), on `a.x = b.y`, and brings in one.
    """
    joins, relations = select.args.get("joins") or [], scopes.relations(select)
    known = all(is_inner(join) or (outer and join.side == "LEFT") for join in joins)
    on_columns = known and all(equated(join.args.get("on")) for join in joins)
    return (joins, relations) if on_columns and len(relations) == len(joins) + 1 else ([], [])


def equated(part: exp.Expr | None) -> tuple[exp.Column, ...]:
    """The two columns of `a.x = b.y`; none of any other condition."""
    sides = (part.left, part.right) if isinstance(part, exp.EQ) else ()
    columns = tuple(side for side in sides if isinstance(side, exp.Column))
    return columns if len(columns) == len(sides) else ()


def column(name: str, table: str = "") -> exp.Column:
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def identifier(name: str) -> exp.Identifier:
    plain = SIMPLE.fullmatch(name) and name.lower() not in RESERVED
    return exp.Identifier(this=name, quoted=not plain)
