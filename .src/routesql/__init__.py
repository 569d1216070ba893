"""routesql: a question in plain English in, SQL that was checked and run out."""

__version__ = "0.1.0"
