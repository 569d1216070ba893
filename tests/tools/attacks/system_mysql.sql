-- dialect: mysql
SELECT * FROM mysql.user
;;
SELECT authentication_string FROM mysql.user
;;
SELECT * FROM information_schema.tables
;;
SELECT * FROM performance_schema.threads
;;
SELECT * FROM sys.session
;;
SELECT * FROM `mysql`.`user`
;;
TABLE mysql.user
;;
WITH user AS (SELECT * FROM mysql.user) SELECT * FROM user
