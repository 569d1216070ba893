-- dialect: sqlite
SELECT Name FROM singer WHERE Country = "France"
;;
SELECT Name FROM singer WHERE Country IN ("France", "Japan")
;;
SELECT Name FROM singer WHERE Name LIKE "%o%"
;;
SELECT Name FROM singer WHERE Country BETWEEN "A" AND "M"
;;
SELECT Name || " from " || Country FROM singer
;;
SELECT COALESCE(Name, "none") FROM singer
;;
SELECT CASE WHEN Age > 30 THEN "old" ELSE "young" END FROM singer
;;
SELECT IIF(Age > 30, "old", "young") FROM singer
;;
SELECT strftime("%Y", Name) FROM singer
;;
SELECT Name FROM singer GROUP BY Country HAVING MAX(Name) > "A"
;;
SELECT "Name" FROM singer
;;
SELECT `Name`, [Country], "Age" FROM [singer]
;;
SELECT "name", COUNTRY FROM SINGER
;;
SELECT T1."Name" FROM "singer" AS T1
;;
SELECT rowid, _rowid_, oid, Name FROM singer
;;
SELECT T1.rowid FROM singer AS T1
;;
SELECT main.singer.Name FROM main.singer
;;
SELECT Name FROM main.singer
;;
SELECT Name AS n FROM singer WHERE n = 'x'
;;
SELECT COUNT(*) AS n, Country AS c FROM singer GROUP BY c HAVING n > 0 ORDER BY n
;;
WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n
;;
WITH b AS (SELECT x FROM a), a AS (SELECT 1 AS x) SELECT x FROM b
;;
VALUES (1, 'a'), (2, 'b')
;;
SELECT column1 FROM (VALUES (1), (2))
;;
SELECT value FROM json_each('[1, 2, 3]')
;;
SELECT j.key, j.value FROM singer, json_each('{"a": 1}') AS j
;;
SELECT Name, json_each.value FROM singer, json_each('[1, 2]') WHERE json_each.key > 0
;;
SELECT JSON_TREE.fullkey FROM json_tree('{"a": [1]}')
;;
SELECT json_extract('{"a": 1}', '$.a'), '{"a": 2}' ->> '$.a', '{"a": 2}' -> 'a'
;;
SELECT Name FROM singer WHERE Name GLOB '*o*'
;;
SELECT glob('*o*', Name) FROM singer
;;
SELECT Name FROM singer ORDER BY Name COLLATE NOCASE DESC NULLS LAST
;;
SELECT Name FROM singer LIMIT 1, 2
;;
SELECT COUNT(*) FILTER (WHERE Age > 30) FROM singer
;;
SELECT group_concat(Name, '; ') FROM singer
;;
SELECT date('now', '-1 day'), strftime('%Y', 'now'), julianday('now') > 1
;;
SELECT Name FROM singer WHERE Age IS NOT 3 AND Country ISNULL OR Age NOTNULL
;;
SELECT Name FROM singer WHERE (Singer_ID, Age) IN singer_in_concert OR 1
;;
SELECT 0x1F, x'4142', 1e3, .5
;;
SELECT replace(Name, 'DROP', 'CREATE'), printf('%d', Age), quote(Name), typeof(Age), hex(Name) FROM singer
;;
SELECT max(1, 2), min(Age, 3), total(Age), random() IS NOT NULL FROM singer
;;
SELECT Name FROM singer WHERE Name == 'x' AND Age <> 3 AND Age != 4
;;
SELECT (SELECT COUNT(*) FROM singer_in_concert WHERE Singer_ID = singer.Singer_ID) AS concerts, Name FROM singer ORDER BY concerts DESC, Name
;;
SELECT Age / 2, Age % 2, Age & 1, Age | 1, ~Age, Age << 1, -Age, +Age FROM singer
;;
SELECT sqlite_version()
;;
SELECT Name FROM singer WHERE Name LIKE '10\%' ESCAPE '\'
;;
SELECT Name FROM (SELECT * FROM singer) WHERE Age > 1
;;
SELECT t.Name FROM (SELECT s.* FROM singer s JOIN concert) t
;;
SELECT "count(*)" FROM (SELECT count(*) FROM singer)
;;
SELECT NAME FROM singer AS a WHERE a.AGE IN (SELECT max(b.age) FROM singer AS b WHERE b.country = a.country)
;;
SELECT substr(Name, 1, 3), instr(Name, 'o'), ifnull(Age, 0), unicode(Name), char(65, 66) FROM singer
;;
SELECT Name FROM singer ORDER BY 1
;;
SELECT DISTINCT Name, Age FROM singer AS "order" WHERE "order".Age > 1
;;
SELECT Name 'the name', Age "the age" FROM singer
;;
SELECT first_value(Name) OVER (ORDER BY Age), ntile(2) OVER (ORDER BY Age), nth_value(Name, 2) OVER () FROM singer
;;
SELECT EXISTS (SELECT 1 FROM singer), NOT EXISTS (SELECT 1 FROM concert)
;;
SELECT Name FROM singer WHERE Singer_ID = 1 UNION SELECT Name FROM singer WHERE Singer_ID = 2 ORDER BY Name
;;
SELECT CAST(Age AS TEXT), CAST('1' AS INTEGER), CAST(Age AS REAL) FROM singer
;;
SELECT 1 WHERE 'DELETE' = 'DELETE' OR 1 IS TRUE
