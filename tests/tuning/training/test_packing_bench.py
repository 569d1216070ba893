"""Both packings side by side: fewer tokens, the same loss."""

import re
from pathlib import Path

import pytest

from routesql.tuning.training.packing_bench import main


def test_the_tree_computes_less_and_loses_the_same(
    data: Path, base: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = ["--model", str(base), "--budget", "200", "--precision", "float32", "--device", "cpu"]
    assert main([str(data / "train.jsonl.gz"), *arguments]) == 0
    lines = re.findall(r"(\w+) +plain +([\d.]+) +tree +([\d.]+)", caplog.text)
    found = {name: (float(plain), float(tree)) for name, plain, tree in lines}
    assert set(found) == {"tokens", "rows", "seconds", "loss"}
    assert found["tokens"][0] > 2 * found["tokens"][1]
    assert found["loss"][0] == pytest.approx(found["loss"][1], rel=1e-4)


def test_some_rows_only(data: Path, base: Path, caplog: pytest.LogCaptureFixture) -> None:
    arguments = ["--model", str(base), "--budget", "200", "--device", "cpu", "--rows", "1"]
    assert main([str(data / "train.jsonl.gz"), *arguments]) == 0
    (timed,) = re.findall(r"timed on (\d+) examples", caplog.text)
    assert 0 < int(timed) < 24


def test_a_file_that_is_not_there(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main(["/nowhere.jsonl.gz", "--model", str(base), "--device", "cpu"]) == 2
    assert "no file /nowhere.jsonl.gz; `routesql tune data` makes it" in caplog.text
