-- dialect: mysql
SELECT Name FROM singer INTO OUTFILE '{file}'
;;
SELECT Name INTO OUTFILE '{file}' FROM singer
;;
SELECT Name INTO DUMPFILE '{file}' FROM singer
;;
SELECT Name FROM singer LIMIT 1 INTO @a
;;
SELECT Name, Age INTO @a, @b FROM singer LIMIT 1
;;
SELECT 'x' INTO OUTFILE '{file}' FIELDS TERMINATED BY ','
;;
(SELECT Name FROM singer) INTO OUTFILE '{file}'
