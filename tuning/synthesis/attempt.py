"""One attempt at a database: ask for it, build it, ask for its questions, keep what holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from langchain_core.language_models import BaseChatModel

from ...tools.errors import DatabaseError
from ..evaluation.workers import Lost, each
from . import prompts, replies, sandbox, trial
from .replies import Candidate
from .selection import Avoid, banned, selected
from .strong_model import ask


@dataclass(frozen=True)
class Asked:
    """What is asked for, besides how many databases."""

    questions: int
    """For each database, in equal parts of the three difficulties."""
    seed: int = 0
    ban: tuple[str, ...] = ()
    avoid: Avoid = field(default_factory=Avoid)

    def of_difficulty(self) -> Mapping[str, int]:
        names = list(prompts.DIFFICULTIES)
        whole, rest = divmod(self.questions, len(names))
        return {name: whole + (place < rest) for place, name in enumerate(names)}


@dataclass(frozen=True)
class Attempt:
    """A line of `attempts.jsonl`."""

    number: int
    domain: str = ""
    reason: str = ""
    """Why there is no database: `no_script`, `banned_domain`, `script` or `no_question`."""
    message: str = ""
    database: str = ""
    kept: tuple[Candidate, ...] = ()
    dropped: tuple[tuple[Candidate, str], ...] = ()
    """With the reason: `no_query`, `no_rows`, `lost`, `near_question`, `near_sql`, `near_avoided`, or the
    kind of outcome."""

    def as_json(self) -> dict[str, Any]:
        dropped = [{**asdict(one), "reason": reason} for one, reason in self.dropped]
        return {**asdict(self), "dropped": dropped}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> "Attempt":
        kept = tuple(Candidate(**one) for one in line["kept"])
        dropped = [dict(one) for one in line["dropped"]]
        pairs = tuple((one.pop("reason"), one) for one in dropped)
        return cls(**{**line, "kept": kept, "dropped": tuple((Candidate(**one), why) for why, one in pairs)})


@dataclass
class Trying:
    """An attempt on its way. file: where its database is built, a file that is not there yet."""

    model: BaseChatModel
    asked: Asked
    number: int
    file: Path
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.asked.seed} {self.number}")

    def run(self, used: tuple[str, ...]) -> Attempt:
        """used: the domains so far. Raises `ModelError`."""
        names = (*self.asked.ban, *self.asked.avoid.domains, *used)
        draft = replies.draft(self._said(prompts.domain(names, self.random)))
        if draft is None:
            return Attempt(self.number, reason="no_script", message="the reply has no domain, or no script")
        if taken := banned(draft.domain, names):
            return Attempt(self.number, draft.domain, "banned_domain", f"it is too close to {taken}")
        if why := built(self.file, draft.script):
            return Attempt(self.number, draft.domain, "script", why)
        try:
            schema = trial.rendered(self.file)
        except DatabaseError as error:
            return Attempt(self.number, draft.domain, "script", str(error))
        given, dropped = checked(self.file, self._candidates(schema))
        kept, close = selected(given, self.asked.avoid)
        reason, message = ("", "") if kept else ("no_question", "none of its questions is of use")
        return Attempt(self.number, draft.domain, reason, message, "", tuple(kept), (*dropped, *close))

    def _candidates(self, schema: str) -> tuple[Candidate, ...]:
        """At most as many of a difficulty as are asked for."""
        found: list[Candidate] = []
        for difficulty, count in self.asked.of_difficulty().items():
            if count:
                so_far = [one.question for one in found]
                reply = self._said(prompts.questions(schema, difficulty, count, so_far))
                found += replies.candidates(reply, difficulty)[:count]
        return tuple(found)

    def _said(self, messages: Any) -> str:
        return ask(self.model, messages, self.random.getrandbits(31))


def built(file: Path, script: str) -> str:
    """In a worker of its own. Returns why the script is no use, nothing if it is."""
    ((_, why),) = each(sandbox.build, [(file, script)], lambda _: sandbox.KILLED_AFTER, workers=1)
    return f"its worker was stopped: {why.reason}" if isinstance(why, Lost) else why


def checked(file: Path, given: tuple[Candidate, ...]) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """In a worker of its own: those that return rows; the others with the reason."""
    if not given:
        return [], []
    ((_, found),) = each(trial.tried, [(file, given)], trial.patience, workers=1)
    if isinstance(found, Lost):
        singles = [(file, (one,)) for one in given]
        alone = dict(each(trial.tried, singles, trial.patience, workers=1))
        found = [
            (one, "lost") if isinstance(answer := alone[index], Lost) else answer[0]
            for index, one in enumerate(given)
        ]
    return [one for one, why in found if not why], [(one, why) for one, why in found if why]
