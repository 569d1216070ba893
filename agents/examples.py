"""Worked examples for a model that was not tuned on these prompts: only what is asked for, of no more tables
than it takes.

Their database is made up. Every prompt begins with them, so a model computes them once for all databases.
"""

from ..tools.schema import Column, ForeignKey, Schema, Table

PAINTER = Table(
    "painter",
    (
        Column("painter_id", "INTEGER"),
        Column("full_name", "TEXT"),
        Column("country", "TEXT"),
        Column("born", "INTEGER"),
    ),
    primary_key=("painter_id",),
    rows=((1, "Ada Blom", "Norway", 1871), (2, "Ugo Rossi", "Italy", 1902)),
)
PAINTING = Table(
    "painting",
    (
        Column("id", "INTEGER"),
        Column("title", "TEXT"),
        Column("year", "INTEGER"),
        Column("price", "REAL"),
        Column("painter_id", "INTEGER"),
    ),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("painter_id",), "painter", ("painter_id",)),),
    rows=((1, "Harbour", 1901, 1200.0, 1), (2, "Olive trees", 1933, 950.5, 2)),
)
SCHEMA = Schema("sqlite", (PAINTER, PAINTING))
EXAMPLES = (
    (
        "What are the titles and prices of the paintings by Italian painters, the most expensive first?",
        "SELECT T2.title, T2.price FROM painter AS T1 JOIN painting AS T2 ON T1.painter_id = T2.painter_id "
        "WHERE T1.country = 'Italy' ORDER BY T2.price DESC",
    ),
    (
        "Which painter made the most paintings? Give the full name.",
        "SELECT T1.full_name FROM painter AS T1 JOIN painting AS T2 ON T1.painter_id = T2.painter_id "
        "GROUP BY T1.painter_id ORDER BY count(*) DESC LIMIT 1",
    ),
    (
        "How many painters are there in each country that has at least 3?",
        "SELECT country, count(*) FROM painter GROUP BY country HAVING count(*) >= 3",
    ),
    (
        "List the names of painters who have no painting.",
        "SELECT full_name FROM painter WHERE painter_id NOT IN (SELECT painter_id FROM painting)",
    ),
    (
        "Which countries have both painters born before 1880 and painters born after 1950?",
        "SELECT country FROM painter WHERE born < 1880 INTERSECT SELECT country FROM painter WHERE born > 1950",
    ),
)
"""Questions with their SQL, in any dialect."""
