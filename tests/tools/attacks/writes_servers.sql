-- dialect: postgres
INSERT INTO singer VALUES (99, 'Eve', 'X', 1) RETURNING *
;;
MERGE INTO singer s USING concert c ON s.Singer_ID = c.concert_ID WHEN MATCHED THEN DELETE
;;
TRUNCATE singer
;;
TRUNCATE TABLE singer, concert CASCADE
;;
DELETE FROM ONLY singer USING concert WHERE true
;;
UPDATE singer SET (Name, Age) = ('x', 1)
