-- dialect: postgres
SELECT pg_sleep(10)
;;
SELECT pg_sleep_for('10 seconds')
;;
SELECT pg_sleep_until(now() + interval '1 minute')
;;
SELECT * FROM pg_sleep(10)
;;
SELECT Name FROM singer WHERE pg_sleep(10) IS NULL
;;
SELECT CASE WHEN true THEN pg_sleep(10) END
;;
SELECT PG_SLEEP(10) FROM singer
;;
SELECT pg_catalog . pg_sleep ( 10 )
;;
SELECT Name FROM singer ORDER BY (SELECT pg_sleep(10))
;;
SELECT Name FROM singer LIMIT (SELECT 1 FROM pg_sleep(10))
;;
SELECT COUNT(*) OVER (PARTITION BY pg_sleep(10)) FROM singer
