"""The card of preference pairs: how many, of which classes of error, what was left out and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..data_card import table
from ..noise_filter import LeftOut
from .preference import Preference


def card(
    setting: Mapping[str, Any],
    command: str,
    splits: Mapping[str, Sequence[Preference]],
    made: Sequence[Sequence[Preference]],
    left: Sequence[LeftOut],
) -> dict[str, Any]:
    """splits: what is kept of what was made."""
    kept = [one for of in splits.values() for one in of]
    return {
        **setting,
        "command": command,
        "pairs": {split: len(found) for split, found in splits.items()},
        "asked_of": {split: len(questions(found)) for split, found in splits.items()},
        "chosen": dict(Counter(one.kind.partition(":")[0] for one in kept).most_common()),
        "error_classes": dict(Counter(one.error_class for one in kept).most_common()),
        "error_classes_before": dict(Counter(one.error_class for of in made for one in of).most_common()),
        "databases": {
            split: dict(sorted(Counter(one.database for one in found).items()))
            for split, found in splits.items()
        },
        "left_out": dict(Counter(one.reason for one in left).most_common()),
    }


def questions(found: Sequence[Preference]) -> set[str]:
    return {one.id.rpartition("/")[0] for one in found}


def markdown(found: Mapping[str, Any]) -> str:
    before = found["error_classes_before"]
    classes = [(name, found["error_classes"].get(name, 0), made) for name, made in before.items()]
    counts = [(split, n, found["asked_of"][split]) for split, n in found["pairs"].items()]
    sections = [
        f"# Preference pairs: {found['corpus']} {found['split']}\n\nSeed {found['seed']}, by routesql "
        f"{found['routesql']}:\n\n    {found['command']}\n\nPrompts: `{found['prompts']}`.",
        "## Pairs\n\n" + table(("split", "pairs", "questions"), counts),
        "## The chosen SQL\n\n" + table(("whose", "pairs"), found["chosen"].items()),
        "## The rejected SQL\n\n" + table(("class of error", "pairs", "before --most"), classes),
        "## Left out\n\n"
        + table(("reason", "questions"), found["left_out"].items())
        + "\n\nEach is in `left_out.jsonl`.",
        *(
            f"## Databases: {split}\n\n" + table(("database", "pairs"), of.items())
            for split, of in found["databases"].items()
        ),
    ]
    return "\n\n".join(sections) + "\n"
