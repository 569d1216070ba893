-- dialect: postgres
SELECT * FROM pg_shadow
;;
SELECT rolpassword FROM pg_catalog.pg_authid
;;
SELECT * FROM information_schema.tables
;;
SELECT * FROM pg_user
;;
SELECT * FROM pg_stat_activity
;;
TABLE pg_shadow
;;
-- why: a later CTE of that name is not visible to an earlier one
WITH x AS (SELECT * FROM pg_shadow), pg_shadow AS (SELECT 1) SELECT * FROM x
;;
-- why: without RECURSIVE the inner name is the catalog's
WITH pg_user AS (SELECT * FROM pg_user) SELECT * FROM pg_user
;;
SELECT * FROM pg_settings
;;
SELECT * FROM other.singer
