-- music
SELECT T1.title FROM song AS T1 JOIN singer AS T2 ON T1.singer = T2.id
SELECT T1.title FROM song AS T1 JOIN singer AS T2 ON T1.singer_id = T2.Singer_ID
-- JOIN singer AS T2 ON T1.singer = T2.id → JOIN singer AS T2 ON T1.singer_id = T2.Singer_ID

-- music
SELECT a.Theme FROM concert AS a LEFT JOIN singer AS b ON a.x = b.y
SELECT a.Theme FROM concert AS a LEFT JOIN plays ON a.concert_ID = plays.concert_ID LEFT JOIN singer AS b ON plays.Singer_ID = b.Singer_ID
-- LEFT JOIN singer AS b ON a.x = b.y → LEFT JOIN plays ON a.concert_ID = plays.concert_ID LEFT JOIN singer AS b ON plays.Singer_ID = b.Singer_ID

-- music
SELECT title FROM song AS a JOIN singer AS b ON a.singer_id = b.Singer_IDs AND b.Age > 3
SELECT title FROM song AS a JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Age > 3
-- JOIN singer AS b ON a.singer_id = b.Singer_IDs AND b.Age > 3 → JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Age > 3

-- music
SELECT title FROM song AS a JOIN singer AS b ON b.Agee > 3 AND a.x = b.y
SELECT title FROM song AS a JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Age > 3
-- JOIN singer AS b ON b.Agee > 3 AND a.x = b.y → JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Agee > 3
-- b.Agee → b.Age

-- music
SELECT title FROM song AS a JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Agee > 3
SELECT title FROM song AS a JOIN singer AS b ON a.singer_id = b.Singer_ID AND b.Age > 3
-- b.Agee → b.Age
