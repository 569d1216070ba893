"""Where in a text a LIKE looks for a word, as the question says: anywhere, at its start or at its end."""

import re
from collections.abc import Iterator

from sqlglot import exp

_PLACES = {
    "%{}%": re.compile(r"\b(?:contain(?:s|ing|ed)?|includ(?:e|es|ing)|substring|in part)\b", re.IGNORECASE),
    "{}%": re.compile(r"\b(?:start|begin)(?:s|ing|ning)? with\b", re.IGNORECASE),
    "%{}": re.compile(r"\bend(?:s|ing)? (?:with|in)\b", re.IGNORECASE),
}
"""A pattern, and the words that ask for it."""


def place_wildcards(tree: exp.Expr, written: str, question: str) -> Iterator[str]:
    """`name LIKE 'ROY%'` for a name that contains ROY; changes the tree.

    A word that the question lacks is let be, and so is a question that names two places.
    """
    asked = [pattern for pattern, words in _PLACES.items() if words.search(question)]
    for node in tree.find_all(exp.Like, exp.ILike) if len(asked) == 1 else ():
        literal = node.expression
        word = literal.name.strip("%") if isinstance(literal, exp.Literal) else ""
        meant = asked[0].format(word)
        if word and "%" not in word and word.lower() in question.lower() and meant != literal.name:
            before = node.sql(dialect=written)
            literal.set("this", meant)
            yield f"{before} → {node.sql(dialect=written)}"
