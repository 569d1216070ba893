"""The suite runs offline, without real weights, and with a user cache of its own."""

import os
import secrets
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

LARGEST_TEST_MODEL = 50_000_000
SERVERS = {
    "postgres": (
        "ROUTESQL_TEST_POSTGRES",
        "postgresql+psycopg://postgres@127.0.0.1:5432/test?connect_timeout=2",
    ),
    "mysql": ("ROUTESQL_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:3306/test?connect_timeout=2"),
}
"""The variable that says where a server is, and where it is otherwise."""

Fresh = Callable[[str], AbstractContextManager[str]]


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


@pytest.fixture(autouse=True)
def _ctrl_c_as_before() -> Iterator[None]:
    """The command line takes Ctrl-C over for good: in a test's process only until the test ends.

    A shell starts what runs in its background with Ctrl-C ignored; these tests want it to work there, too.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With ROUTESQL_REQUIRE_SERVERS a server test that skips has failed."""
    report = yield
    if report.skipped and item.get_closest_marker("server") and os.environ.get("ROUTESQL_REQUIRE_SERVERS"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """`with fresh("postgres") as url`: an empty database, removed afterwards; skips without a server."""

    @contextmanager
    def make(dialect: str) -> Iterator[str]:
        if dialect in SERVERS:
            with _on_server(dialect) as url:
                yield url
        else:
            yield f"{dialect}:///{tmp_path_factory.mktemp(dialect) / 'fresh'}.{dialect}"

    return make


@contextmanager
def _on_server(dialect: str) -> Iterator[str]:
    variable, default = SERVERS[dialect]
    server, name = make_url(os.environ.get(variable, default)), f"routesql_{secrets.token_hex(6)}"
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    except DBAPIError as error:
        pytest.skip(f"no {dialect} server answers: {str(error.orig).splitlines()[0]}")
    searched = server.update_query_dict({"options": f"-csearch_path={name}"})
    inside = searched if dialect == "postgres" else server.set(database=name)
    try:
        yield inside.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name}{' CASCADE' * (dialect == 'postgres')}")
