"""Strong data: databases one after the other, until there are enough.

Source: SENSE (arXiv 2408.03256): new domains with those that came up too often banned, three levels of
difficulty, and only what executes.
"""

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel

from ...tools.errors import SetupError
from .attempt import Asked, Attempt, Trying
from .corpus_folder import CorpusFolder

PATIENCE = 10
"""Attempts in a row that come to nothing."""


class SynthesisError(SetupError):
    """The model does not write what can be used."""


def synthesize(
    model: BaseChatModel,
    asked: Asked,
    databases: int,
    folder: CorpusFolder,
    told: Callable[[Attempt], None] = lambda _: None,
) -> None:
    """Until the folder holds so many databases; those of an earlier start count. Raises `SynthesisError`."""
    failed = 0
    while len(folder.finished) < databases:
        used = tuple(dict.fromkeys(one.domain for one in folder.attempts if one.domain))
        trying = Trying(model, asked, len(folder.attempts), folder.partial)
        folder.clear()
        attempt = folder.add(trying.run(used))
        told(attempt)
        failed = failed + 1 if attempt.reason else 0
        if failed == PATIENCE:
            raise SynthesisError(
                f"{failed} attempts in a row came to nothing, the last because {attempt.message}; "
                f"{len(folder.finished)} databases are made; take a stronger --model"
            )
