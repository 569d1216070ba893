"""The collaboration taken apart: what each role adds, as named policies."""

from collections.abc import Callable, Mapping
from typing import Any

from ...graph import Policy
from .report import line, measured, percent

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
        used = found["cost"]
        spent = (
            f"{used['calls']:.1f}",
            f"{used['prompt_tokens']:.0f}",
            f"{percent(used['cache_hit_rate'])} %",
            f"{used['seconds']:.1f}",
        )
        lines.append(line(name, *measured(found), *spent))
    return "\n".join(lines) + "\n"
