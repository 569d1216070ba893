"""BIRD (Li et al., NeurIPS 2023): real databases, outside knowledge as a hint, a stated difficulty."""

from pathlib import Path

from .example import Corpus, CorpusError, Example, find_databases, read_rows

FILES = {
    "train": ("train.json",),
    "dev": ("dev.json",),
    "mini-dev": ("mini_dev_sqlite.json", "mini_dev.json"),
}
FOLDERS = {"train": "train_databases", "dev": "dev_databases", "mini-dev": "dev_databases"}


def open_bird(data: Path, split: str = "dev", databases: Path | None = None) -> Corpus:
    """data: the published folder. split: train, dev or mini-dev."""
    if split not in FILES:
        raise CorpusError(f"bird has no split {split!r}; it has {', '.join(FILES)}")
    path = next((data / name for name in FILES[split] if (data / name).is_file()), data / FILES[split][0])
    rows = read_rows(path, ("db_id", "question", "SQL"))
    examples = tuple(
        Example(
            str(row.get("question_id", index)),
            row["db_id"],
            row["question"],
            row["SQL"],
            hint=row.get("evidence") or "",
            difficulty=row.get("difficulty") or "",
        )
        for index, row in enumerate(rows)
    )
    folder = databases or data / FOLDERS[split]
    return Corpus("bird", split, "bird", examples, find_databases([folder], examples))
