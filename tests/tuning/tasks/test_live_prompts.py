"""What a model is tuned on is what the graph shows a tuned model, to the letter."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from langchain_core.messages import BaseMessage

from routesql.agents import ScriptedModel, linker
from routesql.graph import Policy, build_graph
from routesql.tuning.mixture import examples
from routesql.tuning.mutations import MUTATIONS
from routesql.tuning.tasks.line import Line

from .conftest import Ask

GOLD = (
    "SELECT T1.name FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id "
    "WHERE T1.country = 'France' AND T2.year = 2014"
)
TEXT = "Which singers from France gave a concert in 2014?"


class Tuned(ScriptedModel):
    def __init__(self, script: Callable[[list[BaseMessage]], str]) -> None:
        super().__init__(script)

    @property
    def tuned(self) -> bool:
        return True


def shown(line: Line) -> tuple[str, str]:
    return line.system, line.user


def wanted(ask: Ask) -> Any:
    """A question with links in its prompts, an SQL that fails and the prefix that the graph gives."""
    failing = Counter(dict.fromkeys(MUTATIONS, 1) | {"invented_column": 0})
    for seed in range(2000):
        question = ask(GOLD, TEXT, seed=seed)
        lines = {line.id: line for line in examples(question, failing.copy())}
        noisy, begun = (lines.get(f"{question.id}/{role}") for role in ("corrector", "continuer"))
        if noisy is None or begun is None:
            continue
        if question.linked and question.linked.values != question.task.values:
            continue
        if question.linked and "/* Execution error */" in noisy.user and begun.kind == "prefix:select":
            return question, lines
    raise AssertionError("no seed makes such a question")


def test_every_role_is_tuned_on_its_live_prompt(ask: Ask) -> None:
    question, lines = wanted(ask)
    noisy = lines[f"{question.id}/corrector"].user.split("/* SQL query */\n")[1].split("\n\n/*")[0]
    prompts: list[tuple[str, str]] = []

    def reply(messages: list[BaseMessage]) -> str:
        prompts.append((messages[0].text, messages[1].text))
        if "List the tables and columns" in messages[1].text:
            return linker.target(question.linked.links)
        if "Relevant columns" not in messages[1].text:
            return GOLD
        return noisy if "/* SQL query */" not in messages[1].text else "SELECT nothing FROM nowhere"

    policy = Policy(
        link="union", review="always", repair=False, continuations=1, samples=1, hard_tables=1, values=5
    )
    build_graph(Tuned(reply), question.database, policy).invoke({"question": TEXT})
    assert "/* Values */" in prompts[0][1]
    assert sorted(prompts) == sorted(
        shown(lines[f"{question.id}/{part}"])
        for part in ("linker", "generator", "generator/linked", "corrector", "continuer")
    )


def test_an_sql_that_ran_is_shown_without_an_error(ask: Ask) -> None:
    for seed in range(30):
        question = ask(GOLD, TEXT, seed=seed)
        right = [line for line in examples(question, Counter()) if line.kind == "correct"]
        for line in right:
            assert f"/* SQL query */\n{GOLD}\n\nIf the SQL query answers" in line.user
            assert line.completion == "The SQL is correct."
        if right:
            return
    raise AssertionError("no question has an example that is correct")
