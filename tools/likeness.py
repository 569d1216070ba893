"""How like two names are, by whole words and by letters."""

import re
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")

SHORTEST = 3
"""Letters of an abbreviation: `lat` is latitude; and with which two forms of a word begin."""
MAX_LETTERS = 100
"""Of a name; what comes behind makes no difference."""


@lru_cache(10_000)
def words(text: str) -> frozenset[str]:
    """Of a name or a sentence: lower case, singular. `singerName` and `Singer_Names` have the same."""
    return frozenset(map(_singular, (word.lower() for word in _WORD.findall(text))))


def likeness(written: str, name: str, owner: str = "") -> float:
    """From 0 to 1. owner: the table of a column `name`: `singer_name` is singer's `Name`."""
    if written.lower() == name.lower():
        return 1.0
    ours, theirs, owners = words(written), words(name), words(owner)
    if ours and ours in (theirs, theirs | owners):
        return 0.95
    if ours and theirs and ours | owners | {"name"} == theirs | owners | {"name"}:
        return 0.9
    if ("id" in ours) != ("id" in theirs):
        return 0.0
    shared = len(ours & theirs) / max(1, len(ours | theirs))
    inside = 0.7 + 0.2 * shared if ours & theirs and (ours <= theirs or theirs <= ours) else 0.5 * shared
    cut = 0.65 * (len(ours) == len(theirs) == 1 and _abbreviates(*sorted((*ours, *theirs), key=len)))
    return max(inside, cut, 0.9 * _letters(written, name))


def begin_alike(some: Iterable[str], others: Collection[str]) -> bool:
    """May a word of the one be a form of one of the other? `ordered` may mean orders, `branches` a branch."""
    return any(one[:SHORTEST] == other[:SHORTEST] for one in some for other in others)


def _abbreviates(short: str, long: str) -> bool:
    return len(short) >= SHORTEST and long.startswith(short)


def _letters(left: str, right: str) -> float:
    plain, other = (text[:MAX_LETTERS].lower().replace("_", "").replace(" ", "") for text in (left, right))
    return SequenceMatcher(None, plain, other, autojunk=False).ratio()


def _singular(word: str) -> str:
    plural = word.endswith("s") and not word.endswith("ss") and (len(word) > 3 or word == "ids")
    return word[:-1] if plural else word
