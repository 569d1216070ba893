"""Noise for the corrector: ways to make a right SQL wrong, on its syntax tree.

    names     invented_column  wrong_alias  wrong_column  wrong_table
    joins     missing_join  missing_join_key  wrong_join_key
    select    extra_column  missing_column  wrong_aggregate  missing_aggregate
              dropped_distinct
    values    wrong_operator  wrong_connective  wrong_literal
    clauses   missing_where  missing_condition  missing_subquery  missing_group_by  missing_having
              missing_order_by  wrong_order  missing_limit  wrong_limit
              missing_set_operation  wrong_set_operation

A mutation edits the copy of the tree that it is given and returns it, or leaves it alone and returns None
where it has no place in it. Where it has several it draws one. Whether the result is wrong is for
`verified.py` to find out.
`invented_column` and `wrong_alias` are what an untuned 0.5B model does most.
"""

from collections.abc import Mapping

from . import clauses, joins, names, select, values
from .mutation import Given, Mutant, Mutation

__all__ = ["MUTATIONS", "Given", "Mutant", "Mutation"]

MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        clauses.missing_set_operation,
        clauses.wrong_set_operation,
        clauses.missing_having,
        clauses.missing_subquery,
        select.dropped_distinct,
        values.wrong_connective,
        clauses.missing_condition,
        clauses.wrong_limit,
        clauses.missing_limit,
        clauses.wrong_order,
        clauses.missing_order_by,
        clauses.missing_group_by,
        joins.missing_join_key,
        joins.wrong_join_key,
        joins.missing_join,
        names.wrong_alias,
        select.missing_aggregate,
        select.wrong_aggregate,
        values.wrong_literal,
        values.wrong_operator,
        select.missing_column,
        clauses.missing_where,
        names.wrong_table,
        names.wrong_column,
        names.invented_column,
        select.extra_column,
    )
}
"""Rarest first: those that fewest questions have a place for."""
