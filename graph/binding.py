"""What a node works with: the run-time context laid over what `build_graph` was given."""

from dataclasses import dataclass
from functools import lru_cache

from langchain_core.language_models import BaseChatModel
from langgraph.runtime import get_runtime

from ..agents.task import Links, Task, Turn
from ..tools.database import Database
from ..tools.errors import SetupError
from ..tools.examples import worked_examples
from ..tools.prune import prune
from ..tools.schema import Schema
from ..tools.values import Value
from .policy import Policy
from .state import Context, State


@dataclass(frozen=True)
class Bound:
    model: BaseChatModel | None
    database: Database
    policy: Policy

    @property
    def few_shot(self) -> bool:
        return not getattr(self.model, "tuned", False)

    @property
    def shows_examples(self) -> bool:
        return self.policy.examples and self.few_shot

    @property
    def samples(self) -> int:
        """A user who approves each SQL is shown one; without a second temperature all would be the same."""
        one = self.policy.approve or self.policy.retry_temperature == 0
        return self.policy.samples or (1 if one else int(getattr(self.model, "samples", 1)))

    @property
    def weighs(self) -> bool:
        """Can the model say how likely a reply is, and is it to be asked?"""
        return self.policy.likelihood and self.takes("weigh")

    @property
    def constrained(self) -> bool:
        return self.policy.constrained and self.takes("lark")

    def takes(self, option: str) -> bool:
        """Is this an option of the model's calls?"""
        return option in getattr(type(self.model), "model_fields", {})

    def chat_model(self) -> BaseChatModel:
        if self.model is None:
            raise SetupError("no model: give one to build_graph or pass context=Context(model=...)")
        return self.model


def bind(defaults: Context) -> Bound:
    given = get_runtime().context
    if not isinstance(given, Context):  # as a subgraph we see the parent's context, which is not ours
        given = Context()
    database = given.database or defaults.database
    if database is None:
        raise SetupError("no database: give one to build_graph or pass context=Context(database=...)")
    return Bound(given.model or defaults.model, database, given.policy or defaults.policy or Policy())


@lru_cache(maxsize=64)
def visible_schema(schema: Schema, question: str, budget: int) -> Schema:
    """The schema as the model sees it: whole, unless it is larger than `budget` tokens (3 bytes each)."""
    return prune(schema, question, lambda text: len(text.encode()) // 3, budget)


def links_of_state(state: State) -> Links | None:
    if (links := state["links"]) is None:
        return None
    return Links(tuple(links["tables"]), tuple((table, column) for table, column in links["columns"]))


def task_of(state: State, bound: Bound) -> Task:
    """The question of this run as every role gets it."""
    schema = visible_schema(bound.database.schema, state["asked"]["question"], bound.policy.schema_tokens)
    return Task(
        schema=schema,
        question=state["asked"]["question"],
        hint=state["asked"]["hint"],
        turns=tuple(Turn(turn["question"], turn["sql"]) for turn in state["turns"]),
        values=tuple(Value(*value) for value in state.get("values", [])),
        links=links_of_state(state),
        dialect=bound.policy.dialect,
        examples=worked_examples(schema, bound.policy.dialect) if bound.shows_examples else (),
        few_shot=bound.few_shot,
    )
