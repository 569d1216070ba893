"""SQL out of completions: what models wrap around it, and where it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routesql.agents import sqltext

COMPLETIONS = {
    "bare": ("SELECT a FROM b", "SELECT a FROM b"),
    "semicolon": ("SELECT a FROM b;", "SELECT a FROM b"),
    "fence": ("```sql\nSELECT a FROM b;\n```", "SELECT a FROM b"),
    "fence on one line": ("```SELECT a FROM b```", "SELECT a FROM b"),
    "unclosed fence": ("```sqlite\nSELECT a FROM b", "SELECT a FROM b"),
    "only the closing fence": ("SELECT a FROM b\n```", "SELECT a FROM b"),
    "chatter around a fence": ("Sure!\n```sql\nSELECT a\nFROM b\n```\nIt selects a.", "SELECT a\nFROM b"),
    "two fences": ("```sql\nSELECT 1\n```\nor\n```sql\nSELECT 2\n```", "SELECT 1"),
    "a fence without SQL first": ("```\nb(a)\n```\n```sql\nSELECT a FROM b\n```", "SELECT a FROM b"),
    "inline code": ("Use `SELECT a FROM b` here.", "SELECT a FROM b"),
    "label": ("SQL: SELECT a FROM b", "SELECT a FROM b"),
    "bold label": ("**SQL query:** SELECT a FROM b", "SELECT a FROM b"),
    "prose that begins like SQL": ("Select the names:\nSELECT a FROM b", "SELECT a FROM b"),
    "prose with the word select": ("We select a with a filter: SELECT a FROM b", "SELECT a FROM b"),
    "two statements": ("SELECT a FROM b; SELECT c FROM d;", "SELECT a FROM b"),
    "semicolon in a literal": (
        "SELECT a FROM b WHERE c = 'x;y'; SELECT 2",
        "SELECT a FROM b WHERE c = 'x;y'",
    ),
    "semicolon in a comment": ("SELECT a -- first; then\nFROM b; x", "SELECT a -- first; then\nFROM b"),
    "prose after a blank line": ("SELECT a FROM b\n\nThis lists the singer's a; all.", "SELECT a FROM b"),
    "prose on the next line": (
        "SELECT a FROM b WHERE c = 1\nNote: it isn't tested",
        "SELECT a FROM b WHERE c = 1",
    ),
    "prose on the same line": ("SELECT a FROM b This query lists every a", "SELECT a FROM b"),
    "Chinese prose": ("查询如下:\nSELECT a FROM b WHERE c = 1\n这个查询返回", "SELECT a FROM b WHERE c = 1"),
    "markdown after": ("SELECT a FROM b\n### Explanation\n...", "SELECT a FROM b"),
    "trailing comment": ("SELECT a FROM b -- it's done", "SELECT a FROM b"),
    "trailing block comment": ("SELECT a FROM b /* done; */", "SELECT a FROM b"),
    "leading comment": ("-- every a\nSELECT a FROM b", "SELECT a FROM b"),
    "thinking": ("<think>SELECT 1?</think>\nSELECT a FROM b", "SELECT a FROM b"),
    "end of thinking": ("Maybe SELECT 1?</think>SELECT a FROM b", "SELECT a FROM b"),
    "unfinished thinking": ("<think>SELECT 1", ""),
    "JSON": ('{"sql": "SELECT \\"a\\"\\nFROM b;"}', 'SELECT "a"\nFROM b'),
    "fenced JSON": ('```json\n{"query": "SELECT a FROM b"}\n```', "SELECT a FROM b"),
    "cut JSON": ('{"sql": "SELECT a FROM b WHERE', "SELECT a FROM b WHERE"),
    "JSON with a wrong escape": (
        r'{"sql": "SELECT a FROM b WHERE c = \'x\'"}',
        r"SELECT a FROM b WHERE c = \'x\'",
    ),
    "cut in a literal": ("SELECT a FROM b WHERE c = 'x", "SELECT a FROM b WHERE c = 'x"),
    "cut in a clause": ("SELECT a FROM b WHERE", "SELECT a FROM b WHERE"),
    "common table expression": (
        "WITH x AS (SELECT 1) SELECT * FROM x;",
        "WITH x AS (SELECT 1) SELECT * FROM x",
    ),
    "parentheses": ("(SELECT a FROM b) UNION (SELECT c FROM d)", "(SELECT a FROM b) UNION (SELECT c FROM d)"),
    "broken around a subquery": ("SELECT a FRM b WHERE c IN (\nSELECT d FROM e)",) * 2,
    "clauses in the wrong order": ("SELECT a FROM b GROUP a BY\nWHERE c = 1",) * 2,
    "after parentheses": ("The query (in SQLite)\nSELECT a FROM b", "SELECT a FROM b"),
    "after a comma": ("Sure, SELECT a FROM b", "SELECT a FROM b"),
    "broken in a common table expression": ("WITH x AS (\nSELECT a FRM b WHERE WHERE)\nSELECT * FROM x",) * 2,
    "no SQL": ("I cannot answer that with this schema.", ""),
    "prose only": ("To select the singer, join with the concert as well", ""),
    "a write": ("DROP TABLE b", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("completion", "sql"), COMPLETIONS.values(), ids=COMPLETIONS)
def test_statement(completion: str, sql: str) -> None:
    assert sqltext.statement(completion) == sql


WORDS = ["SELECT", "WITH x AS (", "a", "FROM b", "This is prose", '{"sql": "', "<think>", "</think>", "```"]
pieces = st.lists(st.sampled_from([*WORDS, *"'\"`;()[]{}:,-/*\\\n \x00é📀"]), max_size=30)


@given(st.one_of(st.text(), pieces.map("".join), pieces.map(" ".join)))
def test_any_text_gives_a_statement_or_nothing(completion: str) -> None:
    sql = sqltext.statement(completion)
    assert sql == sql.strip()
    assert sql == "" or sql.lstrip("( \n").lower().startswith(("select", "with"))


def test_depth_is_no_error() -> None:
    nested = "SELECT " + "(" * 5_000
    assert sqltext.statement(nested) == nested


@pytest.mark.parametrize(
    ("completion", "said"),
    [
        ("It is fine: SELECT 1", "It is fine: "),
        ("```sql\nSELECT 1\n```", "```sql\n"),
        ("SELECT 'It is fine'", ""),
        ("It is fine.", "It is fine."),
        ("<think>is it?</think>No.", "No."),
    ],
)
def test_preamble(completion: str, said: str) -> None:
    assert sqltext.preamble(completion) == said
