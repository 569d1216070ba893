"""The collaboration taken apart: what each role adds, as named policies."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...graph import Policy
from .report import line, measured, percent

STEPS: Mapping[str, Callable[[], Policy]] = {
    "generator": Policy.fast,
    "+ linker": lambda: replace(Policy.fast(), link="union"),
    "+ repair": lambda: replace(Policy.fast(), repair=True),
    "+ examples": lambda: replace(Policy.fast(), examples=True),
    "+ repair, values": lambda: replace(Policy.fast(), repair=True, values=5),
    "+ repair, values, examples": lambda: replace(Policy.fast(), repair=True, values=5, examples=True),
    "+ repair, 5 samples": lambda: replace(Policy.fast(), repair=True, samples=5, likelihood=False),
    "+ repair, constrained": lambda: replace(Policy.fast(), repair=True, constrained=True),
    "+ corrector": lambda: replace(Policy.fast(), review="always"),
    "+ continuer": lambda: replace(Policy.fast(), continuations=1, hard_tables=3),
    "route": Policy.route,
    "default, votes alone": lambda: replace(Policy(), likelihood=False),
    "default": Policy,
}
"""Each `+` is the generator with that role alone, on the paper's terms; `route` is all of them."""


def folder_name(step: str) -> str:
    return step.removeprefix("+ ").replace(", ", "-").replace(" ", "-")


def markdown(reports: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "| roles | n | EX | 95 % | EM | calls | prompt tokens | of them cached | seconds |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in reports.items():
        lines.append(line(name, *measured(found), *spent(found.get("cost"))))
    return "\n".join(lines) + "\n"


def spent(cost: Mapping[str, float] | None) -> tuple[str, ...]:
    """Empty where every question was refused before a model saw it."""
    if cost is None:
        return ("",) * 4
    cached = f"{percent(cost['cache_hit_rate'])} %"
    return f"{cost['calls']:.1f}", f"{cost['prompt_tokens']:.0f}", cached, f"{cost['seconds']:.1f}"
