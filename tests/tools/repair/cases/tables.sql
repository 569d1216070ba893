-- music
SELECT COUNT(*) FROM concert WHERE Location = 'Oslo'
SELECT COUNT(*) FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE stadium.Location = 'Oslo'
-- Location → stadium.Location JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT Name FROM singers
SELECT Name FROM singer
-- singers → singer

-- music
SELECT singers.Name FROM singers
SELECT singer.Name FROM singer
-- singers → singer

-- music
SELECT title, released FROM recordings
SELECT title, released FROM song
-- recordings → song

-- music
SELECT foo FROM recordings
NONE

-- music
SELECT Location, Capacity FROM concert WHERE Stadium_ID = 3
SELECT Location, Capacity FROM stadium WHERE Stadium_ID = 3
-- concert → stadium

-- music
SELECT Location FROM concert WHERE Year = 2014
SELECT stadium.Location FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE concert.Year = 2014
-- Location → stadium.Location JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music: which concerts are there?
SELECT Location FROM concert WHERE Stadium_ID = 3
SELECT stadium.Location FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID WHERE concert.Stadium_ID = 3
-- Location → stadium.Location JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID

-- music
SELECT Location FROM stadium EXCEPT SELECT Location FROM concert
SELECT Location FROM stadium EXCEPT SELECT stadium.Location FROM concert JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID
-- Location → stadium.Location JOIN stadium ON concert.Stadium_ID = stadium.Stadium_ID
