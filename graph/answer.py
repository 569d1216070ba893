"""The answer in words: the message a chat front end shows, and the tool a chat agent calls."""

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langgraph.graph.state import CompiledStateGraph

from ..tools.errors import QuestionError
from .policy import best
from .state import Attempt

SHOWN_ROWS = 10
TOOL_ROWS = 50


def shown(attempts: Sequence[Attempt]) -> Attempt:
    """The accepted attempt, else the last SQL that failed: one that ran and was not taken is no answer."""
    failed = (a for a in reversed(attempts) if a["sql"] and a["outcome"]["kind"] != "ok")
    return best(attempts) or next(failed, attempts[-1])


def failure(attempts: Sequence[Attempt]) -> str:
    """Why there is no answer, in one line."""
    attempt = shown(attempts)
    why = attempt["outcome"]["message"] or attempt["reason"]
    untaken = next((a for a in attempts if a["outcome"]["kind"] == "ok" and a is not attempt), None)
    return f"{why}; another SQL ran but was not taken: {untaken['reason']}" if untaken else why


def counted(outcome: dict[str, Any]) -> str:
    """How many rows came, and whether the policy's limits cut them. A cell that was cut ends in `…`."""
    rows = outcome["rows"]
    if not outcome["truncated"]:
        return f"{len(rows):,} rows"
    if any(str(cell).endswith("…") for row in rows for cell in row):
        return f"{len(rows):,} rows (more rows, or long cells, were cut)"
    return f"first {len(rows):,} rows (more were cut)"


def worded(attempts: Sequence[Attempt]) -> str:
    """Markdown: the SQL in a fence, then the first rows as a table, or why there are none."""
    attempt = shown(attempts)
    parts = [fenced(attempt["sql"])] if attempt["sql"] else []
    if attempt["accepted"]:
        parts.append(markdown_table(attempt["outcome"]))
    else:
        parts.append(f"No answer: {failure(attempts)}.")
    return "\n\n".join(parts)


def fenced(sql: str) -> str:
    """The fence is longer than any run of backticks within."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", sql)), default=0))
    return f"{fence}sql\n{sql}\n{fence}"


def markdown_table(outcome: dict[str, Any]) -> str:
    columns, rows = outcome["columns"], outcome["rows"]
    if not rows:
        return "No rows."
    lines = [columns, ["---"] * len(columns), *rows[:SHOWN_ROWS]]
    table = "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)
    if len(rows) <= SHOWN_ROWS and not outcome["truncated"]:
        return table
    return f"{table}\n\n{counted(outcome)}, {min(len(rows), SHOWN_ROWS)} shown."


def cell(value: Any) -> str:
    return "NULL" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def sql_tool(
    graph: CompiledStateGraph[Any, Any, Any, Any], name: str = "ask_database", description: str = ""
) -> BaseTool:
    """The graph as a LangChain tool: a question in; JSON with status, sql, columns and 50 rows out.

    row_count and truncated tell how much there is beyond the rows shown; without an answer there is a reason.
    A question that cannot be asked is told to the agent, not raised. Each call is a conversation of its own,
    unless the caller's config names a thread.
    """

    def ask(question: str, hint: str = "") -> str:
        try:
            return as_json(graph.invoke({"question": question, "hint": hint}, thread()))
        except QuestionError as error:
            raise ToolException(str(error)) from error

    async def aask(question: str, hint: str = "") -> str:
        try:
            return as_json(await graph.ainvoke({"question": question, "hint": hint}, thread()))
        except QuestionError as error:
            raise ToolException(str(error)) from error

    return StructuredTool.from_function(
        ask,
        aask,
        name=name,
        description=description
        or "Answers a question in plain English from the database, with SQL and rows.",
        handle_tool_error=True,
    )


def as_json(result: dict[str, Any]) -> str:
    attempts, rows = result["attempts"], result["rows"]
    kept = {key: result[key] for key in ("status", "sql", "columns")}
    kept |= {"rows": rows[:TOOL_ROWS], "row_count": len(rows)}
    kept["truncated"] = shown(attempts)["outcome"]["truncated"]
    if result["status"] != "answered":
        kept["reason"] = failure(attempts)
    return json.dumps(kept, ensure_ascii=False)


def thread() -> RunnableConfig:
    """A graph with a checkpointer needs a thread: a new one where the caller's config names none."""
    if "thread_id" in ensure_config().get("configurable", {}):
        return {}
    return {"configurable": {"thread_id": str(uuid4())}}
