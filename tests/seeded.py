"""Chat models that reply by their seed, as samples are asked for at once and in no order."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field


class Seeded(BaseChatModel):
    replies: list[str]
    temperature: float = 1.0
    seed: int = 0
    asked: list[tuple[int, float]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "seeded"

    def _generate(self, messages: list[BaseMessage], *_: Any, **options: Any) -> ChatResult:  # noqa: ARG002
        self.asked.append((options["seed"], options["temperature"]))
        return said(AIMessage(self.replies[options["seed"]]))


class Weighing(Seeded):
    """It can weigh a reply, too: the likelihood is looked up by the SQL in the prompt."""

    likelihoods: dict[str, float | None]
    weigh: str = ""
    weighed: list[tuple[list[BaseMessage], str]] = Field(default_factory=list)

    @property
    def sqls(self) -> list[str]:
        """Those by which a reply was weighed."""
        return sorted(sql_in(messages) for messages, _ in self.weighed)

    def _generate(self, messages: list[BaseMessage], *_: Any, **options: Any) -> ChatResult:
        if "weigh" not in options:
            return super()._generate(messages, **options)
        self.weighed.append((messages, options["weigh"]))
        likelihood = self.likelihoods[sql_in(messages)]
        return said(AIMessage("", response_metadata={"likelihood": likelihood}))


def sql_in(messages: list[BaseMessage]) -> str:
    text = messages[-1].text.removeprefix("/* SQL query */")
    return " ".join(text.partition("\n\nWrite")[0].split())


def said(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])
