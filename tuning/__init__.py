"""Corpora, task data, training and evaluation (none of it is needed to answer questions)."""
