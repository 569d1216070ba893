-- dialect: postgres
EXPLAIN (ANALYZE, BUFFERS) INSERT INTO singer VALUES (9, 'x', 'y', 1)
;;
EXPLAIN ANALYZE WITH gone AS (DELETE FROM singer RETURNING *) SELECT * FROM gone
;;
EXPLAIN (ANALYZE true) SELECT pg_sleep(1)
