-- dialect: sqlite
REPLACE INTO singer VALUES (1, 'Eve', 'X', 1)
;;
INSERT OR REPLACE INTO singer VALUES (1, 'Eve', 'X', 1)
;;
INSERT OR IGNORE INTO singer VALUES (1, 'Eve', 'X', 1)
;;
INSERT INTO singer VALUES (1, 'Eve', 'X', 1) ON CONFLICT DO UPDATE SET Name = 'Eve'
;;
UPDATE OR REPLACE singer SET Age = 3
;;
DELETE FROM singer RETURNING *
;;
INSERT INTO singer DEFAULT VALUES
;;
UPDATE sqlite_master SET sql = 'x'
;;
WITH old AS (SELECT Singer_ID FROM singer) DELETE FROM singer WHERE Singer_ID IN (SELECT Singer_ID FROM old)
;;
WITH old AS (SELECT 1 AS n) INSERT INTO singer (Singer_ID) SELECT n FROM old
;;
WITH old AS (SELECT 1 AS n) UPDATE singer SET Age = (SELECT n FROM old)
