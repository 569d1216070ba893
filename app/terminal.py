"""The trace and the answer on a terminal. Cells and names are untrusted: their control codes are stripped."""

import asyncio
from typing import Any, NoReturn

import rich.console
from langchain_core.messages import AIMessageChunk
from rich.cells import cell_len
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ..graph.answer import counted, failure, shown
from ..graph.build import Graph
from .plain import clean

SHOWN_ROWS = 50
NULL = "NULL"
NARROW = 8
"""A column of a table may be folded to this width, not further."""


def run(graph: Graph, question: dict[str, Any], terminal: "Terminal", **options: Any) -> dict[str, Any]:
    """Answer the question with the trace shown live; the graph's output.

    On an event loop, because there an interrupt cancels a call of the model instead of waiting for its end.
    """
    with terminal:
        return asyncio.run(streamed(graph, question, terminal, **options))


async def streamed(
    graph: Graph, question: dict[str, Any], terminal: "Terminal", **options: Any
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    modes = ["custom", "messages", "values"]
    stream = graph.astream(question, stream_mode=modes, **options)  # type: ignore[call-overload]
    async for mode, part in stream:
        if mode == "custom":
            terminal.event(part)
        elif mode == "messages":
            terminal.token(*part)
        else:
            result = part
    return result


class Console(rich.console.Console):
    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError  # rich would exit with 1, which means something else here


class Terminal:
    """The trace goes to stderr, the answer to stdout."""

    def __init__(self, quiet: bool = False) -> None:
        self.trace, self.out = Console(stderr=True, quiet=quiet, highlight=False), Console(highlight=False)
        self.status = self.trace.status("reading the question")
        self.texts: dict[str, str] = {}

    def __enter__(self) -> None:
        self.status.start()

    def __exit__(self, *_: object) -> None:
        self.status.stop()

    def token(self, chunk: Any, metadata: dict[str, Any]) -> None:
        """Two roles may speak at once: each message has a text of its own, and a tag that names the role."""
        if isinstance(chunk, AIMessageChunk):
            said = self.texts[str(chunk.id)] = self.texts.get(str(chunk.id), "") + str(chunk.text)
            tail = clean(said).replace("\n", " ")[-(self.trace.width - 24) :]
            self.status.update(Text(f"{' '.join(metadata.get('tags', ()))}: {tail}"))

    def event(self, event: dict[str, Any]) -> None:
        getattr(self, f"on_{event['event']}")(event)

    def on_started(self, event: dict[str, Any]) -> None:
        self.texts.clear()
        self.status.update(Text(f"{event['role']} …"))

    def on_finished(self, event: dict[str, Any]) -> None:
        usage = event["usage"]
        tokens = f"{usage['prompt_tokens']} tokens in ({usage['cached_tokens']} cached)"
        self.line(event["role"], f"{tokens}, {usage['completion_tokens']} out, {usage['seconds']:.1f} s")
        if event["role"] == "linker":
            value = event["value"]
            self.line(
                "", ", ".join(".".join(pair) for pair in value["columns"]) or ", ".join(value["tables"])
            )

    def on_executed(self, event: dict[str, Any]) -> None:
        self.trace.print(Syntax(clean(event["sql"]), "sql", word_wrap=True, background_color="default"))
        mark = "[green]accepted[/]" if event["accepted"] else "[yellow]not accepted[/]"
        self.line("executor", f"{event['reason']}, {event['outcome']['seconds']:.2f} s", mark)

    def on_decided(self, event: dict[str, Any]) -> None:
        self.line("", f"→ {event['next']}: {event['reason']}")

    def on_pruned(self, event: dict[str, Any]) -> None:
        """The warning tells it, with --quiet too."""

    def on_unconstrained(self, event: dict[str, Any]) -> None:
        self.line(event["role"], f"decoded freely, the grammar was left: {event['reason']}")

    def line(self, who: str, text: str, mark: str = "") -> None:
        head = Text(f"{who:<10} ", "bold cyan")
        self.trace.print(Text.assemble(head, Text.from_markup(mark), " " * bool(mark), clean(text)))

    def show(self, result: dict[str, Any]) -> None:
        """The SQL, its rows, seconds and tokens."""
        if result["sql"]:
            self.out.print(Syntax(clean(result["sql"]), "sql", word_wrap=True, background_color="default"))
        if result["status"] == "answered":
            self.out.print(grid(result["columns"], result["rows"], self.out.width))
        else:
            ran = any(attempt["outcome"]["kind"] == "ok" for attempt in result["attempts"])
            head = "No SQL was accepted" if ran else "No executable SQL found"
            above = "; the best attempt is above" * bool(result["sql"])
            self.out.print(Text(f"{head}{above}: {clean(failure(result['attempts']))}"))
        usage = result["usage"]
        tokens = f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens"
        part = f", {SHOWN_ROWS} shown" * (len(result["rows"]) > SHOWN_ROWS)
        number = f"{counted(shown(result['attempts'])['outcome'])}{part} · "
        rows = number if result["status"] == "answered" else ""
        calls = f"{usage['calls']} call{'s' * (usage['calls'] != 1)}"
        self.out.print(Text(f"{rows}{usage['seconds']:.1f} s · {tokens} · {calls}", "dim"))


def grid(columns: list[str], rows: list[list[Any]], width: int) -> Table | Text:
    """A table, or one `column: value` a line where a table of so many columns would be unreadable."""
    cells = [[written(cell) for cell in row] for row in rows[:SHOWN_ROWS]]
    heads = [clean(column) for column in columns]
    widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    if sum(min(NARROW, each) + 3 for each in widths) < width:
        return table(heads, cells)
    blocks = ["\n".join(map(": ".join, zip(heads, row, strict=True))) for row in cells]
    return Text("\n\n".join(blocks or [", ".join(heads)]))


def table(heads: list[str], cells: list[list[str]]) -> Table:
    drawn = Table()
    for head in heads:
        drawn.add_column(Text(head))
    for row in cells:
        drawn.add_row(*(Text(cell, "dim" if cell == NULL else "") for cell in row))
    return drawn


def written(cell: Any) -> str:
    return NULL if cell is None else clean(str(cell))
