"""Workers that crash or hang cost their item only. Items are Python expressions: workers know `eval`."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from routesql.tuning.evaluation.workers import Lost, each

CRASH = "__import__('os')._exit(3)"
HANG = "__import__('time').sleep(600)"
SLOW = "__import__('time').sleep(0.7) or 2"
WHO = "__import__('os').getpid()"


def asked(items: list[str], seconds: float = 30, workers: int = 2) -> dict[int, object]:
    return dict(each(eval, items, lambda _: seconds, workers))


def test_results_by_index() -> None:
    assert asked(["1 + 1", "2 * 3", "'a'", "None"]) == {0: 2, 1: 6, 2: "a", 3: None}


def test_nothing_to_do() -> None:
    assert asked([]) == {}


def test_a_crash_costs_its_item() -> None:
    assert asked([CRASH, "1", CRASH, "2", "3"]) == {0: Lost("crash"), 1: 1, 2: Lost("crash"), 3: 2, 4: 3}


@pytest.mark.filterwarnings("ignore")
def test_an_exception_is_a_crash(capfd: pytest.CaptureFixture[str]) -> None:
    assert asked(["1 / 0", "1"]) == {0: Lost("crash"), 1: 1}
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_hang_is_killed_and_costs_its_item() -> None:
    start = time.monotonic()
    assert asked([HANG, "1", "2", "3"], seconds=4) == {0: Lost("timeout"), 1: 1, 2: 2, 3: 3}
    assert time.monotonic() - start < 20


def test_a_worker_is_used_again() -> None:
    assert len(set(asked([WHO] * 4, workers=1).values())) == 1


def test_items_may_come_slowly() -> None:
    """A result that came while the next item was awaited is no timeout."""

    def items() -> Iterator[str]:
        yield "1"
        yield SLOW
        for number in range(3, 5):
            time.sleep(4)
            yield str(number)

    found = list(each(eval, items(), seconds=lambda _: 3.5, workers=2))
    assert sorted(found) == [(index, index + 1) for index in range(4)]


def test_the_caller_may_be_slow() -> None:
    found = []
    for index, result in each(eval, ["1", SLOW, "3"], seconds=lambda _: 3.5, workers=2):
        time.sleep(4 if index == 0 else 0)
        found.append((index, result))
    assert sorted(found) == [(0, 1), (1, 2), (2, 3)]


def test_each_item_has_a_limit_of_its_own() -> None:
    limits = {HANG: 2.0, SLOW: 60.0}
    assert dict(each(eval, [HANG, SLOW], limits.__getitem__, workers=2)) == {0: Lost("timeout"), 1: 2}


def test_leaving_early_ends_the_workers() -> None:
    results = each(eval, ["1", HANG, HANG], seconds=lambda _: 60, workers=2)
    next(results)
    assert multiprocessing.active_children()
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_an_error_of_the_items_ends_the_workers() -> None:
    def items() -> Iterator[str]:
        yield HANG
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(each(eval, items(), seconds=lambda _: 60, workers=2))
    assert not multiprocessing.active_children()


SCRIPT = f"""
from routesql.tuning.evaluation.workers import each
if __name__ == "__main__":
    print(next(each(eval, ["1"], lambda _: 60, 1)), flush=True)
    try:
        for result in each(eval, ["1", {HANG!r}, {HANG!r}], lambda _: 60, 2):
            print("begun", flush=True)
    except KeyboardInterrupt:
        import multiprocessing
        print("left", len(multiprocessing.active_children()), flush=True)
"""


def test_ctrl_c_ends_the_workers_without_their_tracebacks(tmp_path: Path) -> None:
    """As a terminal sends it: to the program and its workers alike."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout
        assert program.stderr
        assert [program.stdout.readline() for _ in range(2)] == ["(0, 1)\n", "begun\n"]
        time.sleep(1)

        os.killpg(program.pid, signal.SIGINT)
        assert program.stdout.read() == "left 0\n"
        assert program.stderr.read() == ""
