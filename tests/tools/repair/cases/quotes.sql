-- odd
SELECT "unit prices" FROM "line items"
SELECT "unit price" FROM "line items"
-- "unit prices" → "unit price"

-- odd
SELECT say_hi FROM "line items"
SELECT "say ""hi""" FROM "line items"
-- say_hi → "say ""hi"""

-- odd
SELECT `selects` FROM [line items]
SELECT "SELECT" FROM "line items"
-- "selects" → "SELECT"

-- odd
SELECT customr FROM "line items" WHERE "unit price" = 1
SELECT "order".customer FROM "line items" JOIN "order" ON "line items"."order id" = "order".id WHERE "line items"."unit price" = 1
-- customr → "order".customer JOIN "order" ON "line items"."order id" = "order".id

-- odd
SELECT CUSTOMR FROM ORDERS
NONE
