"""Spider-Syn (Gan et al., ACL 2021): the questions with synonyms in place of the schema's own words."""

from pathlib import Path

from .example import Corpus
from .spider import file_of, open_like_spider

FILES = {"train": "train_spider.json", "validation": "train_spider.json", "dev": "dev.json"}


def open_spider_syn(data: Path, split: str = "dev", databases: Path | None = None) -> Corpus:
    """data: the published folder."""
    return open_like_spider(
        "spider-syn",
        data,
        split,
        file_of("spider-syn", FILES, split),
        databases,
        question=lambda row: str(row["SpiderSynQuestion"]),
        keys=("db_id", "query", "SpiderSynQuestion"),
    )
