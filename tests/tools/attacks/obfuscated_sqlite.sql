-- dialect: sqlite
DeLeTe/**/FrOm/**/singer
;;
/**/;/**/DROP/**/TABLE/**/singer
;;
SELECT 1 /* unfinished
;;
SELECT 'unfinished
;;
-- only a comment
;;
/* only a comment */
;;
;
;;
SELECT 1 WHERE 1 = 1; -- ' 
DROP TABLE singer; -- '
;;
SELECT 'a''; DROP TABLE singer; --' ; DROP TABLE singer
;;
SELECT "a""b"; DROP TABLE singer
;;
-- why: full-width letters are not letters of SQL
ＤＥＬＥＴＥ FROM singer
;;
-- why: a zero-width space inside the verb
DEL​ETE FROM singer
;;
SELECT LOAD_EXTENSION/* x */('{secret}')
;;
SELECT lOaD_eXtEnSiOn('{secret}')
;;
SELECT [load_extension]('{secret}')
;;
SELECT `load_extension`('{secret}')
;;
SELECT (SELECT (SELECT (SELECT (SELECT readfile('{secret}')))))
;;
SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT writefile('{file}', 'x'))))
;;
SELECT Name FROM singer WHERE Age = (WITH a AS (SELECT readfile('{secret}') AS b) SELECT b FROM a)
