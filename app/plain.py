"""Text that is safe on a terminal: cells, names and messages may hold codes that write anywhere on it."""

import logging
import re
import sys

CODES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control codes but tab and line feed, and what turns the direction of writing."""


def clean(text: str) -> str:
    return CODES.sub("", text)


def one_line(text: object) -> str:
    return " ".join(clean(str(text)).split())


def say(message: object) -> None:
    """One line on stderr."""
    print(f"routesql: {one_line(message)}", file=sys.stderr)


def show_log() -> None:
    """What routesql logs, as lines on stderr. What sqlglot says of a model's SQL is nobody's to mend."""
    logging.basicConfig(format="routesql: %(message)s", stream=sys.stderr)
    logging.getLogger("routesql").setLevel(logging.INFO)
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
