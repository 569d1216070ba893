"""`report.json` of a run, and the same as Markdown."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..corpora.example import Corpus
from .execution import BIRD_FLAGS, SPIDER_FLAGS
from .role_effects import Effect
from .run_folder import Answer
from .statistics import wilson

LEVELS = ("easy", "medium", "hard", "extra", "simple", "moderate", "challenging", "unknown")
RULES = {
    "spider": f"Spider execution match (test-suite-sql-eval, one database): {SPIDER_FLAGS}",
    "bird": f"BIRD execution match: {BIRD_FLAGS}",
}
SUITE_RULE = f"Spider test suite (test-suite-sql-eval, right on every database of the suite): {SPIDER_FLAGS}"
EXACT_RULE = "Spider exact set match (test-suite-sql-eval): without values, DISTINCT ignored"


def report(
    corpus: Corpus,
    setting: Mapping[str, Any],
    answers: Sequence[Answer],
    effects: Mapping[str, Effect] | None = None,
    without: Sequence[str] = (),
    linking: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Any]:
    """n counts scored answers; what cannot be scored is counted in `unscored`, never as wrong.

    without: databases that a second count leaves out, as those whose rows are not the original ones.
    """
    counted = [answer for answer in answers if answer.scored.score != "unscored"]
    exact = [answer for answer in counted if answer.scored.exact is not None]
    found: dict[str, Any] = {
        **accuracy(counted),
        "em": share(answer.scored.exact for answer in exact) if exact else None,
        "unscored": len(answers) - len(counted),
        "rule": {
            "ex": SUITE_RULE if setting.get("suites") else RULES[corpus.rule],
            **({"em": EXACT_RULE} if exact else {}),
        },
        "by_difficulty": grouped(counted, lambda answer: answer.scored.difficulty, LEVELS),
        "by_database": grouped(counted, lambda answer: answer.scored.database),
        "kinds": dict(Counter(answer.scored.kind or "ran" for answer in answers).most_common()),
        "setting": dict(setting),
    }
    if without:
        rest = [answer for answer in counted if answer.scored.database not in without]
        found["without"] = {"databases": list(without), **measures(rest)}
    if exact:
        found["components"] = components(exact)
    if setting.get("samples", 1) > 1:
        found["ex_any_sample"] = any_sample(counted)
    if any(answer.usage for answer in answers):
        found["cost"] = cost(answers)
    if effects:
        found["roles"] = {role: effect._asdict() for role, effect in effects.items()}
    if linking:
        found["linking"] = {name: dict(measure) for name, measure in linking.items()}
    return found


def accuracy(answers: Sequence[Answer]) -> dict[str, Any]:
    right = sum(answer.scored.score == "right" for answer in answers)
    ex = right / len(answers) if answers else None
    return {"n": len(answers), "ex": ex, "ex_95": list(wilson(right, len(answers)))}


def share(flags: Iterable[bool | None]) -> float:
    known = list(flags)
    return sum(map(bool, known)) / len(known)


def grouped(
    answers: Sequence[Answer], key: Callable[[Answer], str], order: Sequence[str] = ()
) -> dict[str, Any]:
    names = {key(answer) for answer in answers}
    first = [name for name in order if name in names]
    groups = {}
    for name in (*first, *sorted(names - set(first))):
        groups[name] = measures([answer for answer in answers if key(answer) == name])
    return groups


def measures(answers: Sequence[Answer]) -> dict[str, Any]:
    exact = [answer.scored.exact for answer in answers if answer.scored.exact is not None]
    return {**accuracy(answers), "em": share(exact) if exact else None}


def components(answers: Sequence[Answer]) -> dict[str, Any]:
    """Precision, recall and F1 of each component by level, as Spider's scorer prints them."""
    levels = {level: [a for a in answers if a.scored.difficulty == level] for level in LEVELS}
    levels["all"] = list(answers)
    names = list(answers[0].scored.components or ())
    return {
        name: {level: component(name, members) for level, members in levels.items() if members}
        for name in names
    }


def component(name: str, answers: Sequence[Answer]) -> dict[str, float]:
    parts = [answer.scored.components[name] for answer in answers if answer.scored.components]
    precise = [part.right for part in parts if part.predicted]
    recalled = [part.right for part in parts if part.gold]
    precision, recall = (share(found) if found else 0.0 for found in (precise, recalled))
    both = precision + recall
    # The original's F1 where neither is above zero.
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / both if both else 1.0}


def any_sample(answers: Sequence[Answer]) -> float:
    """The share of questions of which at least one sample is right."""
    questions: dict[str, bool] = {}
    for answer in answers:
        right = answer.scored.score == "right"
        questions[answer.scored.id] = questions.get(answer.scored.id, False) or right
    return share(questions.values())


def cost(answers: Sequence[Answer]) -> dict[str, float]:
    """Means per question; seconds from its question to its answer, while others were answered too."""
    used = [answer.usage for answer in answers if answer.usage]
    keys = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens", "given_up", "seconds")
    means = {key: sum(usage.get(key) or 0 for usage in used) / len(used) for key in keys}
    read = means["prompt_tokens"]
    return {**means, "cache_hit_rate": means["cached_tokens"] / read if read else 0.0}


def markdown(found: Mapping[str, Any]) -> str:
    setting = found["setting"]
    title = f"# {setting['corpus']} {setting['split']}: {setting.get('model') or setting.get('predictions')}"
    rules = [f"- {name.upper()}: {rule}" for name, rule in found["rule"].items()]
    facts = [f"- {key}: {value}" for key, value in setting.items() if value not in (None, "")]
    rest = found.get("without")
    others = {f"without {', '.join(rest['databases'])}": rest} if rest else {}
    parts = [
        title,
        "\n".join([*rules, *facts]),
        table({"all": found, **found["by_difficulty"], **others}, "difficulty"),
    ]
    if "ves" in found:
        parts.append(f"VES {found['ves']:.1f}")
    if found["unscored"]:
        parts.append(f"{found['unscored']} answers could not be scored and are not counted.")
    if "cost" in found:
        parts.append(
            "Per question: "
            + ", ".join(f"{value:.2f} {key.replace('_', ' ')}" for key, value in found["cost"].items())
        )
    if "roles" in found:
        parts.append(role_table(found["roles"]))
    if "linking" in found:
        parts.append(linking_table(found["linking"]))
    parts.append(table(found["by_database"], "database"))
    parts.append("Kinds: " + ", ".join(f"{kind} {count}" for kind, count in found["kinds"].items()))
    return "\n\n".join(parts) + "\n"


def table(groups: Mapping[str, Mapping[str, Any]], what: str) -> str:
    lines = [f"| {what} | n | EX | 95 % | EM |", "| --- | ---: | ---: | --- | ---: |"]
    return "\n".join([*lines, *(line(name, *measured(group)) for name, group in groups.items())])


def measured(group: Mapping[str, Any]) -> tuple[Any, ...]:
    """n, EX, its interval and EM, as a table shows them."""
    low, high = map(percent, group["ex_95"])
    return group["n"], percent(group["ex"]), f"{low} to {high}", percent(group["em"])


def line(*cells: Any) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def role_table(roles: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| role | answers changed | wrong to right | right to wrong |", "| --- | ---: | ---: | ---: |"]
    lines += [line(role, e["changed"], e["better"], e["worse"]) for role, e in roles.items()]
    return "\n".join(lines)


def linking_table(linking: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| linked | n | precision | recall | nothing missing |", "| --- | ---: | ---: | ---: | ---: |"]
    shares = ("precision", "recall", "whole")
    lines += [line(name, m["n"], *(percent(m[key]) for key in shares)) for name, m in linking.items()]
    return "\n".join(lines)


def percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.1f}"
