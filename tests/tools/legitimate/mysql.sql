-- dialect: mysql
(SELECT Name FROM singer)
;;
(SELECT Name FROM singer ORDER BY Age LIMIT 1) UNION ALL (SELECT Theme FROM concert LIMIT 1)
;;
SELECT `Name` FROM `singer` WHERE `Country` = "France"
;;
SELECT Name FROM singer WHERE Name = "it's; DROP TABLE singer -- x"
;;
SELECT Name FROM singer WHERE Name = 'a\'b; DELETE FROM singer'
;;
SELECT Name FROM singer # a comment; DROP TABLE singer
;;
SELECT 1--1
;;
SELECT Name FROM singer LIMIT 1, 2
;;
SELECT CONCAT(Name, ' ', Country), CONCAT_WS(',', Name, Age) FROM singer
;;
SELECT GROUP_CONCAT(DISTINCT Name ORDER BY Name SEPARATOR '; ') FROM singer
;;
SELECT IF(Age > 30, 'old', 'young'), IFNULL(Age, 0), NULLIF(Age, 1) FROM singer
;;
SELECT DATE_FORMAT('2020-01-01', '%Y'), YEAR('2020-01-01'), EXTRACT(YEAR FROM '2020-01-01')
;;
SELECT TIMESTAMPDIFF(DAY, '2020-01-01', '2020-02-01'), DATE_ADD('2020-01-01', INTERVAL 1 MONTH), '2020-01-01' + INTERVAL 1 DAY
;;
SELECT DATEDIFF('2020-01-02', '2020-01-01'), CURDATE() > '2020-01-01', NOW() IS NOT NULL
;;
SELECT Name REGEXP '^J', Name RLIKE 'J', Name LIKE BINARY 'J%' FROM singer
;;
SELECT Age DIV 2, Age MOD 2, Age XOR 1, Age & 1, !Age FROM singer
;;
SELECT CAST(Age AS CHAR), CAST('1' AS SIGNED), CONVERT('1', UNSIGNED), CONVERT(Name USING utf8mb4) FROM singer
;;
SELECT Country, COUNT(*) AS n FROM singer GROUP BY Country WITH ROLLUP
;;
SELECT Country AS c, COUNT(*) AS n FROM singer GROUP BY c HAVING n > 0 ORDER BY n
;;
SELECT SQL_NO_CACHE Name FROM singer
;;
SELECT STRAIGHT_JOIN Name FROM singer JOIN concert
;;
SELECT Name FROM singer USE INDEX () WHERE Age > 1
;;
SELECT JSON_EXTRACT('{"a": 1}', '$.a'), JSON_UNQUOTE('"x"'), JSON_OBJECT('a', Age) FROM singer
;;
SELECT a FROM JSON_TABLE('[{"a": 1}]', '$[*]' COLUMNS (a INT PATH '$.a')) AS t
;;
SELECT Name FROM singer WHERE Age <=> NULL OR Age <> 3
;;
SELECT USER(), CURRENT_USER(), DATABASE(), VERSION()
;;
SELECT UUID() IS NOT NULL, UUID_SHORT() > 0, RAND() < 2, MD5(Name), SHA2(Name, 256) FROM singer
;;
SELECT SUBSTRING_INDEX(Name, ' ', 1), LOCATE('o', Name), LPAD(Name, 5, '*'), FIELD(Country, 'France', 'Japan'), ELT(1, 'a', 'b') FROM singer
;;
SELECT N'text', _utf8mb4'text', x'4142', 0x4142, b'101'
;;
SELECT 'a' 'b'
;;
SELECT Name, DENSE_RANK() OVER (ORDER BY Age) FROM singer
;;
SELECT Name AS `update` FROM singer AS `delete` WHERE `delete`.Age > 1
;;
SELECT Name FROM singer WHERE Name COLLATE utf8mb4_bin = 'x' OR TRUE
;;
SELECT LAST_VALUE(Name) OVER (ORDER BY Age), FIRST_VALUE(Name) OVER (ORDER BY Age) FROM singer
;;
SELECT INSERT('Quadratic', 3, 4, 'What'), REPLACE('DELETE', 'D', 'd'), TRUNCATE(1.55, 1), LEFT('abc', 1)
;;
SELECT Name FROM singer WHERE Age IN (SELECT MAX(Age) FROM singer GROUP BY Country) AND Name NOT IN ('DROP', 'ALTER')
