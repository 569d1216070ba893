"""What a question denies, and a statement: in which condition."""

import re
from typing import NamedTuple

from sqlglot import exp

from .statement import conjuncts

_DO, _NOT = r"(?:do|does|did|has|have|had|can|could)", r"(?: ?not|n['’]t)\b"
_NONE = re.compile(
    rf"\b(?:never|{_DO}{_NOT}|(?:without|(?:have|has|had|with|where|which|whom) no)\b(?! (?:duplicat|repe)))",
    re.IGNORECASE,
)
"""What has none, in the words of a question."""
_ANOTHER = re.compile(
    r"\bnot only\b|\bother than\b|\bexcept\b|\bdifferent from\b"
    rf"|\b(?:that|which|who|whose)\b[^,.?]*? (?:is|are|was|were){_NOT}"
    rf"|\bwhose\b[^,.?]*? (?:do|does|did){_NOT}"
    rf"|\b(?:an?|some|any|\w+thing)(?: \w+){{0,2}} (?:that|which)\b[^,.?]*? {_DO}{_NOT}",
    re.IGNORECASE,
)
"""What has one that is another."""
_SAYS_NO = re.compile(r"n|f|no|not|none|never|null|false|0", re.IGNORECASE)
"""Values that deny by themselves."""
_MORE = re.compile(
    r"\b(?:after|over|above|more|greater|larger|higher|longer|older|at least)\b", re.IGNORECASE
)
_LESS = re.compile(
    r"\b(?:before|under|below|less|fewer|smaller|lower|shorter|younger|at most)\b", re.IGNORECASE
)


class Denied(NamedTuple):
    part: exp.Expr
    """The condition, as the statement has it."""
    affirmed: exp.Expr | None
    """What is denied; None if it is that there is any row."""


def denied_by(question: str) -> str | None:
    """The rest of the question, after it says that something has none; None if it does not say so."""
    said = _NONE.search(question)
    return question[said.end() :] if said and not _ANOTHER.search(question) else None


def denies(node: exp.Expr) -> bool:
    return isinstance(node, exp.NEQ | exp.Not | exp.Is | exp.Except) or bool(node.args.get("negate"))


def denied_in(select: exp.Select) -> Denied | None:
    """The only condition that denies: that a column is a text or number that says something, among some, like
    one, or anything at all.
    """
    parts = [one for one in conjuncts(select.args.get("where")) if denies(one)]
    if len(parts) != 1:
        return None
    (part,) = parts
    if isinstance(part, exp.Is):
        absent = isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Null)
        return Denied(part, None) if absent else None
    affirmed = _affirmed(part)
    says = not isinstance(affirmed, exp.EQ) or _says_something(affirmed.expression)
    known = isinstance(affirmed, exp.EQ | exp.In | exp.Like | exp.ILike) and says
    return Denied(part, affirmed) if known and isinstance(affirmed.this, exp.Column) else None


def _affirmed(part: exp.Expr) -> exp.Expr:
    if isinstance(part, exp.NEQ):
        return exp.EQ(this=part.this.copy(), expression=part.expression.copy())
    affirmed = part.this.unnest().copy() if isinstance(part, exp.Not) else part.copy()
    affirmed.set("negate", None)
    return affirmed


def _says_something(side: exp.Expr) -> bool:
    return isinstance(side, exp.Literal) and bool(side.name.strip())


def undenied_in(select: exp.Select, rest: str) -> Denied | None:
    """The only condition on what a question names in the rest of it, after it has denied."""
    parts = [one for one in conjuncts(select.args.get("where")) if _is_named(one, rest)]
    known = len(parts) == 1 and isinstance(parts[0].args.get("this"), exp.Column)
    return Denied(parts[0], parts[0].copy()) if known else None


def _is_named(part: exp.Expr, rest: str) -> bool:
    """Are its literals in the rest of the question, and a bound the same way?"""
    texts = [one.name.strip("%").lower() for one in part.find_all(exp.Literal)]
    named = bool(texts) and all(
        text and text in rest.lower() and not _SAYS_NO.fullmatch(text) for text in texts
    )
    if isinstance(part, exp.GT | exp.GTE):
        return named and _MORE.search(rest) is not None
    if isinstance(part, exp.LT | exp.LTE):
        return named and _LESS.search(rest) is not None
    return named
