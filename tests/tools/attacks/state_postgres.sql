-- dialect: postgres
SELECT set_config('transaction_read_only', 'off', false)
;;
SELECT setval('s', 1)
;;
SELECT nextval('s')
;;
SELECT pg_advisory_lock(1)
;;
SELECT pg_try_advisory_xact_lock(1)
;;
SELECT pg_terminate_backend(1)
;;
SELECT pg_cancel_backend(1)
;;
SELECT pg_reload_conf()
;;
SELECT pg_rotate_logfile()
;;
SELECT pg_logical_emit_message(false, 'a', 'b')
;;
SELECT pg_create_restore_point('x')
;;
SELECT pg_switch_wal()
;;
SELECT pg_notify('a', 'b')
;;
SELECT query_to_xml('DELETE FROM singer', true, true, '')
;;
SELECT database_to_xml(true, true, '')
;;
SELECT table_to_xml('singer', true, true, '')
;;
SELECT * FROM crosstab('SELECT 1, 2, 3')
;;
SELECT ts_stat('SELECT 1')
;;
SELECT current_setting('data_directory')
;;
SET transaction_read_only = off
;;
RESET ALL
;;
BEGIN
;;
COMMIT
;;
DO $$ BEGIN DELETE FROM singer; END $$
;;
CALL p()
;;
LISTEN x
;;
NOTIFY x
;;
PREPARE p AS DELETE FROM singer
;;
EXECUTE p
;;
DECLARE c CURSOR FOR SELECT 1
;;
DISCARD ALL
;;
SELECT pg_stat_reset()
;;
SELECT lo_create(0)
