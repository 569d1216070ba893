-- music
SELECT T1.Name, T1.title FROM singer AS T1 JOIN song AS T2 ON T1.Singer_ID = T2.singer_id
SELECT T1.Name, T2.title FROM singer AS T1 JOIN song AS T2 ON T1.Singer_ID = T2.singer_id
-- T1.title → T2.title

-- music
SELECT concert_Name, Capacity FROM concert
SELECT concert.concert_Name, stadium.Capacity FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID
-- Capacity → stadium.Capacity JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT Name, Theme FROM singer
SELECT singer.Name, concert.Theme FROM singer JOIN plays ON singer.Singer_ID = plays.Singer_ID JOIN concert ON plays.concert_ID = concert.concert_ID
-- Theme → concert.Theme JOIN plays ON singer.Singer_ID = plays.Singer_ID JOIN concert ON plays.concert_ID = concert.concert_ID

-- music
SELECT * FROM concert WHERE Capacity > 10
SELECT concert.* FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE stadium.Capacity > 10
-- Capacity → stadium.Capacity JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT concert_Name, COUNT(*) AS Year FROM concert WHERE Capacity > 1 GROUP BY concert_Name ORDER BY Year
SELECT concert.concert_Name, COUNT(*) AS Year FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE stadium.Capacity > 1 GROUP BY concert.concert_Name ORDER BY Year
-- Capacity → stadium.Capacity JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT concert_Name FROM concert WHERE Capacity > 1 ORDER BY Year
SELECT concert.concert_Name FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE stadium.Capacity > 1 ORDER BY concert.Year
-- Capacity → stadium.Capacity JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT T1.Name, T2.title FROM singer AS T1 JOIN singer AS T2 ON T1.Country = T2.Country
SELECT T1.Name, song.title FROM singer AS T1 JOIN singer AS T2 ON T1.Country = T2.Country JOIN song ON T2.Singer_ID = song.singer_id
-- T2.title → song.title JOIN song ON T2.Singer_ID = song.singer_id

-- school
SELECT name, teacher FROM pupil
SELECT pupil.name, lesson.teacher FROM pupil JOIN lesson ON pupil.day = lesson.day AND pupil.room = lesson.room
-- teacher → lesson.teacher JOIN lesson ON pupil.day = lesson.day AND pupil.room = lesson.room

-- flights
SELECT no, city FROM flight
SELECT flight.no, airport.city FROM flight JOIN airport ON flight.source = airport.code
-- city → airport.city JOIN airport ON flight.source = airport.code

-- flights
SELECT f.no, c.city FROM flight AS f JOIN airport AS a ON f.source = a.code JOIN airport AS b ON f.target = b.code
SELECT f.no, a.city FROM flight AS f JOIN airport AS a ON f.source = a.code JOIN airport AS b ON f.target = b.code
-- c.city → a.city

-- pets
SELECT phone FROM pet WHERE shop_id = 1
SELECT owner.phone FROM pet JOIN owner ON pet.owner_id = owner.id WHERE pet.shop_id = 1
-- phone → owner.phone JOIN owner ON pet.owner_id = owner.id

-- pets: phone of the shop
SELECT phone FROM pet WHERE shop_id = 1
SELECT shop.phone FROM pet JOIN shop ON pet.shop_id = shop.id WHERE pet.shop_id = 1
-- phone → shop.phone JOIN shop ON pet.shop_id = shop.id

-- pets
SELECT shop.phone FROM pet WHERE owner_id = 1
SELECT shop.phone FROM pet JOIN shop ON pet.shop_id = shop.id WHERE pet.owner_id = 1
-- shop.phone → shop.phone JOIN shop ON pet.shop_id = shop.id

-- pets
SELECT phone FROM owner JOIN shop ON owner.id = shop.id
SELECT owner.phone FROM owner JOIN shop ON owner.id = shop.id
-- phone → owner.phone

-- pets: shop phones
SELECT phone FROM owner JOIN shop ON owner.id = shop.id
SELECT shop.phone FROM owner JOIN shop ON owner.id = shop.id
-- phone → shop.phone

-- implied
SELECT minutes, city FROM trip
SELECT trip.minutes, station.city FROM trip JOIN station ON trip.start_station_id = station.id
-- city → station.city JOIN station ON trip.start_station_id = station.id

-- implied
SELECT hall, title FROM screening
SELECT screening.hall, film.title FROM screening JOIN film ON screening.f_id = film.f_id
-- title → film.title JOIN film ON screening.f_id = film.f_id

-- music
SELECT T9.Name FROM singer AS T1
SELECT T1.Name FROM singer AS T1
-- T9.Name → T1.Name

-- pets
SELECT T1.phone, T2.phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id
SELECT shop.phone, T2.phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id JOIN shop ON T1.shop_id = shop.id
-- T1.phone → shop.phone JOIN shop ON T1.shop_id = shop.id

-- pets
SELECT T1.phone AS shop_phone, T2.phone AS owner_phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id
SELECT shop.phone AS shop_phone, T2.phone AS owner_phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id JOIN shop ON T1.shop_id = shop.id
-- T1.phone → shop.phone JOIN shop ON T1.shop_id = shop.id

-- pets
SELECT T1.phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id
SELECT T2.phone FROM pet AS T1 JOIN owner AS T2 ON T1.owner_id = T2.id
-- T1.phone → T2.phone

-- music
SELECT Name, nam FROM singer
SELECT Name, Name FROM singer
-- nam → Name

-- music
SELECT title, (SELECT s.nam FROM stadium AS c WHERE c.Capacity = 3) FROM song AS x JOIN singer AS s ON x.singer_id = s.Singer_ID
SELECT title, (SELECT s.Name FROM stadium AS c WHERE c.Capacity = 3) FROM song AS x JOIN singer AS s ON x.singer_id = s.Singer_ID
-- s.nam → s.Name
