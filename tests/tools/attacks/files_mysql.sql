-- dialect: mysql
SELECT LOAD_FILE('{secret}')
;;
SELECT load_file ('{secret}')
;;
SELECT Name FROM singer UNION SELECT LOAD_FILE('{secret}')
;;
SELECT LOAD_FILE(0x2f6574632f706173737764)
;;
SELECT HEX(LOAD_FILE(CHAR(47, 101)))
;;
SELECT Name FROM singer WHERE Name = (SELECT LOAD_FILE('{secret}'))
;;
SELECT sys_exec('id')
