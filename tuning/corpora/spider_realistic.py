"""Spider-Realistic (Deng et al., NAACL 2021): dev questions that no longer name the columns."""

from pathlib import Path

from .example import Corpus
from .spider import file_of, open_like_spider


def open_spider_realistic(data: Path, split: str = "dev", databases: Path | None = None) -> Corpus:
    """data: the published folder."""
    file = file_of("spider-realistic", {"dev": "spider-realistic.json"}, split)
    return open_like_spider("spider-realistic", data, split, file, databases)
