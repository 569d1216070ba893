-- dialect: all
SELECT Name FROM singer
;;
SELECT DISTINCT Country FROM singer ORDER BY Country
;;
SELECT COUNT(*) FROM singer WHERE Age > 20
;;
SELECT 'DROP TABLE singer' AS text
;;
SELECT 'a; DELETE FROM singer; --' AS text FROM singer
;;
SELECT Name FROM singer WHERE Name = 'it''s; -- not a comment'
;;
SELECT Name FROM singer WHERE Name = '/* not a comment */'
;;
SELECT Name -- the singer's name; DROP TABLE singer
FROM singer
;;
/* leading */ SELECT Name /* inner; DELETE */ FROM singer /* trailing */;
;;
SELECT Name FROM singer;
;;
select s.Name, c.concert_Name from singer s join singer_in_concert sc on s.Singer_ID = sc.Singer_ID join concert c on c.concert_ID = sc.concert_ID
;;
SELECT COUNT(*), MAX(Age), MIN(Age), AVG(Age), SUM(Age) FROM singer
;;
SELECT Country, COUNT(*) AS n FROM singer GROUP BY Country HAVING COUNT(*) >= 1 ORDER BY n DESC, Country
;;
SELECT Name FROM singer WHERE Singer_ID IN (SELECT Singer_ID FROM singer_in_concert)
;;
SELECT Name FROM singer WHERE Singer_ID NOT IN (SELECT Singer_ID FROM singer_in_concert WHERE concert_ID = 1)
;;
SELECT Name FROM singer WHERE EXISTS (SELECT 1 FROM singer_in_concert x WHERE x.Singer_ID = singer.Singer_ID)
;;
SELECT Name FROM singer s WHERE Age > (SELECT AVG(Age) FROM singer t WHERE t.Country = s.Country)
;;
SELECT a.Name FROM singer a JOIN singer b ON a.Age < b.Age
;;
SELECT Name FROM singer UNION SELECT concert_Name FROM concert
;;
SELECT Singer_ID FROM singer INTERSECT SELECT Singer_ID FROM singer_in_concert
;;
SELECT Singer_ID FROM singer EXCEPT SELECT Singer_ID FROM singer_in_concert
;;
SELECT Name FROM singer UNION ALL SELECT Theme FROM concert ORDER BY Name LIMIT 3
;;
SELECT * FROM (SELECT Name AS who FROM singer) AS t WHERE who <> 'x'
;;
WITH old AS (SELECT Name, Age FROM singer WHERE Age > 30) SELECT old.Name FROM old ORDER BY old.Age
;;
WITH a AS (SELECT Singer_ID AS k FROM singer), b AS (SELECT k FROM a WHERE k > 1) SELECT COUNT(*) FROM b
;;
WITH a(x, y) AS (SELECT Singer_ID, Name FROM singer) SELECT y FROM a WHERE x = 1
;;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n
;;
WITH singer_count AS (SELECT COUNT(*) AS n FROM singer) SELECT n FROM singer_count
;;
SELECT (SELECT MAX(Age) FROM singer) AS oldest
;;
SELECT CASE WHEN Age >= 40 THEN 'old' WHEN Age IS NULL THEN 'unknown' ELSE 'young' END AS class, COUNT(*) FROM singer GROUP BY 1
;;
SELECT Name, ROW_NUMBER() OVER (ORDER BY Age DESC) AS r FROM singer
;;
SELECT Name, RANK() OVER (PARTITION BY Country ORDER BY Age) FROM singer
;;
SELECT Name, SUM(Age) OVER w AS total FROM singer WINDOW w AS (PARTITION BY Country ORDER BY Age)
;;
SELECT Name, LAG(Age, 1) OVER (ORDER BY Singer_ID) AS earlier FROM singer
;;
SELECT Name, AVG(Age) OVER (ORDER BY Age ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM singer
;;
SELECT COALESCE(Name, 'nobody') FROM singer
;;
SELECT NULLIF(Age, 0) FROM singer
;;
SELECT CAST(Age AS CHAR(10)) FROM singer
;;
SELECT Name FROM singer WHERE Name LIKE '%a%' AND Country NOT LIKE 'F%'
;;
SELECT Name FROM singer WHERE Age BETWEEN 20 AND 40 AND NOT (Country = 'France' OR Country IS NULL)
;;
SELECT COUNT(DISTINCT Country) FROM singer
;;
SELECT UPPER(Name), LOWER(Country), LENGTH(Name), REPLACE(Name, 'a', 'b'), TRIM(Name) FROM singer
;;
SELECT Name FROM singer WHERE Name = '日本語' OR Name = 'Ünïcödé' OR Name = '🎤'
;;
SELECT Age AS "select" FROM singer
;;
SELECT 1 + 2 * 3 - 4 AS sum_of_all
;;
SELECT Name FROM singer WHERE 1 = 1
;;
SELECT s.* FROM singer AS s
;;
SELECT s.*, 1 AS one FROM singer s
;;
SELECT SINGER.NAME FROM singer SINGER WHERE 1 = 0
;;
SELECT Name FROM singer LEFT JOIN singer_in_concert ON singer.Singer_ID = singer_in_concert.Singer_ID WHERE singer_in_concert.Singer_ID IS NULL
;;
SELECT Name FROM singer JOIN singer_in_concert USING (Singer_ID)
;;
SELECT Name FROM singer NATURAL JOIN singer_in_concert
;;
SELECT Name FROM singer CROSS JOIN concert
;;
SELECT Name, Theme FROM singer, concert WHERE Year > 2000
;;
SELECT x.n FROM (SELECT Country, COUNT(*) AS n FROM singer GROUP BY Country) AS x JOIN (SELECT MAX(Age) AS m FROM singer) AS y ON x.n <= y.m
;;
SELECT Name FROM (singer JOIN singer_in_concert ON singer.Singer_ID = singer_in_concert.Singer_ID)
;;
SELECT Name FROM singer WHERE (Age, Country) IN (SELECT Age, Country FROM singer)
;;
SELECT Name FROM singer ORDER BY CASE WHEN Age IS NULL THEN 1 ELSE 0 END, Age DESC LIMIT 2 OFFSET 1
;;
SELECT ABS(-1), ROUND(2.567, 1)
;;
SELECT Country FROM singer GROUP BY Country ORDER BY COUNT(*) DESC LIMIT 1
;;
SELECT Name AS update_time, Age AS delete_count FROM singer
;;
SELECT 'SLEEP(10)' AS a, 'pg_sleep(1)' AS b, 'LOAD_FILE(x)' AS c
;;
SELECT concert_Name FROM concert WHERE Year = (SELECT MAX(Year) FROM concert) OR Theme = 'PRAGMA journal_mode'
