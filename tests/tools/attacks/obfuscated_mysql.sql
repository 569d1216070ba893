-- dialect: mysql
SELECT 1 /*! , SLEEP(10) */
;;
SELECT 1 /*!50000 INTO OUTFILE '{file}' */
;;
SELECT 1 /*M! , SLEEP(10) */
;;
SELECT 1 /*M!100000 , SLEEP(10) */
;;
/*! DELETE FROM singer */
;;
SELECT Name FROM singer /*!99999 FOR UPDATE */
;;
SELECT 1 /* /* */ , SLEEP(10) -- */
;;
SELECT 1 --1, SLEEP(10)
;;
SELECT 'a\'', SLEEP(10), 'b'
;;
SELECT 'a\\', SLEEP(10), '\\'
;;
SELECT 1 # '
, SLEEP(10)
;;
SELECT `sleep`(10)
;;
SELECT 1; /*! DROP TABLE singer */
