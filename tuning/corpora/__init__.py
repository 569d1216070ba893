"""Benchmarks, one file each: questions with their gold SQL, read from the folders their authors publish."""

from collections.abc import Callable, Mapping
from pathlib import Path

from .bird import open_bird
from .example import Corpus, CorpusError, Example
from .spider import open_spider
from .spider_dk import open_spider_dk
from .spider_realistic import open_spider_realistic
from .spider_syn import open_spider_syn

__all__ = ["CORPORA", "Corpus", "CorpusError", "Example", "open_bird", "open_spider"]

CORPORA: Mapping[str, Callable[[Path, str, Path | None], Corpus]] = {
    "spider": open_spider,
    "spider-syn": open_spider_syn,
    "spider-dk": open_spider_dk,
    "spider-realistic": open_spider_realistic,
    "bird": open_bird,
}
"""By the name the command line takes: a folder, a split and where the databases lie, if elsewhere."""
