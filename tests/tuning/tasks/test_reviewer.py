"""A model is tuned to ask the question of an SQL as the weighed vote has it asked."""

from routesql.graph import Policy, build_graph
from routesql.tuning.tasks.reviewer import examples

from ...seeded import Weighing
from .conftest import Ask

GOLD, OTHER = "SELECT name FROM singer WHERE country = 'France'", "SELECT count(*) FROM singer"
TEXT = "Who comes from  France?"


def test_the_example_is_what_is_weighed(ask: Ask) -> None:
    question = ask(GOLD, TEXT)
    (line,) = examples(question)
    assert (line.id, line.kind) == ("spider-train-1/reviewer", "gold")
    model = Weighing(replies=[GOLD, OTHER], likelihoods={GOLD: -1, OTHER: -1})
    build_graph(model, question.database, Policy(samples=2)).invoke({"question": TEXT})
    shown = [(messages[0].text, messages[1].text, reply) for messages, reply in model.weighed]
    assert len(shown) == 2
    assert (line.system, line.user, line.completion) in shown


def test_it_sees_the_sql_alone(ask: Ask) -> None:
    (line,) = examples(ask(f"{GOLD} -- {TEXT}", TEXT))
    assert GOLD in line.user
    assert TEXT not in line.user
    assert "born" not in line.user
