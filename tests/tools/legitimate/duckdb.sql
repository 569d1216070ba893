-- dialect: duckdb
(SELECT Name FROM singer)
;;
(SELECT Name FROM singer LIMIT 1) UNION ALL (SELECT Theme FROM concert LIMIT 1)
;;
FROM singer
;;
FROM singer SELECT Name WHERE Age > 3
;;
SELECT * EXCLUDE (Age) FROM singer
;;
SELECT * REPLACE (Age + 1 AS Age) FROM singer
;;
SELECT COLUMNS('.*e') FROM singer
;;
SELECT Name, Age + 1 AS older, older * 2 AS twice FROM singer
;;
SELECT Name FROM main.singer
;;
SELECT list_transform([1, 2, 3], lambda x: x + 1)
;;
SELECT [x + 1 FOR x IN [1, 2, 3] IF x > 1]
;;
SELECT {'a': 1, 'b': Name} AS s FROM singer
;;
SELECT t.s.a FROM (SELECT {'a': 1} AS s) AS t
;;
SELECT unnest([1, 2, 3])
;;
SELECT * FROM range(3) AS r(i)
;;
SELECT g FROM generate_series(1, 3) AS t(g)
;;
SELECT u FROM unnest(['a', 'b']) AS t(u)
;;
SELECT Country, COUNT(*) FROM singer GROUP BY ALL ORDER BY ALL
;;
SELECT Name FROM singer QUALIFY ROW_NUMBER() OVER (PARTITION BY Country ORDER BY Age DESC) = 1
;;
SELECT Name ILIKE 'j%', Name SIMILAR TO 'J.*', Name ~ 'J.*' FROM singer
;;
SELECT Age::VARCHAR, TRY_CAST(Name AS INTEGER) FROM singer
;;
SELECT DATE '2020-01-01' + INTERVAL 1 DAY, EXTRACT(YEAR FROM DATE '2020-01-01'), date_part('year', DATE '2020-01-01')
;;
SELECT string_agg(Name, ', ' ORDER BY Name) FROM singer
;;
SELECT arg_max(Name, Age), any_value(Name), median(Age), quantile_cont(Age, 0.5) FROM singer
;;
SELECT COUNT(*) FILTER (WHERE Age > 30) FROM singer
;;
SELECT Name FROM singer TABLESAMPLE 100 PERCENT
;;
SELECT s.Name FROM singer s SEMI JOIN singer_in_concert c ON s.Singer_ID = c.Singer_ID
;;
SELECT s.Name FROM singer s ANTI JOIN singer_in_concert c USING (Singer_ID)
;;
SELECT Name FROM singer s, LATERAL (SELECT s.Age AS a) t WHERE t.a > 1
;;
SELECT map {'a': 1}['a'], [1, 2, 3][1:2]
;;
VALUES (1), (2)
;;
SELECT * FROM (VALUES (1, 'a')) AS t(x, y) WHERE x = 1
;;
SELECT struct_pack(a := 1, b := Name) FROM singer
;;
SELECT Name.upper() FROM singer
;;
SELECT strftime(DATE '2020-01-01', '%Y'), strptime('2020', '%Y'), date_diff('day', DATE '2020-01-01', DATE '2020-01-02')
;;
SELECT "Name" FROM "singer" WHERE 'Name' <> "Name"
;;
SELECT rowid, Name FROM singer
;;
SELECT NAME, sInGeR_iD FROM SINGER
;;
SELECT Country, Name FROM singer GROUP BY GROUPING SETS ((Country, Name), ())
;;
SELECT Country, SUM(Age) FROM singer GROUP BY ROLLUP (Country)
;;
SELECT singer FROM singer
;;
SELECT json_extract('{"a": 1}', '$.a'), '{"a": 1}'::JSON ->> 'a'
;;
SELECT * FROM (PIVOT singer ON Country USING COUNT(*))
;;
SELECT Name FROM singer UNION BY NAME SELECT Theme AS Name FROM concert
;;
SELECT $$ it's; DROP TABLE singer $$ AS text
;;
SELECT e'tab\t' AS text, 10 // 3, 2 ** 3, 5 % 2
;;
SELECT Name FROM singer ORDER BY Age DESC NULLS LAST LIMIT 50%
