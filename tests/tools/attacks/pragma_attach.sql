-- dialect: sqlite
PRAGMA journal_mode = DELETE
;;
PRAGMA user_version = 7
;;
PRAGMA writable_schema = ON
;;
PRAGMA table_info(singer)
;;
PRAGMA main.user_version
;;
ATTACH DATABASE '{file}' AS x
;;
ATTACH '{file}' AS x
;;
DETACH DATABASE x
;;
SELECT * FROM pragma_table_info('singer')
;;
SELECT * FROM pragma_user_version
;;
SELECT * FROM pragma_database_list()
;;
SELECT (SELECT file FROM pragma_database_list)
;;
SELECT * FROM singer, pragma_wal_checkpoint('RESTART')
