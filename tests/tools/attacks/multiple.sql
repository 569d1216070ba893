-- dialect: all
SELECT 1; DROP TABLE singer
;;
SELECT 1; SELECT 2
;;
SELECT Name FROM singer; DELETE FROM singer;
;;
SELECT 1;;SELECT 2
;;
SELECT 1;/* x */INSERT INTO singer VALUES (1, 'x', 'y', 2)
;;
SELECT 1; -- done
UPDATE singer SET Age = 1
;;
; DROP TABLE singer
;;
SELECT ';' ; DROP TABLE singer
;;
BEGIN; DELETE FROM singer; COMMIT
