"""The trace and the answer on a terminal. Cells and names are untrusted: their control codes are stripped."""

import re
from typing import Any

from langchain_core.messages import AIMessageChunk
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ..graph.build import Graph

SHOWN_ROWS = 50
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def run(graph: Graph, question: dict[str, Any], terminal: "Terminal", **options: Any) -> dict[str, Any]:
    """Answer the question with the trace shown live; the graph's output."""
    result: dict[str, Any] = {}
    with terminal:
        modes = ["custom", "messages", "values"]
        for mode, part in graph.stream(question, stream_mode=modes, **options):  # type: ignore[call-overload]
            if mode == "custom":
                terminal.event(part)
            elif mode == "messages":
                terminal.token(part[0])
            else:
                result = part
    return result


class Terminal:
    """The trace goes to stderr, the answer to stdout."""

    def __init__(self, quiet: bool = False) -> None:
        self.trace, self.out = Console(stderr=True, quiet=quiet, highlight=False), Console(highlight=False)
        self.status = self.trace.status("reading the question")
        self.role, self.text = "", ""

    def __enter__(self) -> None:
        self.status.start()

    def __exit__(self, *_: object) -> None:
        self.status.stop()

    def token(self, chunk: Any) -> None:
        if isinstance(chunk, AIMessageChunk):
            self.text += str(chunk.text)
            tail = clean(self.text).replace("\n", " ")[-(self.trace.width - 24) :]
            self.status.update(Text(f"{self.role}: {tail}"))

    def event(self, event: dict[str, Any]) -> None:
        getattr(self, f"on_{event['event']}")(event)

    def on_started(self, event: dict[str, Any]) -> None:
        self.role, self.text = event["role"], ""
        self.status.update(Text(f"{self.role} …"))

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
        self.line(
            "schema", f"too large for the policy: the model sees {event['tables']} of {event['of']} tables"
        )

    def line(self, who: str, text: str, mark: str = "") -> None:
        head = Text(f"{who:<10} ", "bold cyan")
        self.trace.print(Text.assemble(head, Text.from_markup(mark), " " * bool(mark), clean(text)))

    def show(self, result: dict[str, Any]) -> None:
        """The SQL, its rows, seconds and tokens."""
        if result["sql"]:
            self.out.print(Syntax(clean(result["sql"]), "sql", word_wrap=True, background_color="default"))
        if result["status"] == "answered":
            self.out.print(table(result["columns"], result["rows"]))
        else:
            reason = result["attempts"][-1]["reason"]
            self.out.print(Text(f"No executable SQL found; the best attempt is above. Last: {clean(reason)}"))
        usage = result["usage"]
        tokens = f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens"
        rows = f"{len(result['rows'])} rows · " if result["status"] == "answered" else ""
        self.out.print(Text(f"{rows}{usage['seconds']:.1f} s · {tokens} · {usage['calls']} calls", "dim"))


def table(columns: list[str], rows: list[list[Any]]) -> Table:
    shown = Table()
    for column in columns:
        shown.add_column(Text(clean(column)))
    for row in rows[:SHOWN_ROWS]:
        shown.add_row(*(Text("NULL", "dim") if cell is None else Text(clean(str(cell))) for cell in row))
    if len(rows) > SHOWN_ROWS:
        shown.caption = f"{SHOWN_ROWS} of {len(rows)} rows shown"
    return shown


def clean(text: str) -> str:
    """Without the control codes with which a cell could write anywhere on the terminal."""
    return CONTROL.sub("", text)
