-- dialect: mysql
REPLACE INTO singer VALUES (1, 'Eve', 'X', 1)
;;
INSERT IGNORE INTO singer VALUES (1, 'Eve', 'X', 1)
;;
INSERT INTO singer SET Name = 'x'
;;
INSERT INTO singer VALUES (1, 'Eve', 'X', 1) ON DUPLICATE KEY UPDATE Age = 2
;;
DELETE singer FROM singer JOIN concert ON true
;;
UPDATE singer, concert SET Age = 1, Theme = 'x'
;;
TRUNCATE TABLE singer
;;
LOAD DATA INFILE '{secret}' INTO TABLE singer
;;
LOAD DATA LOCAL INFILE '{secret}' REPLACE INTO TABLE singer
;;
HANDLER singer OPEN
