"""SQLite's date functions in the SQL of the other engines."""

import re

from sqlglot import exp

from .errors import GuardError

CALLS = {"julianday", "unixepoch", "date", "datetime", "strftime"}
_CLEAR = {"duckdb": "YmdHMSjwW", "postgres": "YmdHMSj", "mysql": "YmdHMSjw"}
"""Codes of strftime that each engine's own formatting, as sqlglot writes it, means as SQLite does."""
_SHIFT = re.compile(r"([-+]?\d+) (second|minute|hour|day|month|year)s?", re.IGNORECASE)
_START = re.compile(r"start of (day|month|year)", re.IGNORECASE)


def now(node: exp.Expr, dialect: str) -> exp.Expr:
    """SQLite's clock is UTC, whatever the session's time zone."""
    parent = node.parent
    call = isinstance(parent, exp.Anonymous) and parent.name.lower() in CALLS
    known = isinstance(parent, exp.Date | exp.TimeToStr | exp.TsOrDsToTimestamp | exp.TsOrDsToDate)
    if not ((call or known) and node.is_string and node.name.lower() == "now"):
        return node
    if dialect == "mysql":
        return exp.UtcTimestamp()
    return exp.AtTimeZone(this=exp.CurrentTimestamp(), zone=exp.Literal.string("UTC"))


def call(node: exp.Anonymous, dialect: str) -> exp.Expr:
    """One of `CALLS`; left alone, for the engine to refuse, where a modifier cannot be said."""
    name, arguments = node.name.lower(), list(node.expressions)
    wanted = [arguments.pop(0)] if name == "strftime" and arguments else []
    value = _moment(arguments, dialect) if arguments else None
    if value is None:
        return node
    if name == "julianday":
        return _days(value, dialect)
    if name == "unixepoch":
        return _seconds(value, dialect)
    if name == "strftime":
        return formatted(exp.TimeToStr(this=value, format=wanted[0]), dialect)
    return exp.cast(value, "DATE") if name == "date" else value


def formatted(node: exp.TimeToStr, dialect: str) -> exp.Expr:
    """strftime; raises `GuardError` for what the engine would print as something else."""
    wanted = node.args["format"]
    text = wanted.name if isinstance(wanted, exp.Literal) else ""
    value = node.this.this if isinstance(node.this, exp.TsOrDsToTimestamp) else node.this
    if text in ("%w", "%W", "%s") and (text[1] not in _CLEAR[dialect]):
        return _number(text, exp.cast(value, "TIMESTAMP"), dialect)
    codes = re.findall("%(.)", text)
    if not text or not set(codes) <= set(_CLEAR[dialect]):
        raise GuardError("syntax", f"strftime({wanted.sql()}, ...) cannot be said in {dialect}'s SQL")
    if dialect == "postgres":
        # TO_CHAR takes many a letter for a code, unless it is in quotes.
        wanted.set("this", re.sub(r"(?<![%A-Za-z])[A-Za-z]+|(?<=%.)[A-Za-z]+", r'"\g<0>"', text))
    return node


def _number(code: str, value: exp.Expr, dialect: str) -> exp.Expr:
    """Day of the week from Sunday, week of the year from its first Monday, seconds since 1970: as text."""
    if code == "%s":
        return exp.cast(_seconds(value, dialect), "TEXT")
    if code == "%w":
        return exp.cast(_part("DOW", value), "TEXT")
    if dialect == "mysql":
        week: exp.Expr = exp.Anonymous(this="WEEK", expressions=[value, exp.Literal.number(5)])
    else:
        days = exp.paren(_part("DOY", value) + 7 - _part("ISODOW", value))
        week = exp.cast(exp.Floor(this=days / 7), "TEXT")
    padded = [week, exp.Literal.number(2), exp.Literal.string("0")]
    return exp.Anonymous(this="LPAD", expressions=padded)


def _moment(arguments: list[exp.Expr], dialect: str) -> exp.Expr | None:
    value: exp.Expr = exp.cast(arguments[0], "TIMESTAMP")
    for modifier in arguments[1:]:
        text = modifier.name if modifier.is_string else ""
        shift, start = _SHIFT.fullmatch(text), _START.fullmatch(text)
        if shift:
            value = _shifted(value, int(shift[1]), shift[2].upper(), dialect)
        elif start:
            value = _start(value, start[1].upper(), dialect)
        else:
            return None
    return value


def _shifted(value: exp.Expr, number: int, unit: str, dialect: str) -> exp.Expr:
    """A month after the 31st of January is the 31st of February, which is in March: only SQLite says so."""
    step = exp.Interval(this=exp.Literal.string(str(number)), unit=exp.var(unit))
    if unit not in ("MONTH", "YEAR"):
        return exp.paren(exp.Add(this=value, expression=step))
    if dialect == "mysql":
        before = exp.paren(exp.Anonymous(this="DAYOFMONTH", expressions=[value.copy()]) - 1)
        days = exp.Interval(this=before, unit=exp.var("DAY"))
        reset = exp.Sub(this=value, expression=days)
        return exp.paren(exp.Add(this=exp.Add(this=reset, expression=step), expression=days.copy()))
    first = _start(value, "MONTH", dialect)
    rest = exp.paren(exp.Sub(this=value.copy(), expression=first.copy()))
    return exp.paren(exp.Add(this=exp.Add(this=first, expression=step), expression=rest))


def _start(value: exp.Expr, unit: str, dialect: str) -> exp.Expr:
    if dialect != "mysql":
        return exp.TimestampTrunc(this=value.copy(), unit=exp.var(unit))
    form = {"DAY": "%Y-%m-%d", "MONTH": "%Y-%m-01", "YEAR": "%Y-01-01"}[unit]
    return exp.cast(exp.TimeToStr(this=value.copy(), format=exp.Literal.string(form)), "TIMESTAMP")


def _days(value: exp.Expr, dialect: str) -> exp.Expr:
    days = exp.cast(_seconds(value, dialect), "DOUBLE") / exp.Literal.number("86400.0")
    return exp.paren(days + exp.Literal.number("2440587.5"))


def _seconds(value: exp.Expr, dialect: str) -> exp.Expr:
    if dialect == "mysql":
        since = [exp.var("SECOND"), exp.Literal.string("1970-01-01"), value]
        return exp.Anonymous(this="TIMESTAMPDIFF", expressions=since)
    return exp.cast(exp.Floor(this=_part("EPOCH", value)), "BIGINT")


def _part(name: str, value: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(name), expression=value.copy())
