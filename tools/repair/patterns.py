"""Where in a text a LIKE looks for a word, as the question says: anywhere, at its start or at its end."""

import re
from collections.abc import Iterator

from sqlglot import exp

_CALLED = r"(?:the )?(?:(?:word|letter|character|substring|string|text|phrase|prefix|suffix)s? )?"
_PLACES = {
    "%{}%": rf"\b(?:contain(?:s|ing|ed)?|includ(?:e|es|ing)) {_CALLED}\W?{{}}\b|\b{{}}\W? in part\b",
    "{}%": rf"\b(?:start|begin)(?:s|ing|ning)? with {_CALLED}\W?{{}}\b",
    "%{}": rf"\bend(?:s|ing)? with {_CALLED}\W?{{}}\b",
}
"""A pattern, and how a question asks for it."""
_LETTER = re.compile(r"\b(?:letter|character)s?\b", re.IGNORECASE)


def place_wildcards(tree: exp.Expr, written: str, question: str) -> Iterator[str]:
    """`name LIKE 'ROY%'` for a name that contains ROY; changes the tree.

    Let be where the question does not say it of this word, or says two things of it.
    """
    asked = " ".join(question.split())
    for node in tree.find_all(exp.Like, exp.ILike):
        literal = node.expression
        word = literal.name.strip("%") if literal.is_string else ""
        meant = [pattern.format(word) for pattern, words in _PLACES.items() if _says(words, word, asked)]
        if len(meant) == 1 and meant[0] != literal.name:
            before = node.sql(dialect=written)
            literal.set("this", meant[0])
            yield f"{before} → {node.sql(dialect=written)}"


def _says(words: str, word: str, question: str) -> bool:
    """A single letter may be an article."""
    if not word or "%" in word or (len(word) == 1 and not _LETTER.search(question)):
        return False
    return re.search(words.replace("{}", re.escape(word)), question, re.IGNORECASE) is not None
