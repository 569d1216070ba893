"""The answer in words: the message a chat front end shows, and the tool a chat agent calls."""

import json
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool
from langgraph.graph.state import CompiledStateGraph

SHOWN_ROWS = 10


def worded(sql: str, outcome: dict[str, Any], status: str) -> str:
    """Markdown: the SQL in a fence, then the first rows as a table, or why there are none."""
    parts = [f"```sql\n{sql}\n```"] if sql else []
    if status == "answered":
        parts.append(markdown_table(outcome["columns"], outcome["rows"]))
    else:
        parts.append(f"No answer: {outcome['message'] or status}.")
    return "\n\n".join(parts)


def markdown_table(columns: list[str], rows: list[list[Any]]) -> str:
    if not rows:
        return "No rows."
    lines = [columns, ["---"] * len(columns), *rows[:SHOWN_ROWS]]
    table = "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)
    return table if len(rows) <= SHOWN_ROWS else f"{table}\n\n{len(rows)} rows, {SHOWN_ROWS} shown."


def cell(value: Any) -> str:
    return "NULL" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def sql_tool(
    graph: CompiledStateGraph[Any, Any, Any, Any], name: str = "ask_database", description: str = ""
) -> BaseTool:
    """The graph as a LangChain tool: a question in; JSON with status, sql, columns, 50 rows out."""

    def shown(result: dict[str, Any]) -> str:
        kept = {key: result[key] for key in ("status", "sql", "columns")}
        return json.dumps({**kept, "rows": result["rows"][:50]}, ensure_ascii=False)

    def ask(question: str, hint: str = "") -> str:
        return shown(graph.invoke({"question": question, "hint": hint}))

    async def aask(question: str, hint: str = "") -> str:
        return shown(await graph.ainvoke({"question": question, "hint": hint}))

    return StructuredTool.from_function(
        ask,
        aask,
        name=name,
        description=description
        or "Answers a question in plain English from the database, with SQL and rows.",
    )
