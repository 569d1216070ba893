"""Which relations and columns a name in a statement can mean: the scope rules of the four engines.

sqlglot's own scopes ask for `RECURSIVE` and for one spelling of each name; SQLite asks for neither, so a name
is resolved here by climbing from where it stands. Where an engine's rule cannot be known, the scope is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from .schema import Column, Schema, Table

DEFAULT_SCHEMAS = {"sqlite": ("main",), "duckdb": ("main",), "postgres": ("public",), "mysql": ()}
Columns = dict[str, str] | None
"""Folded name to the name as declared; None if they cannot be known, as of a table-valued function."""


@dataclass(frozen=True)
class Relation:
    """One item of a FROM clause."""

    name: str
    """What the statement calls it: its alias, or its own name; empty for a derived table without one."""
    columns: Columns
    table: Table | None = None
    """The stored table it is, if it is one."""


@dataclass(frozen=True)
class Frame:
    """What one query offers to a name inside it."""

    relations: list[Relation] = field(default_factory=list)
    aliases: Columns = field(default_factory=dict)


class Scopes:
    def __init__(self, schema: Schema, dialect: str) -> None:
        self.dialect = dialect
        self.tables = {self.fold(table.name, quoted=True): table for table in schema.tables}
        self._frames: dict[int, list[Relation]] = {}
        self._outputs: dict[int, Columns] = {}

    def fold(self, name: str, quoted: bool = False) -> str:
        """Two spellings of one name fold to the same text; only PostgreSQL tells quoted names by case."""
        return name if self.dialect == "postgres" and quoted else name.lower()

    def folded(self, identifier: exp.Expr) -> str:
        return self.fold(identifier.name, bool(identifier.args.get("quoted")))

    def stored(self, table: exp.Table) -> Table | None:
        """The table of the schema meant; None for a CTE, a function, an unknown name."""
        if not isinstance(table.this, exp.Identifier):
            return None
        prefix = ".".join(part.name for part in table.parts[:-1])
        full = self.tables.get(self.fold(f"{prefix}.{table.name}", quoted=True))
        if prefix and full is None and prefix.lower() not in DEFAULT_SCHEMAS[self.dialect]:
            return None
        return full or (self.tables.get(self.folded(table.this)) if self.cte(table) is None else None)

    def cte(self, table: exp.Table) -> exp.CTE | None:
        """The common table expression that a table's name means, if any."""
        if table.db or not isinstance(table.this, exp.Identifier):
            return None
        node: exp.Expr = table
        own: exp.CTE | None = None
        while node.parent is not None:
            if isinstance(node, exp.CTE):
                own = node
            node = node.parent
            with_ = node.args.get("with_")
            for cte in self._visible(with_, own) if with_ else ():
                if self.folded(cte.args["alias"].this) == self.folded(table.this):
                    return cte
        return None

    def _visible(self, with_: exp.With, own: exp.CTE | None) -> list[exp.CTE]:
        """All of a WITH from its body; from one of its own only the earlier ones, unless it may recurse."""
        ctes: list[exp.CTE] = with_.expressions
        if own is None or own.parent is not with_ or with_.recursive or self.dialect == "sqlite":
            return ctes
        return ctes[: next(index for index, cte in enumerate(ctes) if cte is own)]

    def declared(self, table: exp.Table) -> str:
        """A table's name as its CTE or the schema spells it; a function's is that of its relation."""
        if isinstance(table.this, exp.Anonymous):
            return str(table.this.name)
        cte, stored = self.cte(table), self.stored(table)
        if cte is not None:
            return cte.alias
        if stored is None:
            return table.name
        return stored.name.rpartition(".")[2] if table.db else stored.name

    def frames(self, node: exp.Expr) -> Iterator[Frame]:
        """The queries whose names `node` may use, innermost first."""
        hidden = False
        passed_query = False
        while (parent := node.parent) is not None:
            if isinstance(parent, exp.From | exp.Join) and node.arg_key == "this" and passed_query:
                hidden = not isinstance(node, exp.Lateral) and self.dialect != "duckdb"
            elif isinstance(parent, exp.Select):
                if not hidden and not isinstance(node, exp.With):
                    yield Frame(self.relations(parent), self._aliases(parent, node.arg_key or ""))
                hidden, passed_query = False, True
            elif isinstance(parent, exp.SetOperation | exp.Subquery):
                yield from self._trailing(parent, node)
            node = parent

    def _trailing(self, query: exp.SetOperation | exp.Subquery, node: exp.Expr) -> Iterator[Frame]:
        """ORDER BY after a set operation sees its output columns, in SQLite those of any arm."""
        if node.arg_key not in ("order", "limit", "offset"):
            return
        for arm in query.find_all(exp.Select) if isinstance(query, exp.SetOperation) else [query.this]:
            yield Frame(aliases=self.outputs(arm))

    def _aliases(self, select: exp.Select, clause: str) -> Columns:
        allowed = {
            "duckdb": True,
            "postgres": clause in ("order", "group", "distinct"),
        }.get(self.dialect, clause != "expressions")
        aliases = [item.args["alias"] for item in select.expressions if isinstance(item, exp.Alias)]
        return {self.folded(alias): alias.name for alias in aliases} if allowed else {}

    def relations(self, select: exp.Select) -> list[Relation]:
        if id(select) not in self._frames:
            from_ = select.args.get("from_")
            joins = [join.this for join in select.args.get("joins") or ()]
            items = [from_.this] if from_ else []
            items += joins + list(select.args.get("laterals") or ())
            self._frames[id(select)] = [relation for item in items for relation in self.relation(item)]
        return self._frames[id(select)]

    def relation(self, item: exp.Expr) -> Iterator[Relation]:
        """What one item of FROM brings in; several for a parenthesised join."""
        if isinstance(item, exp.Table):
            yield self._renamed(item, Relation(item.alias or self.declared(item), *self._table(item)))
        elif isinstance(item, exp.Subquery) and not (item.alias or isinstance(item.this, exp.Query)):
            yield from self.relation(item.this)
        elif isinstance(item, exp.Subquery) and isinstance(item.this, exp.Table):
            yield Relation(item.alias, self._table(item.this)[0])
        else:
            query = item.this if isinstance(item, exp.Lateral) else item
            known = self.outputs(query) if isinstance(query, exp.Subquery) else None
            yield self._renamed(item, Relation(item.alias, known))
        for join in item.args.get("joins") or ():
            yield from self.relation(join.this)

    def _table(self, table: exp.Table) -> tuple[Columns, Table | None]:
        if not isinstance(table.this, exp.Identifier) or table.args.get("pivots"):
            return None, None
        cte = self.cte(table)
        if cte is not None:
            return self._renamed(cte, Relation(cte.alias, self.outputs(cte.this))).columns, None
        stored = self.stored(table)
        if stored is None:
            return None, None
        return {self.fold(column.name, quoted=True): column.name for column in stored.columns}, stored

    def _renamed(self, item: exp.Expr, relation: Relation) -> Relation:
        """With the column names of `AS t(a, b)`, which stand before the rest."""
        alias = item.args.get("alias")
        names = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
        if item.args.get("pivots"):
            return Relation(relation.name, None)
        if not names:
            return relation
        given = {self.folded(name): name.name for name in names if isinstance(name, exp.Identifier)}
        closed = isinstance(item, exp.CTE) or relation.columns is not None
        return Relation(relation.name, {**(relation.columns or {}), **given} if closed else None)

    def outputs(self, query: exp.Expr) -> Columns:
        """The columns a query gives; None if one of them has no certain name."""
        if id(query) not in self._outputs:
            self._outputs[id(query)] = None
            self._outputs[id(query)] = self._computed_outputs(query)
        return self._outputs[id(query)]

    def _computed_outputs(self, query: exp.Expr) -> Columns:
        if isinstance(query, exp.Subquery | exp.SetOperation):
            return None if query.args.get("by_name") else self.outputs(query.this)
        if not isinstance(query, exp.Select) or query.args.get("kind"):
            return None
        named: dict[str, str] = {}
        for item in query.expressions:
            columns = self._projected(query, item)
            if columns is None:
                return None
            named |= columns
        return named

    def _projected(self, select: exp.Select, item: exp.Expr) -> Columns:
        if isinstance(item, exp.Alias):
            return {self.folded(item.args["alias"]): item.alias}
        if item.is_star:
            return self._starred(select, item)
        if isinstance(item, exp.Column):
            return {self.folded(item.this): self.find(item) or item.name}
        return None

    def _starred(self, select: exp.Select, item: exp.Expr) -> Columns:
        star = item.this if isinstance(item, exp.Column) else item
        if not isinstance(star, exp.Star) or star.args.get("rename"):
            return None
        relations = self.relations(select)
        if isinstance(item, exp.Column) and item.table:
            relations = [one for one in relations if self.fold(one.name) == self.fold(item.table)]
        named: dict[str, str] = {}
        for relation in relations:
            if relation.columns is None:
                return None
            named |= relation.columns
        return named if relations else None

    def find(self, column: exp.Column) -> str | None:
        """The declared name of the column meant; empty if it cannot be known, None if there is none."""
        name = self.folded(column.this)
        for frame in self.frames(column):
            if column.table:
                relation = self.named(frame, column)
                if relation is not None:
                    return "" if relation.columns is None else relation.columns.get(name)
                continue
            found = [relation.columns for relation in frame.relations] + [frame.aliases]
            declared = next((columns[name] for columns in found if columns and name in columns), None)
            if declared is not None or None in found:
                return declared or ""
        return None

    def stored_column(self, node: exp.Column) -> tuple[Table, Column] | None:
        """The schema's column meant; None where it is no table's of the schema, or cannot be known."""
        name = self.folded(node.this)
        for frame in self.frames(node):
            meant = [self.named(frame, node)] if node.table else frame.relations
            for relation in filter(None, meant):
                if relation.columns is None or node.table or name in relation.columns:
                    table, declared = relation.table, (relation.columns or {}).get(name, "")
                    column = table.column(declared) if table else None
                    return (table, column) if table and column else None
            if not node.table and name in (frame.aliases or {}):
                return None
        return None

    def may_be_of(self, node: exp.Column, relation: Relation) -> bool:
        """Written as a column of the relation, or without a table and the relation has one of that name."""
        if node.table:
            return self.fold(node.table) == self.fold(relation.name)
        return relation.columns is None or self.folded(node.this) in relation.columns

    def named(self, frame: Frame, column: exp.Column) -> Relation | None:
        """The relation that a column's qualifier means."""
        wanted = self.folded(column.args["table"])
        return next((one for one in frame.relations if self.fold(one.name) in (wanted, wanted.lower())), None)
