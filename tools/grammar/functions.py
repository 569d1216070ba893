"""The functions that a constrained query may call, by dialect: none that `tools/functions.py` forbids."""

_ALL = """
    count sum avg min max abs round upper lower length trim ltrim rtrim replace coalesce nullif cast
    row_number rank dense_rank ntile lag lead first_value last_value percent_rank cume_dist
    substr substring concat floor ceil ceiling power pow sqrt mod sign exp ln greatest least
"""
_BY_DIALECT = {
    "sqlite": """total group_concat ifnull iif instr printf format char hex typeof random date time datetime
        julianday unixepoch strftime timediff json_extract log log10""",
    "mysql": """group_concat ifnull if instr locate left right lpad rpad reverse repeat format char hex rand
        now curdate curtime date time year month monthname day hour minute second quarter week weekday
        dayofweek dayname dayofyear last_day date_format date_add date_sub datediff timestampdiff str_to_date
        concat_ws char_length std stddev stddev_pop stddev_samp variance var_pop var_samp json_extract log
        log10 log2 truncate any_value""",
    "postgres": """string_agg array_agg position strpos left right lpad rpad reverse repeat split_part initcap
        concat_ws char_length to_char to_date to_timestamp date_trunc date_part age now random
        stddev stddev_pop stddev_samp variance var_pop var_samp mode percentile_cont percentile_disc bool_and
        bool_or log regexp_replace trunc cardinality""",
    "duckdb": """string_agg list array_agg position strpos left right lpad rpad reverse repeat split_part
        concat_ws char_length strftime strptime date_trunc date_part date_diff datediff date_add date_sub age
        now year month day hour minute second quarter week dayofweek dayname monthname last_day random
        stddev stddev_pop stddev_samp variance var_pop var_samp median mode quantile_cont any_value
        arg_max arg_min bool_and bool_or log regexp_replace regexp_matches trunc ifnull""",
}


def functions_of(dialect: str) -> list[str]:
    """Of a dialect without a list of its own, those that all have."""
    return [*_ALL.split(), *_BY_DIALECT.get(dialect, "").split()]
