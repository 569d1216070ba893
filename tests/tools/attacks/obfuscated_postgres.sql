-- dialect: postgres
SELECT 1 /* /* nested */ */ , pg_sleep(10)
;;
SELECT U&"pg\005fsleep"(10)
;;
SELECT u&"!0070g_sleep" UESCAPE '!' (10)
;;
SELECT 'a\', pg_sleep(10), 'b'
;;
SELECT E'a\'', pg_sleep(10), 'b'
;;
SELECT $$ ' $$, pg_sleep(10), $x$ ' $x$
;;
SELECT $a$ $b$ $a$, pg_sleep(10)
;;
SELECT "pg_catalog"."pg_sleep"(10)
;;
SELECT 1 -- x
, pg_sleep(10)
;;
SELECT ARRAY(SELECT pg_sleep(10))
;;
SELECT (ARRAY[pg_sleep(10)])[1]
;;
SELECT ROW(pg_sleep(10))
;;
SELECT pg_sleep(10)::text
;;
SELECT CAST(pg_sleep(10) AS text)
;;
SELECT string_agg(pg_read_file('{secret}'), '') FROM singer
;;
SELECT COALESCE(NULL, pg_read_file('{secret}'))
;;
VALUES (pg_sleep(10))
;;
SELECT Name FROM singer JOIN concert ON pg_sleep(10) IS NULL
