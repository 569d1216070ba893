"""Where in a text a LIKE looks for a word, as the question says: anywhere, at its start or at its end."""

import re
from collections.abc import Iterator

from sqlglot import exp

_NOUN = r"(?:word|letter|character|substring|string|text|phrase|prefix|suffix)s?"
_CALLED = rf"(?:the )?(?:{_NOUN} )?"
_PLACES = {
    "%{}%": rf"\b(?:contain(?:s|ing|ed)?|includ(?:e|es|ing)) {_CALLED}\W?{{}}\b|\b{{}}\W? in part\b",
    "{}%": rf"\b(?:start|begin)(?:s|ing|ning)? with {_CALLED}\W?{{}}\b",
    "%{}": rf"\bend(?:s|ing)? with {_CALLED}\W?{{}}\b",
}
"""A pattern, and how a question asks for it."""
_SPELT = re.compile(rf"\b{_NOUN} |in part\b|[\"'`“‘]", re.IGNORECASE)
"""How a question says that letters are meant: a recipe contains salt otherwise."""


def place_wildcards(tree: exp.Expr, written: str, question: str) -> Iterator[str]:
    """`name LIKE 'ROY%'` for a name that contains ROY; changes the tree.

    Let be where the question does not say it of this word, or says two things of it.
    """
    asked = " ".join(question.split())
    for node in tree.find_all(exp.Like, exp.ILike):
        literal = node.expression
        text = literal.name if literal.is_string else ""
        meant = [
            pattern.format(text.strip("%")) for pattern, words in _PLACES.items() if _says(words, text, asked)
        ]
        if len(meant) == 1 and meant[0] != literal.name:
            before = node.sql(dialect=written)
            literal.set("this", meant[0])
            yield f"{before} → {node.sql(dialect=written)}"


def _says(words: str, text: str, question: str) -> bool:
    word = text.strip("%")
    if not word or "%" in word or "_" in word:
        return False
    found = re.search(words.replace("{}", re.escape(word)), question, re.IGNORECASE)
    # A single letter may be an article, and what has no wildcard may be the whole text.
    doubtful = len(word) == 1 or text == word
    return found is not None and (not doubtful or _SPELT.search(found.group()) is not None)
