"""The folder of training data: gzip JSONL for the trainer, beside it what was left out and the card."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from .noise_filter import LeftOut
from .tasks.line import Line

SPLITS = ("train", "validation")


class Writer:
    """Lines to the files of both splits."""

    def __init__(self, files: Mapping[str, TextIO]) -> None:
        self.files = files

    def add(self, split: str, line: Line) -> None:
        self.files[split].write(json.dumps(asdict(line), ensure_ascii=False) + "\n")


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """The files take their names at the end: an interrupt leaves those of an earlier time as they were."""
    partial = {split: folder / f"{split}.jsonl.gz.partial" for split in SPLITS}
    try:
        with ExitStack() as stack:
            yield Writer({split: stack.enter_context(compressed(path)) for split, path in partial.items()})
        for path in partial.values():
            path.replace(path.with_suffix(""))
    finally:
        for path in partial.values():
            path.unlink(missing_ok=True)


@contextmanager
def compressed(path: Path) -> Iterator[TextIO]:
    """Without a name or a time in it: the same lines make the same file."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        TextIOWrapper(packed, encoding="utf-8", errors="replace") as text,
    ):
        yield text


def write_card(folder: Path, card: Mapping[str, Any], markdown: str, left: Sequence[LeftOut]) -> None:
    listed = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in left)
    (folder / "left_out.jsonl").write_text(listed, encoding="utf-8", errors="replace")
    (folder / "card.md").write_text(markdown, encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
