-- music
SELECT Names FROM singer
SELECT Name FROM singer
-- Names → Name

-- music
SELECT Singer_IDs FROM singer
SELECT Singer_ID FROM singer
-- Singer_IDs → Singer_ID

-- music
SELECT singer_name FROM singer
SELECT Name FROM singer
-- singer_name → Name

-- music
SELECT song_id FROM song
SELECT id FROM song
-- song_id → id

-- implied
SELECT film_record_id FROM film
SELECT f_id FROM film
-- film_record_id → f_id

-- implied
SELECT film_station_id FROM film
NONE

-- implied
SELECT title FROM film WHERE f_id NOT IN (SELECT screening.film_record_id FROM screening)
NONE

-- music
SELECT contry FROM singer
SELECT Country FROM singer
-- contry → Country

-- music
SELECT zzz FROM singer
NONE

-- music
SELECT Capac FROM stadium
SELECT Capacity FROM stadium
-- Capac → Capacity

-- music
SELECT Yearly FROM concert
SELECT Year FROM concert
-- Yearly → Year
