"""What the trainer raises on purpose. The command line tells it as a `SetupError`, in one line.

A tree of its own, since `tools/` brings SQLAlchemy and sqlglot, which a bare GPU machine lacks.
"""


class TrainingError(Exception):
    """What the caller gave cannot work, or the training cannot go on; one line that says what to do."""
