-- dialect: sqlite
SELECT readfile('{secret}')
;;
SELECT writefile('{file}', 'x')
;;
SELECT WriteFile('{file}', Name) FROM singer
;;
SELECT edit(Name) FROM singer
;;
SELECT load_extension('{secret}')
;;
SELECT "load_extension"('{secret}')
;;
SELECT fts3_tokenizer('simple')
;;
SELECT * FROM fsdir('/')
;;
SELECT name FROM singer WHERE load_extension('{secret}') IS NULL
;;
SELECT Name FROM singer ORDER BY readfile('{secret}')
;;
SELECT COUNT(*) FILTER (WHERE readfile('{secret}') <> '') FROM singer
;;
SELECT CASE WHEN 1 THEN (SELECT readfile('{secret}')) END
