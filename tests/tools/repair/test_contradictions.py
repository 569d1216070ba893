"""Two values of one cell are looked for in two rows; what one row can have, or is counted, is let be."""

import pytest

from routesql.tools.repair import repair_running
from routesql.tools.schema import Column, Schema, Table

ORDERS = (Column("buyer", "TEXT"), Column("status", "TEXT"), Column("price", "INTEGER"))
PRODUCT = (Column("product_id", "INTEGER"), Column("kind", "TEXT"))
SCHEMA = Schema(
    "sqlite",
    (
        Table("orders", (*ORDERS, Column("product_id"))),
        Table("product", PRODUCT, primary_key=("product_id",)),
    ),
)
KIND = "SELECT kind FROM product JOIN orders ON product.product_id = orders.product_id WHERE"
BUYER = "SELECT buyer FROM orders WHERE"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            f"{BUYER} status = 'new' AND status = 'paid'",
            f"{BUYER} status = 'new' INTERSECT {BUYER} status = 'paid'",
        ),
        (
            "SELECT DISTINCT T1.buyer FROM orders AS T1 WHERE T1.price > 9 AND T1.buyer <> 'x' "
            "AND t1.Price < 5",
            "SELECT DISTINCT T1.buyer FROM orders AS T1 WHERE T1.price > 9 AND T1.buyer <> 'x' "
            "INTERSECT SELECT DISTINCT T1.buyer FROM orders AS T1 WHERE T1.buyer <> 'x' AND t1.Price < 5",
        ),
        (
            f"{BUYER} status = 'a' AND status = 'b' AND status = 'c'",
            f"{BUYER} status = 'a' INTERSECT {BUYER} status = 'b' INTERSECT {BUYER} status = 'c'",
        ),
        (
            f"SELECT price FROM orders WHERE buyer IN ({BUYER} price <= 3 AND price > 3)",
            f"SELECT price FROM orders WHERE buyer IN ({BUYER} price <= 3 INTERSECT {BUYER} price > 3)",
        ),
        (
            f"SELECT COUNT(*) FROM ({BUYER} status = 'a' AND status = 'b')",
            f"SELECT COUNT(*) FROM ({BUYER} status = 'a' INTERSECT {BUYER} status = 'b')",
        ),
        (
            f"{KIND} status = 'new' AND price > 3 AND status <> 'paid'",
            f"{KIND} status = 'new' AND price > 3 EXCEPT {KIND} status = 'paid' AND price > 3",
        ),
        (
            f"{KIND} NOT status = 'paid' AND status = 'new'",
            f"{KIND} status = 'new' EXCEPT {KIND} status = 'paid'",
        ),
    ],
)
def test_two_rows_are_meant(sql: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question="Which were new, but never paid?")
    assert found is not None
    assert found.sql == expected


@pytest.mark.parametrize(
    "sql",
    [
        f"{BUYER} status = 'a' AND status = 'A'",
        f"{BUYER} status = 'a' OR status = 'b'",
        f"{BUYER} status = 'a' AND status <> 'b'",
        f"{KIND} status = 'a' AND status <> 'A'",
        f"{KIND.replace('kind', 'price')} status = 'a' AND status <> 'b'",
        f"{KIND} status = 'a' AND status <> ''",
        f"{KIND} status <> 'a' AND status <> 'b'",
        f"{KIND} price > 5 AND price <> 3",
        f"{KIND} status = 'a' AND buyer <> 'b'",
        "SELECT kind FROM product WHERE product_id = 1 AND product_id <> 2",
        f"{BUYER} status = 'a' AND buyer = 'b'",
        f"{BUYER} price >= 3 AND price <= 3",
        f"{BUYER} price = 3 AND price = 3.0",
        "SELECT TOTAL(price) FROM orders WHERE status = 'a' AND status = 'b'",
        f"SELECT price FROM orders WHERE ({BUYER} status = 'a' AND status = 'b') IN ('x', 'y')",
        f"{BUYER} price > 3 AND price < 5",
        f"{BUYER} price > 3 AND price > 5",
        f"{BUYER} price > '9' AND price < '5'",
        f"{BUYER} price = 3 AND price = status",
        f"{BUYER} {' AND '.join(f'price = {number}' for number in range(4))}",
        f"{BUYER} {' AND '.join(f'price > {number}' for number in range(20))} AND price < 5",
        "SELECT COUNT(*) FROM orders WHERE status = 'a' AND status = 'b'",
        "SELECT buyer FROM orders WHERE status = 'a' AND status = 'b' GROUP BY buyer",
        f"{BUYER} status = 'a' AND status = 'b' ORDER BY price",
        f"{BUYER} status = 'a' AND status = 'b' UNION {BUYER} price > 3",
        f"SELECT price FROM orders WHERE buyer = ({BUYER} status = 'a' AND status = 'b')",
        "SELECT T1.buyer FROM orders AS T1 JOIN orders AS T2 ON T1.buyer = T2.buyer "
        "WHERE T1.status = 'a' AND T2.status = 'b'",
    ],
)
def test_else_it_is_let_be(sql: str) -> None:
    assert repair_running(sql, SCHEMA, question="Which were a, but not b?") is None


def test_a_condition_that_says_nothing_is_let_be_if_the_question_denies_nothing() -> None:
    sql = f"{KIND} status = 'a' AND status <> 'b'"
    assert repair_running(sql, SCHEMA, question="Which are a?") is None


NEW_AND_PAID = "Who has both new and paid orders?"


@pytest.mark.parametrize(
    ("sql", "question", "expected"),
    [
        (
            f"{BUYER} price > 1 AND status IN ('new', 'paid')",
            NEW_AND_PAID,
            f"{BUYER} price > 1 AND status = 'new' INTERSECT {BUYER} price > 1 AND status = 'paid'",
        ),
        (
            f"{BUYER} (price > 9 OR price < 5)",
            "Who has both an order above 9 and one below 5?",
            f"{BUYER} price > 9 INTERSECT {BUYER} price < 5",
        ),
    ],
)
def test_either_is_both_if_the_question_says_so(sql: str, question: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question=question)
    assert found is not None
    assert found.sql == expected
    assert repair_running(sql, SCHEMA, question=question.replace("both ", "")) is None
    assert repair_running(sql, SCHEMA, question=question.replace(" and ", " or ")) is None


@pytest.mark.parametrize(
    "sql",
    [
        f"{BUYER} status IN ('a', 'b', 'c', 'd')",
        f"{BUYER} status IN ('a')",
        f"{BUYER} status IN (SELECT kind FROM product)",
        f"{BUYER} status = 'a' OR buyer = 'b'",
        f"{BUYER} status = 'a' OR status = 'b' OR price > 3",
        f"{BUYER} price > 3 OR price < 9",
    ],
)
def test_either_is_not_both_where_one_row_can_have_both(sql: str) -> None:
    assert repair_running(sql, SCHEMA, question="Who has both a, b and c, and 3 and 9?") is None


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        ("SELECT status, price FROM orders WHERE status IN ('new', 'paid')", NEW_AND_PAID),
        ("SELECT buyer FROM orders WHERE status IN ('new', 'paid')", "Both buyers and orders, new and done"),
        ("SELECT kind FROM product WHERE product_id IN (1, 2)", "The kinds of both products 1 and 2"),
    ],
)
def test_what_one_row_gives_is_not_both(sql: str, question: str) -> None:
    assert repair_running(sql, SCHEMA, question=question) is None


def test_no_two_rows_have_one_key() -> None:
    """`product_id IN (…)` of two kinds is empty, who bought both is not."""
    inner = "SELECT product_id FROM product WHERE kind"
    found = repair_running(f"{BUYER} product_id IN ({inner} = 'tea' AND kind = 'milk') AND price > 1", SCHEMA)
    assert found is not None
    tea, milk = (f"{BUYER} product_id IN ({inner} = '{kind}') AND price > 1" for kind in ("tea", "milk"))
    assert found.sql == f"{tea} INTERSECT {milk}"
    assert repair_running(f"{inner} = 'tea' AND kind = 'milk'", SCHEMA) is None
    assert repair_running(f"{inner} IN ('tea', 'milk')", SCHEMA, question="both tea and milk") is None
    both = "SELECT * FROM orders WHERE status IN ('new', 'paid')"
    assert repair_running(both, SCHEMA, question="Show both new and paid orders") is None
    counted = f"SELECT COUNT(*) FROM orders WHERE product_id IN ({inner} = 'tea' AND kind = 'milk')"
    assert repair_running(counted, SCHEMA) is None


def test_each_change_is_named() -> None:
    found = repair_running(f"{BUYER} status = 'new' AND status = 'paid'", SCHEMA)
    assert found is not None
    assert found.changes == ("status = 'new' AND status = 'paid' → INTERSECT",)
