-- music
SELECT Name FROM singer AS a WHERE EXISTS(SELECT 1 FROM song AS b WHERE b.singer_id = a.Singer_IDs)
SELECT Name FROM singer AS a WHERE EXISTS(SELECT 1 FROM song AS b WHERE b.singer_id = a.Singer_ID)
-- a.Singer_IDs → a.Singer_ID

-- music
SELECT Name FROM singer WHERE Singer_ID IN (SELECT singer_id FROM song WHERE titel = 'x')
SELECT Name FROM singer WHERE Singer_ID IN (SELECT singer_id FROM song WHERE title = 'x')
-- titel → title

-- music
WITH t AS (SELECT Name, Age FROM singer) SELECT nam FROM t
WITH t AS (SELECT Name, Age FROM singer) SELECT Name FROM t
-- nam → Name

-- music
WITH t AS (SELECT Nam FROM singer) SELECT 1 FROM t
WITH t AS (SELECT Name FROM singer) SELECT 1 FROM t
-- Nam → Name

-- music
SELECT Name FROM singer UNION SELECT tilte FROM song ORDER BY 1
SELECT Name FROM singer UNION SELECT title FROM song ORDER BY 1
-- tilte → title

-- music
SELECT d.nam FROM (SELECT Name, Age FROM singer) AS d
SELECT d.Name FROM (SELECT Name, Age FROM singer) AS d
-- d.nam → d.Name

-- music
SELECT Nam FROM singer WHERE Country = "France"
SELECT Name FROM singer WHERE Country = "France"
-- Nam → Name

-- pets
SELECT phone FROM owner WHERE id = (SELECT owner_ids FROM pet)
SELECT phone FROM owner WHERE id = (SELECT owner_id FROM pet)
-- owner_ids → owner_id

-- implied
SELECT city FROM station WHERE id IN (SELECT city FROM trip)
NONE
