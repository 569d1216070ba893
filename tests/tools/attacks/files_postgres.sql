-- dialect: postgres
SELECT x.* FROM ROWS FROM (generate_series(1, 2), pg_ls_dir('/')) AS x
;;
SELECT pg_read_file('{secret}')
;;
SELECT pg_read_binary_file('{secret}')
;;
SELECT pg_catalog.pg_read_file('{secret}')
;;
SELECT "pg_read_file"('{secret}')
;;
SELECT * FROM pg_ls_dir('/')
;;
SELECT (pg_stat_file('{secret}')).size
;;
SELECT lo_import('{secret}')
;;
SELECT lo_export(1, '{file}')
;;
SELECT lo_from_bytea(0, 'x')
;;
SELECT lo_unlink(1)
;;
SELECT pg_file_write('{file}', 'x', false)
;;
SELECT * FROM ROWS FROM (pg_ls_dir('/'))
;;
SELECT * FROM singer, LATERAL pg_ls_dir('/') AS f
;;
SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t(a int)
;;
SELECT dblink_exec('host=127.0.0.1', 'DROP TABLE singer')
;;
SELECT pg_ls_logdir()
;;
SELECT pg_current_logfile()
