"""Spider (Yu et al., EMNLP 2018) and the corpora that keep its layout and its databases."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .example import Corpus, CorpusError, Example, find_databases, read_rows, read_tables

FILES = {
    "train": "train_spider.json",
    "validation": "train_spider.json",
    "others": "train_others.json",
    "dev": "dev.json",
    "test": "test.json",
}
VALIDATION = frozenset(
    [
        "activity_1",
        "bike_1",
        "coffee_shop",
        "cre_Doc_Control_Systems",
        "cre_Docs_and_Epenses",
        "culture_company",
        "customers_and_invoices",
        "farm",
        "game_1",
        "inn_1",
        "insurance_policies",
        "music_1",
        "protein_institute",
        "railway",
        "small_bank_1",
        "station_weather",
        "store_product",
        "theme_gallery",
        "tracking_software_problems",
        "twitter_1",
    ]
)
"""Databases of train that tuning leaves out: what is chosen, a policy or a checkpoint, is chosen on them.

20 of the 133 whose rows are whole, drawn with Python's `random.Random(1)`; 1,061 questions."""
OTHERS = frozenset(["academic", "geo", "imdb", "restaurants", "scholar", "yelp"])
"""The databases of the split of that name."""


def open_spider(data: Path, split: str = "dev", databases: Path | None = None) -> Corpus:
    """data: the published folder. split: train (all of it), validation (part of it), others, dev or test."""
    return open_like_spider("spider", data, split, file_of("spider", FILES, split), databases)


def open_like_spider(
    name: str,
    data: Path,
    split: str,
    file: str,
    databases: Path | None,
    question: Callable[[dict[str, Any]], str] = lambda row: str(row["question"]),
    keys: tuple[str, ...] = ("db_id", "query", "question"),
) -> Corpus:
    """Objects with `db_id` and `query`.

    Databases lie in `databases` if given, in `database/` there, or in that of `spider/` beside it: Spider-DK
    brings only those that Spider does not have.
    """
    rows = read_rows(data / file, keys)
    examples = tuple(
        Example(str(index), row["db_id"], question(row), row["query"])
        for index, row in enumerate(rows)
        if split != "validation" or row["db_id"] in VALIDATION
    )
    if not examples:
        raise CorpusError(f"{data / file} has no question on a database of the validation split")
    homes = [data.parent / "spider", data]
    folders = [*([databases] if databases else []), *(home / "database" for home in reversed(homes))]
    tables: dict[str, Mapping[str, Any]] = {}
    for home in (*homes, *([databases.parent] if databases else [])):
        tables |= read_tables(home / "tables.json")
    return Corpus(name, split, "spider", examples, find_databases(folders, examples), tables)


def file_of(name: str, files: dict[str, str], split: str) -> str:
    if split not in files:
        raise CorpusError(f"{name} has no split {split!r}; it has {', '.join(files)}")
    return files[split]
