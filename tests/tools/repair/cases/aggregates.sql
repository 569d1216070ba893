-- music
SELECT Name FROM singer ORDER BY COUNT(*) DESC LIMIT 1
SELECT Name FROM singer GROUP BY Name ORDER BY COUNT(*) DESC LIMIT 1
-- an aggregate outside of its place → GROUP BY Name

-- music
SELECT Country FROM singer WHERE Age > 3 AND COUNT(*) > 1
SELECT Country FROM singer WHERE Age > 3 GROUP BY Country HAVING COUNT(*) > 1
-- an aggregate outside of its place → GROUP BY Country HAVING

-- music
SELECT COUNT(*) FROM singer WHERE COUNT(*) > 1
NONE
