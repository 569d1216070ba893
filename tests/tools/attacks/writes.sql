-- dialect: all
INSERT INTO singer VALUES (99, 'Eve', 'X', 1)
;;
INSERT INTO singer (Singer_ID, Name) SELECT concert_ID, concert_Name FROM concert
;;
insert into singer values (99, 'Eve', 'X', 1), (98, 'Eva', 'Y', 2)
;;
UPDATE singer SET Age = 0
;;
UPDATE singer SET Name = (SELECT concert_Name FROM concert LIMIT 1) WHERE Singer_ID = 1
;;
DELETE FROM singer
;;
DELETE FROM singer WHERE Singer_ID IN (SELECT Singer_ID FROM singer_in_concert)
;;
-- why: leading white space and a comment before the verb
   
 /* SELECT */ DELETE FROM concert
;;
-- why: the verb hides behind a comment that looks like a statement
-- SELECT 1
UPDATE singer SET Age = 1
