"""The demo database: three and a half years at a made-up coffee roaster, and questions to ask about them."""

from .build import build, load
from .questions import Question, questions

__all__ = ["Question", "build", "load", "questions"]
