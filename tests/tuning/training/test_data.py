"""A training file that cannot be read is one line that says where."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from routesql.tuning.training.data import SFT_KEYS, read_lines
from routesql.tuning.training.errors import TrainingError


def failing(path: Path) -> str:
    with pytest.raises(TrainingError) as error:
        list(read_lines(path, SFT_KEYS))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{}", "line 2: has no text 'id'; a line needs id, task, database, system, user, completion"),
        (b"[1]", "line 2: is not a JSON object"),
        (b"not json", "line 2: Expecting value"),
        (b'{"id": 7}', "line 2: has no text 'id'"),
        (b"\xff\xfe", "after line 1: 'utf-8' codec can't decode"),
    ],
)
def test_a_bad_line(line: bytes, told: str, lines: Any, write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "train.jsonl.gz", lines(1)[:1])
    with gzip.open(path, "ab") as file:
        file.write(line + b"\n")
    assert told in failing(path)


def test_a_file_that_is_cut_not_gzip_empty_or_absent(lines: Any, write: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "train.jsonl.gz", lines())
    path.write_bytes(path.read_bytes()[:-20])
    assert "cannot read" in failing(path)
    path.write_bytes(b"plain text")
    assert "Not a gzipped file" in failing(path)
    write(path, [])
    assert failing(path) == f"{path} holds no example"
    assert failing(tmp_path / "none") == f"no file {tmp_path}/none; `routesql tune data` makes it"
