"""Functions no read-only question needs: they read files, wait, connect out, change state or tell secrets.

Table-valued functions are few, so those are listed as allowed; scalar functions are many and some are the
user's own, so those are listed as forbidden, by wide patterns.
"""

import re

from sqlglot import exp

_FORBIDDEN = {
    "sqlite": r"""load_extension|readfile|writefile|edit|eval|shell|fts3_tokenizer|fts5|fsdir|lsdir|zipfile
        |sqlar_\w+|pragma_\w+|sqlite_(?!version$|source_id$)\w+|dbstat|http_\w+|sleep""",
    "duckdb": r"""read_\w+|parquet_\w+|\w+_scan|\w+_scan_dumb|\w+_scan_pushdown|\w+_query|\w+_execute
        |\w+_attach|query|query_table|glob|getenv|sniff_csv|duckdb_\w+|pragma_\w+|which_secret
        |load_\w+|nextval|currval|setseed|sleep_ms|write_log|\w+_logging|\w+_profiling|\w*checkpoint
        |truncate_duckdb_logs|json_execute_\w+|from_substrait\w*|st_read\w*|st_drivers|http_\w+
        |current_setting|getvariable|sql_auto_complete|python_\w+|add_parquet_key|import_database
        |copy_database|current_query|pg_(?!typeof$)\w+|stats|shell|open_prompt""",
    "postgres": r"""pg_(?!typeof$|size_pretty$|size_bytes$|column_size$)\w+|lo_\w+|loread|lowrite|dblink\w*
        |set_config|current_setting|setval|nextval|currval|lastval|setseed|\w+_to_xml\w*
        |\w+_to_xmlschema|cursor_to_\w+|ts_stat|ts_rewrite|crosstab\w*|connectby|xpath_table
        |txid_\w+|binary_upgrade_\w+|plpgsql_\w+|inet_(?:server|client)_\w+|http\w*|postgres_fdw_\w+
        |currtid\w*|sleep|xslt_process|gin_clean_pending_list|brin_\w+|autoprewarm_\w+|get_raw_page""",
    "mysql": r"""load_file|sleep|benchmark|\w*_lock|release_all_locks|(?:master|source)_\w+|wait_\w+|gtid_\w+
        |wsrep_\w+|nextval|lastval|setval|last_insert_id|sys_\w+|lib_\w+|spider_\w+|ps_\w+
        |mysqlx?_\w+|load_\w+|keyring_\w+|audit_\w+|group_replication_\w+|asynchronous_\w+
        |service_\w+|statement_digest\w*|http_\w+|version_tokens_\w+|is_(?:free|used)_lock
        |internal_\w+|get_dd_\w+|can_access_\w+|connection_id|firewall_\w+
        |read_firewall_\w+""",
}
_TABLE_FUNCTIONS = {
    "sqlite": r"json_each|json_tree|jsonb_each|jsonb_tree|generate_series",
    "duckdb": r"""generate_series|range|unnest|json_each|json_tree|repeat|repeat_row|explode
        |regexp_split_to_table|string_split|histogram|histogram_values""",
    "postgres": r"""(?:exploding_)?generate_series|generate_subscripts|unnest|explode
        |jsonb?_(?:each|array_elements|object_keys)\w*|jsonb?_(?:to|populate)_record(?:set)?
        |jsonb_path_query\w*|regexp_matches|regexp_split_to_table|string_to_table|json_table
        |xmltable|j_s_o_n_table|x_m_l_table|split_to_table""",
    "mysql": r"json_table|j_s_o_n_table",
}


def _compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern, re.IGNORECASE | re.VERBOSE) for name, pattern in patterns.items()}


_FORBIDDEN_RE = _compiled(_FORBIDDEN)
_TABLE_FUNCTIONS_RE = _compiled(_TABLE_FUNCTIONS)


def is_forbidden(function: exp.Func, dialect: str) -> bool:
    return isinstance(function, exp.NextValueFor) or any(
        _FORBIDDEN_RE[dialect].fullmatch(name) for name in _names(function)
    )


def is_table_function(function: exp.Func, dialect: str) -> bool:
    return any(_TABLE_FUNCTIONS_RE[dialect].fullmatch(name) for name in _names(function))


def _names(function: exp.Func) -> list[str]:
    """All names sqlglot knows it by, and the one written."""
    if isinstance(function, exp.Anonymous):
        return [function.name]
    return [*function.sql_names(), *filter(None, [function.meta.get("name")])]
