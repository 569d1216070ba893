-- music
SELECT Name FROM singer JOIN song ON song.singer_id = singer.Singer_ID WHERE YEAR(released) = 2023
SELECT Name FROM singer JOIN song ON song.singer_id = singer.Singer_ID WHERE CAST(STRFTIME('%Y', released) AS INTEGER) = 2023
-- YEAR(released) → CAST(STRFTIME('%Y', released) AS INTEGER)

-- music
SELECT EXTRACT(MONTH FROM released), COUNT(*) FROM song GROUP BY EXTRACT(MONTH FROM released)
SELECT CAST(STRFTIME('%m', released) AS INTEGER), COUNT(*) FROM song GROUP BY CAST(STRFTIME('%m', released) AS INTEGER)
-- EXTRACT(MONTH FROM released) → CAST(STRFTIME('%m', released) AS INTEGER)

-- music
SELECT DAY(MAX(released)) FROM song
SELECT CAST(STRFTIME('%d', MAX(released)) AS INTEGER) FROM song
-- DAY(MAX(released)) → CAST(STRFTIME('%d', MAX(released)) AS INTEGER)

-- music
SELECT EXTRACT(CENTURY FROM released) FROM song
NONE

-- music
SELECT CONCAT(Name, ' of ', Country) FROM singer WHERE CONCAT(Age + 1, Name) = '2x'
SELECT Name || ' of ' || Country FROM singer WHERE (Age + 1) || Name = '2x'
-- CONCAT(Name, ' of ', Country) → Name || ' of ' || Country
-- CONCAT(Age + 1, Name) → (Age + 1) || Name

-- music
SELECT LEFT(Name, 1), ISNULL(Age, 0) FROM singer
SELECT SUBSTRING(Name, 1, 1), COALESCE(Age, 0) FROM singer
-- LEFT(Name, 1) → SUBSTRING(Name, 1, 1)
-- ISNULL(Age, 0) → COALESCE(Age, 0)

-- music
SELECT Country, Average(Age) FROM singer GROUP BY Country
SELECT Country, AVG(Age) FROM singer GROUP BY Country
-- AVERAGE(Age) → AVG(Age)

-- music
SELECT title FROM song WHERE released < NOW() AND released > CURDATE()
SELECT title FROM song WHERE released < CURRENT_TIMESTAMP AND released > CURRENT_DATE
-- NOW() → CURRENT_TIMESTAMP
-- CURDATE() → CURRENT_DATE

-- music
SELECT ISNULL(Age) FROM singer
NONE

-- music
SELECT Name FROM singer WHERE Age > (SELECT AVG(Age) FROM singer
SELECT Name FROM singer WHERE Age > (SELECT AVG(Age) FROM singer)
-- missing ) → )

-- music
SELECT Nam FROM singer WHERE Age > (SELECT AVG(Age) FROM (SELECT Age FROM singer; -- the end
SELECT Name FROM singer WHERE Age > (SELECT AVG(Age) FROM (SELECT Age FROM singer))
-- missing ) → )
-- Nam → Name

-- music
SELECT Name FROM singer WHERE (Age > (SELECT AVG(Age) FROM (SELECT Age FROM singer
NONE

-- music
SELECT Name FROM singer) WHERE Age > 3
NONE

-- music
SELECT CONCAT(NOT Name, Age > 3, COALESCE(Country, '')) FROM singer
SELECT (NOT Name) || (Age > 3) || COALESCE(Country, '') FROM singer
-- CONCAT(NOT Name, Age > 3, COALESCE(Country, '')) → (NOT Name) || (Age > 3) || COALESCE(Country, '')

-- music
SELECT DATE_FORMAT(released, '%Y-%m %i') FROM song
SELECT STRFTIME('%Y-%m %M', released) FROM song
-- DATE_FORMAT(released, '%Y-%m %i') → STRFTIME('%Y-%m %M', released)

-- music
SELECT DATE_FORMAT(released, title) FROM song
NONE

-- music
SELECT DATE_FORMAT(released, '%M %Y') FROM song
NONE
