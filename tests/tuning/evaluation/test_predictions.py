"""Files of predictions in every format, and what is wrong with some."""

import json
from pathlib import Path

import pytest

from routesql.tuning.corpora import Corpus
from routesql.tuning.evaluation.predictions import PredictionsError, read_predictions

SQLS = ["SELECT 1", "", "SELECT 'a, b'", "SELECT 4"]


def read(path: Path, content: str | bytes, corpus: Corpus) -> list[str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_predictions(path, corpus)
    assert [prediction.example for prediction in found] == list(corpus.examples)
    return [prediction.sql for prediction in found]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.sql", "SELECT 1\n\nSELECT 'a, b'\nSELECT 4"),
        ("lines.txt", "SELECT 1\r\n\r\nSELECT 'a, b'\r\nSELECT 4\r\n"),
        ("gold.sql", "SELECT 1\tsingers\n\tsingers\nSELECT 'a, b'\tsingers\nSELECT 4\tsingers\n"),
        ("mark.sql", "\ufeffSELECT 1\n\nSELECT 'a, b'\nSELECT 4\n"),
        ("table.csv", "NLQ,Predict\nq,SELECT 1\nq,\nq,\"SELECT 'a, b'\"\nq,SELECT 4\n"),
        ("list.json", json.dumps(SQLS)),
        ("by_id.json", json.dumps(dict(zip("3210", SQLS[::-1], strict=True)))),
        (
            "drawn.jsonl",
            "".join(
                json.dumps({"id": f"spider-train-{i}/{role}", "completions": [said, "SELECT 9"]}) + "\n"
                for i, sql in enumerate(SQLS)
                for role, said in (("linker", "singer: name"), ("generator", f"```sql\n{sql}\n```"))
            ),
        ),
        (
            "bird.json",
            json.dumps({str(i): f"{sql}\t----- bird -----\tsingers" for i, sql in enumerate(SQLS)}),
        ),
    ],
)
def test_formats(name: str, content: str, tmp_path: Path, corpus: Corpus) -> None:
    assert read(tmp_path / name, content, corpus) == SQLS


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0b", "\x1c"])
@pytest.mark.parametrize("name", ["lines.sql", "table.csv"])
def test_only_a_line_feed_ends_a_line(name: str, separator: str, tmp_path: Path, corpus: Corpus) -> None:
    head = "Predict\n" if name.endswith("csv") else ""
    odd = f"SELECT 'a{separator}b'"
    assert read(tmp_path / name, f"{head}{odd}\nSELECT 2\nSELECT 3\nSELECT 4\n", corpus)[0] == odd


def test_a_megabyte_in_a_csv(tmp_path: Path, corpus: Corpus) -> None:
    long = "SELECT " + "1," * 500_000
    assert read(tmp_path / "a.csv", f'Predict\n"{long}"\n' + "SELECT 1\n" * 3, corpus)[0] == long


def test_half_a_character_is_no_trap(tmp_path: Path, corpus: Corpus) -> None:
    assert read(tmp_path / "a.json", '["\\ud800", "", "", ""]', corpus)[0] == "?"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("few.sql", "SELECT 1\n", "has 1 predictions, spider dev has 4 questions"),
        ("many.sql", "SELECT 1\n" * 5, "has 5 predictions"),
        ("empty.sql", "", "predictions, spider dev has 4"),
        ("no.csv", "NLQ,SQL\nq,SELECT 1\n", "has no column `Predict`"),
        ("empty.csv", "", "has no column `Predict`"),
        ("few.csv", "Predict\nSELECT 1\n", "has 1 predictions"),
        ("large.csv", "Predict\n" + "1" * 11_000_000 + "\n", "is not CSV"),
        ("bad.json", "[", "is not JSON"),
        ("number.json", "1", "must be a list of SQL strings"),
        ("mixed.json", '["a", 1]', "must be a list of SQL strings"),
        ("one.json", '{"0": "a", "1": "b", "2": "c"}', "has no SQL for question 3"),
        ("torn.jsonl", '{"id": "spider-train-0/generator", "compl', "line 1 is no completion"),
        ("other.jsonl", '{"id": "spider-train-0/linker", "completions": ["x"]}', "has no SQL for question 0"),
        ("none.json", "{}", "has no SQL for question 0 and 3 more"),
        ("latin.sql", b"SELECT '\xe9'\n" * 4, "cannot read"),
    ],
)
def test_bad_files_are_one_line(
    name: str, content: str | bytes, said: str, tmp_path: Path, corpus: Corpus
) -> None:
    with pytest.raises(PredictionsError) as caught:
        read(tmp_path / name, content, corpus)
    assert said in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path, corpus: Corpus) -> None:
    with pytest.raises(PredictionsError, match=r"cannot read .*No such file"):
        read_predictions(tmp_path / "none.sql", corpus)
