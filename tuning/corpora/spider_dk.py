"""Spider-DK (Gan et al., EMNLP 2021): questions that need domain knowledge, on databases of their own."""

from pathlib import Path

from .example import Corpus
from .spider import file_of, open_like_spider


def open_spider_dk(data: Path, split: str = "dev", databases: Path | None = None) -> Corpus:
    """data: the published folder."""
    return open_like_spider(
        "spider-dk", data, split, file_of("spider-dk", {"dev": "Spider-DK.json"}, split), databases
    )
