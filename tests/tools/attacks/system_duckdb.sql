-- dialect: duckdb
SELECT * FROM duckdb_tables()
;;
SELECT * FROM information_schema.tables
;;
SELECT * FROM pg_catalog.pg_tables
;;
SELECT * FROM sqlite_master
;;
SELECT * FROM pragma_table_info('singer')
;;
SELECT * FROM duckdb_tables
;;
SELECT current_setting('secret_directory')
;;
SELECT * FROM other.main.singer
