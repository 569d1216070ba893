"""The functions that a constrained query may call: those of the four dialects, without the forbidden."""

FUNCTIONS = """
    count sum avg min max total abs round floor ceil ceiling power pow sqrt mod sign exp ln log log10 random
    length char_length lower upper substr substring trim ltrim rtrim replace instr position strpos concat
    concat_ws left right reverse repeat lpad rpad printf format char hex initcap split_part string_agg
    group_concat array_agg coalesce ifnull nullif iif if greatest least cast typeof
    date time datetime julianday unixepoch strftime date_trunc date_part datediff date_diff date_add date_sub
    date_format timestampdiff age now curdate to_char to_date to_timestamp year month day hour minute second
    quarter week weekday dayofweek dayofmonth dayofyear last_day
    row_number rank dense_rank ntile lag lead first_value last_value percent_rank cume_dist
    stddev stddev_pop stddev_samp variance var_pop var_samp median mode percentile_cont
""".split()  # noqa: SIM905  (as a list it would fill a page)
