"""Rows that are not there: a join to them keeps what has none; a subquery reads its own tables."""

import pytest

from routesql.tools.repair import repair_running
from routesql.tools.schema import Column, ForeignKey, Schema, Table

TO_CUSTOMER = ForeignKey(("customer_id",), "customer", ("customer_id",))
SCHEMA = Schema(
    "sqlite",
    (
        Table(
            "customer", (Column("customer_id", "INT"), Column("name", "TEXT")), primary_key=("customer_id",)
        ),
        Table(
            "card",
            (
                Column("card_id", "INT"),
                Column("customer_id", "INT"),
                Column("kind", "TEXT"),
                Column("since", "INT", nullable=False),
            ),
            primary_key=("card_id",),
            foreign_keys=(TO_CUSTOMER,),
        ),
        Table(
            "employee",
            (Column("employee_id", "INT"), Column("leader_id", "INT"), Column("name", "TEXT")),
            primary_key=("employee_id",),
        ),
        Table(
            "payment",
            (Column("payment_id", "INT"), Column("card_id", "INT")),
            primary_key=("payment_id",),
            foreign_keys=(ForeignKey(("card_id",), "card", ("card_id",)),),
        ),
    ),
)
ON = "ON T1.customer_id = T2.customer_id"
NAMES = f"SELECT T1.name FROM customer AS T1 JOIN card AS T2 {ON} WHERE"
LEFT = NAMES.replace("JOIN", "LEFT JOIN")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{NAMES} T2.card_id IS NULL", f"{LEFT} T2.card_id IS NULL"),
        (f"{NAMES} T2.customer_id IS NULL", f"{LEFT} T2.customer_id IS NULL"),
        (
            f"{NAMES} T1.name > 'a' AND T2.since IS NULL",
            f"{LEFT} T1.name > 'a' AND T2.since IS NULL",
        ),
        (
            f"SELECT COUNT(*) FROM card AS T1 INNER JOIN customer AS T2 {ON} WHERE T1.card_id IS NULL",
            f"SELECT COUNT(*) FROM customer AS T2 LEFT JOIN card AS T1 {ON} WHERE T1.card_id IS NULL",
        ),
        (
            f"SELECT T1.name FROM customer AS T1 JOIN card AS T2 {ON} "
            "JOIN payment AS T3 ON T2.card_id = T3.card_id WHERE T3.payment_id IS NULL",
            f"SELECT T1.name FROM customer AS T1 JOIN card AS T2 {ON} "
            "LEFT JOIN payment AS T3 ON T2.card_id = T3.card_id WHERE T3.payment_id IS NULL",
        ),
        (
            "SELECT kind FROM card WHERE card_id IN (SELECT card_id FROM customer)",
            "SELECT kind FROM card WHERE card_id IN (SELECT card.card_id FROM customer "
            "JOIN card ON customer.customer_id = card.customer_id)",
        ),
        (
            "SELECT name FROM customer WHERE customer_id IN (SELECT customer_id FROM payment)",
            "SELECT name FROM customer WHERE customer_id IN (SELECT card.customer_id FROM payment "
            "JOIN card ON payment.card_id = card.card_id)",
        ),
    ],
)
def test_rows_without_another_are_found(sql: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question="customers, cards and payments")
    assert found is not None
    assert found.sql == expected


@pytest.mark.parametrize(
    "sql",
    [
        f"{NAMES} T2.kind IS NULL",
        # Who is led by one that nobody leads.
        "SELECT T1.name FROM employee AS T1 JOIN employee AS T2 ON T1.leader_id = T2.employee_id "
        "WHERE T2.leader_id IS NULL",
        "SELECT T2.name FROM employee AS T1 JOIN employee AS T2 ON T1.employee_id = T2.leader_id "
        "WHERE T1.leader_id IS NULL",
        "SELECT name FROM customer JOIN card WHERE card_id IS NULL",
        f"SELECT COUNT(*) FROM card AS T1 JOIN customer AS T2 {ON} WHERE T1.customer_id IS NULL",
        "SELECT name FROM customer WHERE name IN (SELECT kind FROM payment)",
        "SELECT name FROM customer WHERE customer_id IN (SELECT code FROM payment)",
        f"{NAMES} T2.card_id IS NULL AND T2.kind = 'gold'",
        f"{NAMES} T2.card_id IS NULL OR T1.name = 'Ann'",
        f"{NAMES} NOT T2.card_id IS NULL",
        f"{LEFT} T2.card_id IS NULL",
        f"SELECT T2.kind FROM customer AS T1 JOIN card AS T2 {ON} WHERE T2.card_id IS NULL",
        "SELECT customer.name FROM customer JOIN card USING (customer_id) WHERE card.card_id IS NULL",
        f"SELECT T1.name FROM customer AS T1 JOIN card AS T2 {ON} "
        "JOIN payment AS T3 ON T2.card_id = T3.card_id WHERE T2.card_id IS NULL",
        "SELECT name FROM customer WHERE customer_id IN (SELECT customer_id FROM card)",
        "SELECT name FROM customer WHERE customer_id IN (SELECT customer.customer_id FROM payment)",
        "SELECT name FROM customer WHERE name IN (SELECT name FROM payment, (SELECT 1))",
        "SELECT name FROM customer WHERE customer_id IN (1, 2)",
    ],
)
def test_else_it_is_let_be(sql: str) -> None:
    assert repair_running(sql, SCHEMA, question="customers, cards and payments") is None


def test_the_key_of_another_table_is_not_meant() -> None:
    """`id` of each table is another thing: the one that is compared is joined, or none."""
    tables = (
        Table("shop", (Column("id", "INT"),), primary_key=("id",)),
        Table("client", (Column("id", "INT"), Column("name", "TEXT")), primary_key=("id",)),
        Table(
            "sale",
            (Column("number", "INT"), Column("client_id", "INT"), Column("shop_id", "INT")),
            foreign_keys=(
                ForeignKey(("shop_id",), "shop", ("id",)),
                ForeignKey(("client_id",), "client", ("id",)),
            ),
        ),
    )
    sql = "SELECT name FROM client WHERE NOT id IN (SELECT id FROM sale)"
    found = repair_running(sql, Schema("sqlite", tables), question="Whose name never appears in the sales?")
    assert found is not None
    assert found.sql.endswith("(SELECT client.id FROM sale JOIN client ON sale.client_id = client.id)")


def test_names_in_quotes() -> None:
    """PostgreSQL folds what has none."""
    to = ForeignKey(("CustomerId",), "Customer", ("CustomerId",))
    names = (Column("CustomerId", "integer"), Column("Name", "text"))
    schema = Schema(
        "postgres",
        (
            Table("Customer", names, primary_key=("CustomerId",)),
            Table("Card", (Column("CardId", "integer"), Column("CustomerId", "integer")), ("CardId",), (to,)),
            Table("Pay", (Column("CardId", "integer"),), (), (ForeignKey(("CardId",), "Card", ("CardId",)),)),
        ),
    )
    sql = 'SELECT "Name" FROM "Customer" WHERE "CustomerId" IN (SELECT "CustomerId" FROM "Pay")'
    found = repair_running(sql, schema, written="postgres", question="Customers, cards and pays")
    assert found is not None
    assert found.sql.endswith(
        '(SELECT "Card"."CustomerId" FROM "Pay" JOIN "Card" ON "Pay"."CardId" = "Card"."CardId")'
    )
    joined = (
        'FROM "Customer" AS a JOIN "Card" AS b ON a."CustomerId" = b."CustomerId" WHERE b."CardId" IS NULL'
    )
    found = repair_running(f'SELECT a."Name" {joined}', schema, written="postgres")
    assert found is not None
    assert found.sql == f'SELECT a."Name" {joined.replace("JOIN", "LEFT JOIN")}'


def test_each_change_is_named() -> None:
    found = repair_running(f"{NAMES} T2.card_id IS NULL", SCHEMA, question="Customers without a card")
    assert found is not None
    assert found.changes == (f"T2.card_id IS NULL → LEFT JOIN card AS T2 {ON}",)
