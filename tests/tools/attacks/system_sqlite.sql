-- dialect: sqlite
SELECT * FROM sqlite_master
;;
SELECT sql FROM sqlite_schema
;;
SELECT * FROM main.sqlite_master
;;
SELECT * FROM temp.sqlite_temp_master
;;
SELECT Name FROM singer UNION SELECT sql FROM sqlite_master
;;
SELECT Name FROM singer WHERE Name IN sqlite_master
;;
SELECT (SELECT sql FROM "sqlite_master" LIMIT 1)
;;
SELECT * FROM [sqlite_master]
;;
SELECT * FROM other.singer
;;
SELECT * FROM dbstat
;;
SELECT * FROM sqlite_dbpage
;;
WITH x AS (SELECT * FROM sqlite_sequence) SELECT * FROM x
