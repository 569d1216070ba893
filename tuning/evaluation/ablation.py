"""The collaboration taken apart: what each role adds, as named policies."""

from collections.abc import Callable, Mapping
from typing import Any

from ...graph import Policy
from .report import percent

STEPS: Mapping[str, Callable[[], Policy]] = {
    "generator": Policy.fast,
    "+ linker": lambda: Policy(link="union", review="never"),
    "+ corrector": lambda: Policy(review="always"),
    "+ continuer": lambda: Policy(review="never", continuations=1, hard_tables=3),
    "route": Policy.route,
    "default": Policy,
}
"""Each `+` is the generator with that role alone, on the paper's terms; `route` is all of them."""


def folder_name(step: str) -> str:
    return step.removeprefix("+ ")


def markdown(reports: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "| roles | n | EX | 95 % | EM | calls | prompt tokens | of them cached | seconds |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in reports.items():
        low, high = found["ex_95"]
        used = found["cost"]
        cells = (
            name,
            found["n"],
            percent(found["ex"]),
            f"{percent(low)} to {percent(high)}",
            percent(found["em"]),
            f"{used['calls']:.1f}",
            f"{used['prompt_tokens']:.0f}",
            f"{percent(used['cache_hit_rate'])} %",
            f"{used['seconds']:.1f}",
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"
