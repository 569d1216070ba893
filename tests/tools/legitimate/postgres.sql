-- dialect: postgres
((SELECT "Name" FROM singer))
;;
(SELECT "Name" FROM singer LIMIT 1) UNION ALL (SELECT "Theme" FROM concert LIMIT 1) ORDER BY 1
;;
SELECT "Name", "Age" FROM singer
;;
SELECT s."Name" FROM public.singer AS s
;;
SELECT s."Name" AS n FROM singer s ORDER BY N
;;
SELECT "Name" FROM singer WHERE "Country" = $$France's; DROP TABLE singer$$
;;
SELECT E'a\'b', 'a\b', B'101', X'1F'
;;
SELECT "Age"::text, CAST("Age" AS numeric(5, 1)), "Name"::varchar(3) FROM singer
;;
SELECT EXTRACT(YEAR FROM DATE '2020-01-01'), date_trunc('month', TIMESTAMP '2020-01-01 10:00'), now() - INTERVAL '1 day' < now()
;;
SELECT to_char(DATE '2020-01-01', 'YYYY-MM'), age(DATE '2020-01-01'), current_date, CURRENT_TIMESTAMP IS NOT NULL
;;
SELECT DISTINCT ON ("Country") "Country", "Name" FROM singer ORDER BY "Country", "Age" DESC
;;
SELECT COUNT(*) FILTER (WHERE "Age" > 30) FROM singer
;;
SELECT string_agg("Name", ', ' ORDER BY "Name"), array_agg("Age") FROM singer
;;
SELECT g FROM generate_series(1, 3) AS g
;;
SELECT x.* FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x
;;
SELECT generate_series.generate_series FROM generate_series(1, 3)
;;
SELECT i, x FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, i)
;;
SELECT "Name", t.n FROM singer s CROSS JOIN LATERAL (SELECT COUNT(*) AS n FROM singer_in_concert c WHERE c."Singer_ID" = s."Singer_ID") t
;;
SELECT s FROM singer s
;;
SELECT (s)."Name", s.* FROM singer s
;;
SELECT ctid, xmin, "Name" FROM singer
;;
SELECT row_to_json(s) FROM singer s
;;
SELECT key, value FROM json_each_text('{"a": 1}')
;;
SELECT '{"a": {"b": 1}}'::jsonb -> 'a' ->> 'b', '{"a": 1}'::jsonb @> '{"a": 1}', jsonb_build_object('k', "Name") FROM singer
;;
SELECT "Name" FROM singer WHERE "Name" ILIKE 'j%' OR "Name" ~ '^J' OR "Name" SIMILAR TO 'J%' OR "Name" !~* 'x'
;;
SELECT "Name" FROM singer WHERE "Age" = ANY (ARRAY[1, 2]) OR "Age" = ALL (SELECT "Age" FROM singer)
;;
SELECT "Name" FROM singer WHERE "Age" IS DISTINCT FROM 3 AND ("Age" IS NULL OR TRUE)
;;
TABLE singer
;;
VALUES (1, 'a'), (2, 'b')
;;
SELECT x FROM (VALUES (1), (2)) AS t(x)
;;
SELECT "Name" FROM singer FETCH FIRST 2 ROWS ONLY
;;
SELECT "Name" FROM singer ORDER BY "Age" DESC NULLS LAST OFFSET 1 LIMIT 2
;;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY "Age") FROM singer
;;
SELECT "Country", SUM("Age"), GROUPING("Country") FROM singer GROUP BY ROLLUP ("Country")
;;
SELECT "Country", "Name" FROM singer GROUP BY GROUPING SETS (("Country"), ("Name"))
;;
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT SUM(n) FROM t
;;
WITH a AS MATERIALIZED (SELECT "Name" FROM singer) SELECT * FROM a
;;
SELECT position('a' IN "Name"), substring("Name" FROM 1 FOR 2), trim(BOTH 'x' FROM "Name"), overlay("Name" placing 'x' FROM 1) FROM singer
;;
SELECT pg_typeof("Age"), current_user, session_user, version() IS NOT NULL, current_database() FROM singer
;;
SELECT "Name" FROM singer TABLESAMPLE SYSTEM (100)
;;
SELECT TIMESTAMP '2020-01-01' AT TIME ZONE 'UTC', make_date(2020, 1, 1)
;;
SELECT ROW(1, 'a'), (ARRAY[1, 2])[1], ARRAY(SELECT "Age" FROM singer)
;;
SELECT "Name" AS "update" FROM singer AS "delete" WHERE "delete"."Age" > 1
;;
SELECT 5 / 2, 5 % 2, 2 ^ 3, |/ 4.0
;;
SELECT "Name" COLLATE "C" FROM singer ORDER BY "Name" COLLATE "C"
;;
SELECT /* /* nested; DROP */ */ "Name" FROM singer
;;
SELECT regexp_replace("Name", 'a', 'b', 'g'), split_part("Name", ' ', 1), initcap("Name"), left("Name", 2) FROM singer
;;
SELECT "Name", lag("Age") OVER w, lead("Age", 1, 0) OVER w FROM singer WINDOW w AS (ORDER BY "Age" NULLS FIRST)
