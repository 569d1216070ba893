"""A floor imports only floors below it; nothing imports app or tuning."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {
    "tools": {"tools"},
    "agents": {"agents", "tools"},
    "graph": {"graph", "agents", "tools"},
    "tuning": {"tuning", "graph", "agents", "tools"},
    "app": {"app", "tuning", "graph", "agents", "tools"},
}


def imported_floors(path: Path) -> Iterator[str]:
    """The floor of every relative or absolute import of the package, lazy ones inside functions too."""
    package = ["routesql", *path.relative_to(ROOT).with_suffix("").parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module or "").split(".")]
            names = [[*module, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        yield from (parts[1] for parts in names if parts[0] == "routesql" and len(parts) > 1)


@pytest.mark.parametrize("floor", BELOW)
def test_a_floor_imports_only_floors_below(floor: str) -> None:
    files = list((ROOT / floor).rglob("*.py"))
    assert files
    for path in files:
        floors = {name for name in imported_floors(path) if name in BELOW}
        assert floors <= BELOW[floor], f"{path.relative_to(ROOT)} imports {floors - BELOW[floor]}"


@pytest.mark.parametrize("package", ["langchain_core", "langgraph", "torch", "transformers"])
def test_no_language_model_on_the_ground_floor(package: str) -> None:
    for path in (ROOT / "tools").rglob("*.py"):
        assert package not in path.read_text(encoding="utf-8"), path
