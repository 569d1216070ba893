"""What is wrong with an SQL that runs: the first clause in which it differs from the gold SQL."""

from pathlib import Path

from ..evaluation.exact_match import comparable, compared
from ..evaluation.scoring import columns_of
from ..evaluation.spider_sql import parse

CLAUSES = {
    "IUEN": "set_operation",
    "select": "select",
    "where": "where",
    "and/or": "where",
    "group": "group_by",
    "group(no Having)": "group_by",
    "order": "order_by",
    "keywords": "keywords",
}
"""The official scorer's components by what they are called here, in the order in which they are looked at."""


def difference(sql: str, gold: str, file: Path) -> str:
    """A clause; `value` where literals, join conditions or DISTINCT alone differ; `other` where Spider's
    grammar has no such SQL. file: the database."""
    tables = columns_of(file)
    mine, theirs = parse(sql, tables), parse(gold, tables)
    if mine is None or theirs is None:
        return "other"
    mine, theirs = comparable(mine, tables, {}), comparable(theirs, tables, {})
    if sorted(map(str, mine.tables)) != sorted(map(str, theirs.tables)):
        return "from"
    parts = compared(mine, theirs)
    return next((name for part, name in CLAUSES.items() if not parts[part].right), "value")
