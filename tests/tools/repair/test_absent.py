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


def test_each_change_is_named() -> None:
    found = repair_running(f"{NAMES} T2.card_id IS NULL", SCHEMA, question="Customers without a card")
    assert found is not None
    assert found.changes == (f"T2.card_id IS NULL → LEFT JOIN card AS T2 {ON}",)
