-- music
SELECT Name FROM singer ORDER BY COUNT(*) DESC LIMIT 1
SELECT Name FROM singer GROUP BY Name ORDER BY COUNT(*) DESC LIMIT 1
-- an aggregate outside of its place → GROUP BY Name

-- music
SELECT Country FROM singer WHERE Age > 3 AND COUNT(*) > 1
SELECT Country FROM singer WHERE Age > 3 GROUP BY Country HAVING COUNT(*) > 1
-- an aggregate outside of its place → GROUP BY Country HAVING

-- music
SELECT COUNT(*) FROM singer WHERE COUNT(*) > 1
NONE

-- music
SELECT Name FROM singer WHERE Age > AVG(Age) AND Country = 'France'
SELECT Name FROM singer WHERE Age > (SELECT AVG(Age) FROM singer) AND Country = 'France'
-- Age > AVG(Age) → Age > (SELECT AVG(Age) FROM singer)

-- music
SELECT s.Name FROM singer AS s WHERE s.Age BETWEEN AVG(s.Age) AND MAX(s.Age)
SELECT s.Name FROM singer AS s WHERE s.Age BETWEEN (SELECT AVG(s.Age) FROM singer AS s) AND (SELECT MAX(s.Age) FROM singer AS s)
-- s.Age BETWEEN AVG(s.Age) AND MAX(s.Age) → s.Age BETWEEN (SELECT AVG(s.Age) FROM singer AS s) AND (SELECT MAX(s.Age) FROM singer AS s)

-- music
SELECT T1.Name FROM singer AS T1 JOIN song AS T2 ON T1.Singer_ID = T2.singer_id WHERE T1.Age > AVG(T1.Age)
NONE

-- music
SELECT T1.Theme FROM concert AS T1 WHERE T1.Year > (SELECT AVG(T1.Year) FROM concert)
SELECT T1.Theme FROM concert AS T1 WHERE T1.Year > (SELECT AVG(concert.Year) FROM concert)
-- AVG(T1.Year) → AVG(concert.Year)

-- music
SELECT T1.Theme FROM concert AS T1 WHERE T1.Year > (SELECT AVG(T1.Year) FROM stadium)
NONE

-- music
SELECT COUNT(plays_id) FROM plays
SELECT COUNT(*) FROM plays
-- COUNT(plays_id) → COUNT(*)
