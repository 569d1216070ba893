"""What the collaboration may do, and the two pure routers that decide each step.

Source: ROUTE (arXiv 2412.10138), section 3.3 and the released inference code.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlglot
from sqlglot import exp

from ..tools.outcome import Limits

if TYPE_CHECKING:
    from .state import Attempt, State

REVIEWS = ("never", "on_error", "on_empty", "always")
LEAST = {
    "corrections": 0,
    "continuations": 0,
    "hard_tables": 1,
    "samples": 1,
    "temperature": 0,
    "retry_temperature": 0,
    "max_tokens": 1,
    "schema_tokens": 0,
    "question_chars": 1,
    "turns": 0,
    "values": 0,
}
"""Below this a policy's number means nothing."""


class Decision(NamedTuple):
    next: str
    """generator, corrector, continuer or answer; a router of your own may name a node that you added."""
    reason: str


def normalised(sql: str, dialect: str = "sqlite") -> str:
    """The SQL without differences of case, spacing and comments outside its literals."""
    try:
        trees = sqlglot.parse(sql, dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return " ".join(sql.split())
    return ";".join(tree.sql(dialect=dialect, comments=False, normalize=True) for tree in trees if tree)


@dataclass(frozen=True)
class Policy:
    """Which steps run and how often.

    The default: several samples of one call and a vote; if no SQL runs a repair, and then one correction.
    """

    link: Literal["never", "linker", "union"] = "never"
    """Schema linking: none; the linker's names; or those together with a first SQL's (the paper). What
    connects the tables is added."""
    review: Literal["never", "on_error", "on_empty", "always"] = "on_error"
    """When the corrector looks at an SQL; each level includes those before it."""
    repair: bool = True
    """Mend the names of an SQL that failed, mechanically, before a model is asked to; with `values`, also the
    texts of one that found nothing; and what cannot be meant of one that ran (`tools/repair`)."""
    corrections: int = 1
    """At most this many calls of the corrector per question."""
    continuations: int = 0
    """At most this many calls of the continuer, asked if the SQL still fails or is hard."""
    hard_tables: int | None = None
    """An SQL of which one SELECT joins at least so many tables is hard (ROUTE: 3); None: no SQL is."""
    approve: bool = False
    """Interrupt before each execution, for the user to approve, edit or reject the SQL."""
    constrained: bool = False
    """Decode only SQL whose names are the schema's, where the model takes a grammar (`LocalModel`). Off, as
    the repair of what a model wants to say was measured to be better than to keep it from saying it."""
    samples: int | None = None
    """So many SQLs are drawn from the generator and run; the answer is the result that most of them give.
    None: as many as the model decodes at little more than the cost of one (`LocalModel.samples`), else 1."""
    examples: bool = False
    """Show a model that was not tuned on these prompts questions on the database's own tables with their SQL,
    made from templates (`tools/examples.py`). Off, as more right answers were not seen beyond chance."""
    likelihood: bool = True
    """Where no result has more than two thirds of the samples, one counts for more the likelier the model
    finds the question, shown only the SQL; for models that can weigh a reply (`LocalModel.weigh`)."""
    temperature: float = 0.0
    """For a role's first call on a question; 0 is greedy."""
    retry_temperature: float = 0.7
    """For its later calls and all samples but the first; with 0 a corrector that repeated itself is not asked
    again."""
    seed: int = 0
    """Of the first sample; later calls of a role add 1 each."""
    dialect: str = "sqlite"
    """The SQL the model writes, by sqlglot's name; for another engine it is transpiled."""
    max_tokens: int = 256
    """Per model call. The longest gold SQL of Spider takes 201, and what small models write beyond goes in
    circles; a model that explains itself wants more."""
    limits: Limits = field(default_factory=Limits)
    """On each statement that runs."""
    schema_tokens: int = 8_000
    """A longer schema (3 bytes count as a token) is pruned to the question's words, with a warning."""
    question_chars: int = 4_000
    """A longer question, its hint included, is refused."""
    values: int = 5
    """So many stored values that the question mentions are shown to the roles; 0 reads none. They are read
    once a day (`tools/values.py` has the bounds) into the database's cache folder."""
    turns: int = 5
    """So many earlier questions of a conversation, the latest, are shown to the roles."""
    repeat: Callable[[str], str] | None = None
    """Two SQLs of one question with the same key are the same: the second never runs. None: `normalised`."""

    def __post_init__(self) -> None:
        if self.review not in REVIEWS:
            raise ValueError(f"review must be one of {', '.join(REVIEWS)}, not {self.review!r}")
        if self.link not in ("never", "linker", "union"):
            raise ValueError(f"link must be never, linker or union, not {self.link!r}")
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not (name in ("hard_tables", "samples") and value is None) and not value >= least:
                raise ValueError(f"{name} must be at least {least}, not {value!r}")
        if (self.samples or 1) > 1 and (self.approve or self.retry_temperature == 0):
            why = "retry_temperature above 0" if self.retry_temperature == 0 else "approve=False"
            raise ValueError(f"samples={self.samples!r} needs {why}")
        try:
            sqlglot.Dialect.get_or_raise(self.dialect)
        except ValueError as error:
            raise ValueError(
                f"dialect must be one of sqlglot's names, as sqlite or postgres: {error}"
            ) from None

    def key(self, sql: str) -> str:
        """What two SQLs have in common if the second is a repeat."""
        return self.repeat(sql) if self.repeat else normalised(sql, self.dialect)

    @classmethod
    def route(cls) -> "Policy":
        """The paper: link by union, review every SQL once, continue if it still fails or is hard."""
        return cls(
            link="union",
            review="always",
            repair=False,
            continuations=1,
            hard_tables=3,
            samples=1,
            values=0,
        )

    @classmethod
    def fast(cls) -> "Policy":
        """One call of the generator, no second look."""
        return cls(review="never", repair=False, samples=1, values=0)


POLICIES: Mapping[str, Callable[[], Policy]] = {"default": Policy, "route": Policy.route, "fast": Policy.fast}


def first_step(policy: Policy) -> Literal["linker", "generator"]:
    return "generator" if policy.link == "never" else "linker"


def next_step(state: "State", policy: Policy) -> Decision:
    """Where to go after an execution."""
    attempts = state["attempts"]
    answer = best(attempts)
    mended = attempts[-1].get("repair")
    if mended and answer in (None, attempts[-1]):
        return Decision("corrector", f"repair: {'; '.join(mended['changes'])}")
    review = wants_review(answer, policy)
    if review and may_correct(attempts, policy):
        return Decision("corrector", review)
    if calls(attempts, "continuer") < policy.continuations:
        if answer is None:
            return Decision("continuer", "no SQL ran yet")
        joined = tables(answer["sql"], policy.dialect)
        if policy.hard_tables and joined >= policy.hard_tables:
            return Decision("continuer", f"hard: {joined} tables")
    return Decision("answer", "accepted" if answer else "nothing left to try")


def best(attempts: "Sequence[Attempt]") -> "Attempt | None":
    """The last accepted attempt."""
    return next((attempt for attempt in reversed(attempts) if attempt["accepted"]), None)


def wants_review(answer: "Attempt | None", policy: Policy) -> str:
    """The reason to ask the corrector, or an empty string."""
    if policy.review == "never":
        return ""
    if answer is None:
        return "the SQL failed"
    if policy.review == "always":
        return "every SQL is reviewed"
    return "no rows" if policy.review == "on_empty" and not answer["outcome"]["rows"] else ""


def may_correct(attempts: "Sequence[Attempt]", policy: Policy) -> bool:
    corrections = [attempt for attempt in attempts if attempt["role"] == "corrector"]
    if not corrections:
        return policy.corrections > 0
    settled = corrections[-1]["reason"] == CALLED_CORRECT and best(attempts) is not None
    stuck = corrections[-1]["reason"].startswith(REPEAT) and policy.retry_temperature == 0
    return len(corrections) < policy.corrections and not settled and not stuck


REPAIR = "repair"
"""The role of an attempt that no model made."""
CALLED_CORRECT = "the corrector calls it correct"
REPEAT = "same SQL as"


def calls(attempts: "Sequence[Attempt]", role: str) -> int:
    return sum(attempt["role"] == role for attempt in attempts)


def tables(sql: str, dialect: str = "sqlite") -> int:
    """How many tables (with repeats) one SELECT of the SQL joins at most; 0 if it does not parse.

    What ROUTE calls hard is a join: tables of subqueries and of UNION's other side stand for themselves, and
    a reference to a common table expression is no table.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return 0
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    read = [table for table in tree.find_all(exp.Table) if table.db or table.name.lower() not in named]
    return max(Counter(id(table.find_ancestor(exp.Select)) for table in read).values(), default=0)


def sampling(policy: Policy, earlier_calls: int) -> dict[str, Any]:
    """Decoding options of a role's next call, given how often it was asked on this question."""
    temperature = policy.retry_temperature if earlier_calls else policy.temperature
    return {"temperature": temperature, "seed": policy.seed + earlier_calls, "max_tokens": policy.max_tokens}
