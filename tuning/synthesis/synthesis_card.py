"""The card of a synthetic corpus: what was kept, what was dropped and why, by difficulty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..data_card import table
from .attempt import Attempt
from .prompts import DIFFICULTIES


def card(setting: Mapping[str, Any], attempts: Sequence[Attempt]) -> dict[str, Any]:
    finished = [one for one in attempts if one.database]
    return {
        **setting,
        "attempts": len(attempts),
        "attempts_dropped": dict(Counter(one.reason for one in attempts if one.reason).most_common()),
        "databases": {one.database: len(one.kept) for one in finished},
        "domains": [one.domain for one in finished],
        "questions": {
            difficulty: {
                "kept": sum(kept.difficulty == difficulty for one in finished for kept in one.kept),
                **Counter(
                    reason
                    for one in attempts
                    for lost, reason in one.dropped
                    if lost.difficulty == difficulty
                ),
            }
            for difficulty in DIFFICULTIES
        },
    }


def markdown(found: Mapping[str, Any]) -> str:
    by = found["questions"]
    reasons = list(dict.fromkeys(reason for counts in by.values() for reason in counts))
    rows = [(level, *(counts.get(reason, 0) for reason in reasons)) for level, counts in by.items()]
    sections = [
        f"# Synthetic data\n\nWritten by `{found['model']}`, seed {found['seed']}, asked by routesql "
        f"{found['routesql']}:\n\n    {found['command']}\n\nPrompts: `{found['prompts']}`. "
        "Every SQL was run and returned rows; nobody has read the questions.",
        "## Questions\n\n" + table(("difficulty", *reasons), rows),
        f"## Attempts\n\n{found['attempts']:,} databases were asked for, "
        f"{len(found['databases']):,} are here.\n\n"
        + table(("dropped because", "databases"), found["attempts_dropped"].items())
        + "\n\nEach is in `attempts.jsonl`.",
        "## Databases\n\n" + table(("database", "questions"), found["databases"].items()),
    ]
    return "\n\n".join(sections) + "\n"
