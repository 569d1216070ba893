"""Two runs on the same questions."""

from pathlib import Path

import pytest

from routesql.tuning.evaluation.compare import compare, compared, markdown
from routesql.tuning.evaluation.judge import Score
from routesql.tuning.evaluation.run_folder import Answer, RunError, RunFolder
from routesql.tuning.evaluation.scoring import Scored

LETTERS: dict[str, Score] = {"r": "right", "w": "wrong", "u": "unscored"}


def answers(scores: str, sample: int = 0) -> list[Answer]:
    """A letter a question."""
    return [Answer(Scored(str(i), "d", "", "", LETTERS[one]), sample) for i, one in enumerate(scores)]


def saved(path: Path, scores: str, **setting: str) -> RunFolder:
    folder = RunFolder(path)
    folder.start({"corpus": "spider", "split": "dev", **setting})
    for answer in answers(scores):
        folder.add(answer)
    return folder


def test_the_paired_difference() -> None:
    found = compared(answers("wwwwwwww" + "rr" + "rrrrr"), answers("rrrrrrrr" + "ww" + "rrrrr"))
    assert (found.n, 15 * found.before, 15 * found.after) == (15, 7, 13)
    assert found.better == tuple("01234567")
    assert found.worse == ("8", "9")
    assert found.p == pytest.approx(0.109375)
    assert found.interval.low < 6 / 15 < found.interval.high


def test_only_questions_scored_in_both_count() -> None:
    found = compared(answers("rwur"), answers("rru"))
    assert (found.n, found.better, found.worse) == (2, ("1",), ())


def test_of_several_samples_the_first_counts() -> None:
    assert compared(answers("w") + answers("r", sample=1), answers("r")).better == ("0",)


def test_nothing_in_common() -> None:
    with pytest.raises(RunError, match="no scored question in common"):
        compared(answers("u"), answers("r"))


def test_folders(tmp_path: Path) -> None:
    before = saved(tmp_path / "a", "rw", policy="fast")
    after = saved(tmp_path / "b", "rr", policy="route")
    text = markdown(compare(before, after), before.setting(), after.setting())
    assert text.startswith("policy: fast → route\n2 questions: EX 50.0 → 100.0, +50.0 points")
    assert "better 1: 1\nworse 0: \n" in text


def test_other_corpora_are_not_compared(tmp_path: Path) -> None:
    before = saved(tmp_path / "a", "r")
    other = RunFolder(tmp_path / "b")
    other.start({"corpus": "bird", "split": "dev"})
    with pytest.raises(RunError, match=r"is of corpus spider, .* of bird; compare like with like"):
        compare(before, other)
