-- dialect: sqlite
BEGIN
;;
BEGIN IMMEDIATE
;;
COMMIT
;;
ROLLBACK
;;
SAVEPOINT x
;;
RELEASE x
;;
END TRANSACTION
;;
SELECT sqlite_rename_table('main', '', '', '', '', 1)
;;
SELECT sqlite_attach('x', 'y', 'z')
;;
SELECT ?
;;
SELECT Name FROM singer WHERE Age > :age
;;
SELECT @a, Name FROM singer
