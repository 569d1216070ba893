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

-- music
SELECT Country FROM singer WHERE Age > AVG(Age) AND COUNT(*) > 2 GROUP BY Country
SELECT Country FROM singer WHERE Age > (SELECT AVG(Age) FROM singer) GROUP BY Country HAVING COUNT(*) > 2
-- Age > AVG(Age) → Age > (SELECT AVG(Age) FROM singer)
-- an aggregate outside of its place → GROUP BY Country HAVING

-- music
SELECT Name FROM singer AS s WHERE EXISTS (SELECT 1 FROM song AS t WHERE t.singer_id = s.Singer_ID AND t.released > AVG(s.Age))
NONE

-- music
SELECT Name FROM singer WHERE Age > AVG(Age) FILTER(WHERE Country = 'France')
SELECT Name FROM singer WHERE Age > (SELECT AVG(Age) FILTER(WHERE Country = 'France') FROM singer)
-- Age > AVG(Age) FILTER(WHERE Country = 'France') → Age > (SELECT AVG(Age) FILTER(WHERE Country = 'France') FROM singer)

-- music
SELECT T1.Them FROM concert AS T1 GROUP BY T1.Theme HAVING 2 < (SELECT MAX(T1.Year) FROM concert AS T2)
SELECT T1.Theme FROM concert AS T1 GROUP BY T1.Theme HAVING 2 < (SELECT MAX(T1.Year) FROM concert AS T2)
-- T1.Them → T1.Theme

-- music
SELECT COUNT(ids) FROM song
SELECT COUNT(id) FROM song
-- ids → id

-- music
SELECT T1.Name, COUNT(T2.song_id) FROM singer AS T1 LEFT JOIN song AS T2 ON T1.Singer_ID = T2.singer_id GROUP BY T1.Name
SELECT T1.Name, COUNT(T2.id) FROM singer AS T1 LEFT JOIN song AS T2 ON T1.Singer_ID = T2.singer_id GROUP BY T1.Name
-- T2.song_id → T2.id
