"""The suite runs offline, without real weights, and with a user cache of its own."""

import os
from collections.abc import Generator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

LARGEST_TEST_MODEL = 50_000_000


@pytest.fixture(autouse=True)
def _only_marked_tests_load_real_weights(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if request.node.get_closest_marker("real_model"):
        return
    monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    if find_spec("torch") is None:
        return
    load = import_module("routesql.agents.model.loading").load

    def guarded(folder: Path, *args: Any) -> Any:
        size = sum(file.stat().st_size for file in Path(folder).glob("*.safetensors"))
        assert size < LARGEST_TEST_MODEL, f"{folder} holds real weights; mark the test real_model"
        return load(folder, *args)

    monkeypatch.setattr("routesql.agents.model.shared.load", guarded)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ROUTESQL_REQUIRE_SERVERS a server test that skips has failed."""
    report = yield
    if report.skipped and item.get_closest_marker("server") and os.environ.get("ROUTESQL_REQUIRE_SERVERS"):
        report.outcome = "failed"
    return report
