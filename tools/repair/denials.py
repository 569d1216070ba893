"""What a question denies, and a statement: in which condition."""

import re
from typing import NamedTuple

from sqlglot import exp

from ..likeness import words
from .statement import conjuncts

_DO, _NOT = r"(?:do|does|did|has|have|had|can|could)", r"(?: ?not|n['’]t)"
_OTHERWISE = (
    r"(?:car|consider|count|duplicat|fewer|forget|includ|know|later|less|limit|list|longer|matter|mind|more"
    r"|need|only|repe|return|show|want|worr)"
)
"""Begins of words that make a denial another thing: `no more than`, `do not show`."""
_NONE = re.compile(
    rf"\b(?:never|{_DO}{_NOT}|without|(?:have|has|had|with|where|which|whom) no)\b(?! {_OTHERWISE})",
    re.IGNORECASE,
)
"""What has none, in the words of a question."""
_ANOTHER = re.compile(
    r"\bnot only\b|\bother than\b|\bexcept\b|\bdifferent from\b"
    rf"|\b(?:that|which|who|whose)\b[^,.?]*? (?:is|are|was|were){_NOT}\b"
    rf"|\bwhose\b[^,.?]*? (?:{_DO}{_NOT}|(?:has|have|had) no)\b"
    rf"|\b(?:an?|some|any|\w+thing)(?: \w+){{0,2}} (?:that|which)\b[^,.?]*? {_DO}{_NOT}\b",
    re.IGNORECASE,
)
"""What has one that is another."""
_OF_ALL = re.compile(r"\b(?:all|every|each)\b|^\W*(?:\w+ )?(?:their|its|his|her)\b", re.IGNORECASE)
"""Who has not paid their invoices may have paid one."""
_END = re.compile(r"[.,:;?!]|\bbut\b", re.IGNORECASE)
_RELATIVE = re.compile(r"((?:\w+ ){1,2})(?:that|which|who|whose)\b[^,.?]*$", re.IGNORECASE)
_SAYS_NO = re.compile(r"n|f|no|not|none|never|null|false|0", re.IGNORECASE)
"""Values that deny by themselves."""
_MORE = r"\b(?:after|over|above|more|greater|larger|higher|longer|older|at least)\b"
_LESS = r"\b(?:before|under|below|less|fewer|smaller|lower|shorter|younger|at most)\b"
_BOUNDS: dict[type[exp.Expr], str] = {exp.GT: _MORE, exp.GTE: _MORE, exp.LT: _LESS, exp.LTE: _LESS}


class Denial(NamedTuple):
    """What a question denies."""

    said: str
    """After the denial, up to the next comma, stop or `but`."""
    noun: frozenset[str]
    """The words before `that` or `which`: in "orders that have not been paid" orders; may be empty."""


class Denied(NamedTuple):
    """What a statement denies."""

    part: exp.Expr
    """The condition, as the statement has it."""
    affirmed: exp.Expr | None
    """What is denied; None if it is that there is any row."""


def denial(question: str) -> Denial | None:
    """None if the question does not say that something has none."""
    found = _NONE.search(question)
    if found is None or _ANOTHER.search(question):
        return None
    noun = _RELATIVE.search(question[: found.start()])
    said = _END.split(question[found.end() :], maxsplit=1)[0]
    if _OF_ALL.search(said):
        return None
    return Denial(said.strip(), words(noun.group(1)) if noun else frozenset())


def denies(node: exp.Expr) -> bool:
    negative = isinstance(node, exp.NEQ | exp.NullSafeNEQ | exp.Not | exp.Is | exp.Except)
    return negative or bool(node.args.get("negate"))


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
    positive = affirmed(part)
    says = not isinstance(positive, exp.EQ) or says_something(positive.expression)
    known = isinstance(positive, exp.EQ | exp.In | exp.Like | exp.ILike) and says
    return Denied(part, positive) if known and isinstance(positive.this, exp.Column) else None


def affirmed(part: exp.Expr) -> exp.Expr:
    """A copy of what a condition denies."""
    if isinstance(part, exp.NEQ):
        return exp.EQ(this=part.this.copy(), expression=part.expression.copy())
    positive = part.this.unnest().copy() if isinstance(part, exp.Not) else part.copy()
    positive.set("negate", None)
    return positive


def says_something(side: exp.Expr) -> bool:
    return isinstance(side, exp.Literal) and bool(side.name.strip())


def undenied_in(select: exp.Select, said: str) -> Denied | None:
    """The only condition, if all that it compares with is said to be denied."""
    parts = conjuncts(select.args.get("where"))
    if len(parts) != 1 or not isinstance(parts[0].args.get("this"), exp.Column):
        return None
    return Denied(parts[0], parts[0].copy()) if _is_said(parts[0], said) else None


def _is_said(part: exp.Expr, said: str) -> bool:
    """Are its literals, and a bound the same way?"""
    texts = [one.name.strip("%") for one in part.find_all(exp.Literal)]
    bound = f"{_BOUNDS[type(part)]} (?:\\w+ ){{0,2}}" if type(part) in _BOUNDS else ""
    return bool(texts) and all(
        text
        and not _SAYS_NO.fullmatch(text)
        and re.search(rf"{bound}(?<!\w){re.escape(text)}(?!\w)", said, re.IGNORECASE)
        for text in texts
    )
