-- dialect: mysql
SELECT @a := 1
;;
SELECT @a := @a + 1 FROM singer
;;
SELECT @@global.read_only
;;
SELECT @@version
;;
SET GLOBAL read_only = OFF
;;
SET @a = 1
;;
SET SESSION TRANSACTION READ WRITE
;;
START TRANSACTION
;;
USE mysql
;;
CALL p()
;;
DO RELEASE_LOCK('a')
;;
PREPARE s FROM 'DELETE FROM singer'
;;
EXECUTE s
;;
SELECT LAST_INSERT_ID(5)
;;
SELECT NEXTVAL(s)
;;
SELECT NEXT VALUE FOR s
;;
SELECT SETVAL(s, 1)
;;
SELECT /*+ MAX_EXECUTION_TIME(9999999) */ Name FROM singer
;;
SELECT /*+ SET_VAR(sql_mode = '') */ Name FROM singer
