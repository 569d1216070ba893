-- dialect: duckdb
SELECT * FROM '{secret}'
;;
SELECT * FROM "{secret}"
;;
FROM '{secret}'
;;
SELECT * FROM read_csv('{secret}')
;;
SELECT * FROM read_csv_auto('{secret}')
;;
SELECT * FROM read_text('{secret}')
;;
SELECT * FROM read_blob('{secret}')
;;
SELECT * FROM read_parquet('{secret}')
;;
SELECT * FROM parquet_scan('{secret}')
;;
SELECT * FROM parquet_metadata('{secret}')
;;
SELECT * FROM read_json('{secret}')
;;
SELECT * FROM read_json_auto('{secret}')
;;
SELECT * FROM read_ndjson_objects('{secret}')
;;
SELECT * FROM sniff_csv('{secret}')
;;
SELECT * FROM glob('/*')
;;
SELECT getenv('HOME')
;;
SELECT * FROM query('SELECT 1')
;;
SELECT * FROM query_table('singer')
;;
SELECT * FROM sqlite_scan('{secret}', 'x')
;;
SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'x')
;;
SELECT * FROM postgres_query('db', 'SELECT 1')
;;
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
;;
SELECT * FROM duckdb_secrets()
;;
SELECT * FROM duckdb_settings()
;;
SELECT * FROM which_secret('s3://x', 's3')
;;
COPY singer TO '{file}'
;;
COPY singer FROM '{secret}'
;;
COPY (SELECT * FROM singer) TO '{file}' (FORMAT parquet)
;;
EXPORT DATABASE '{file}'
;;
IMPORT DATABASE '{file}'
;;
ATTACH '{file}' AS x
;;
INSTALL httpfs
;;
LOAD httpfs
;;
SET enable_external_access = true
;;
RESET enable_external_access
;;
PRAGMA database_list
;;
CALL pragma_version()
;;
CHECKPOINT
;;
CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')
;;
SELECT * FROM (SUMMARIZE singer)
;;
SELECT * FROM (DESCRIBE singer)
;;
SUMMARIZE singer
;;
SHOW TABLES
;;
USE x
;;
SET VARIABLE a = 1
;;
SELECT nextval('s')
;;
SELECT * FROM singer, read_text('{secret}') AS t
;;
SELECT (SELECT content FROM read_text('{secret}'))
;;
SELECT * FROM force_checkpoint()
;;
SELECT * FROM enable_logging()
