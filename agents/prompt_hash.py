"""What a model is shown, in twelve characters."""

from hashlib import sha256

from ..tools.examples import TEMPLATES
from ..tools.schema import Column, ForeignKey, Schema, Table
from ..tools.values import Value
from . import continuer, corrector, generator, linker
from .task import Links, Task


def prompt_hash(few_shot: bool = False) -> str:
    """Of every role's prompt about a small task, as a tuned model is asked, or (few_shot) another one, whose
    prompts may hold worked examples.

    With another hash a tuned model sees what it never saw.
    """
    columns = (Column("id", "INTEGER"), Column("name", "TEXT", comment="first and last"))
    singer = Table("singer", columns, primary_key=("id",), rows=((1, "Ada"),))
    keys = (ForeignKey(("singer",), "singer", ("id",)),)
    schema = Schema("sqlite", (singer, Table("concert", (Column("singer", "INTEGER"),), foreign_keys=keys)))
    links = Links(("singer",), (("singer", "name"),))
    task = Task(
        schema,
        "Who?",
        hint="all",
        links=links,
        sql="SELECT nam FROM singer",
        error="no column",
        values=(Value("singer", "name", "Ada"),),
        few_shot=few_shot,
    )
    prompts = [role.prompt(task) for role in (generator, linker, corrector, continuer)]
    texts = [message.text for prompt in prompts for message in prompt]
    texts += [linker.target(links), corrector.target(None), *([repr(TEMPLATES)] if few_shot else [])]
    return sha256("\0".join(texts).encode()).hexdigest()[:12]
