"""The four tasks of multitask tuning, one file each, rendered by the live roles' own `prompt` and `target`.

    question ─┬─▶ generator    text-to-SQL            ▶ the gold SQL
    gold SQL  ├─▶ linker       schema linking         ▶ the tables and columns that the gold SQL reads
              ├─▶ corrector    noise correction       a wrong SQL ▶ the gold SQL
              │                                       a right SQL ▶ "The SQL is correct."
              └─▶ continuer    continuation writing   a beginning of it ▶ the gold SQL

Each has `examples(question, ...)`. Source: ROUTE (arXiv 2412.10138), section 3.2.
"""
