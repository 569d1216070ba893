"""What a driver returns, made JSON's scalars: the same value reads alike whichever engine it came from."""

import json
import math
from datetime import date, datetime, time
from decimal import Decimal

from .schema import Cell

WHOLE = 10**19
"""From here on a whole number travels as text: JSON's readers, and Python's own, draw a line somewhere."""


def cell(value: object) -> Cell:
    """Numbers and text stay; dates become ISO text, bytes `x'..'`, arrays and objects JSON, NaN its name."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value) if abs(value) < WHOLE else str(value)
        case float():
            return float(value) if math.isfinite(value) else _not_finite(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return f"x'{bytes(value).hex()}'"
        case list() | tuple() | dict() | set() | frozenset():
            return json.dumps(_jsonable(value), ensure_ascii=False)
    return str(value)


def cut(value: Cell, limit: int) -> Cell:
    """The value itself, or its first `limit` characters where it is longer text."""
    return value[: limit - 1] + "…" if isinstance(value, str) and len(value) > limit else value


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _decimal(value: Decimal) -> Cell:
    if not value.is_finite():
        return _not_finite(math.nan if value.is_nan() else float(value))
    if value.as_tuple().exponent == 0 and value.adjusted() < 19:
        return int(value)
    return float(value) if value.adjusted() < 19 else str(value)


def _jsonable(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_jsonable(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return cell(value)
