"""The tables of the demo database, for any engine SQLAlchemy knows."""

from sqlalchemy import Column, Date, Double, ForeignKey, Integer, MetaData, Table, Text

metadata = MetaData()


def _key(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _refers(name: str, target: str, *, key: bool = False, optional: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(target), primary_key=key, nullable=optional, autoincrement=False)


grower = Table(
    "grower",
    metadata,
    _key("grower_id"),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("altitude_m", Integer),
)
coffee = Table(
    "coffee",
    metadata,
    _key("coffee_id"),
    Column("name", Text, nullable=False),
    _refers("grower_id", "grower.grower_id"),
    Column("process", Text, nullable=False),
    Column("price_per_kg", Double, nullable=False),
    Column("cupping_score", Double),
    Column("retired_on", Date),
)
employee = Table(
    "employee",
    metadata,
    _key("employee_id"),
    Column("name", Text, nullable=False),
    Column("job", Text, nullable=False),
    _refers("manager_id", "employee.employee_id", optional=True),
    Column("hired_on", Date, nullable=False),
)
customer = Table(
    "customer",
    metadata,
    _key("customer_id"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("joined_on", Date, nullable=False),
)
orders = Table(
    "orders",
    metadata,
    _key("order_id"),
    _refers("customer_id", "customer.customer_id"),
    _refers("employee_id", "employee.employee_id"),
    Column("ordered_on", Date, nullable=False),
    Column("shipped_on", Date),
)
order_line = Table(
    "order_line",
    metadata,
    _refers("order_id", "orders.order_id", key=True),
    _refers("coffee_id", "coffee.coffee_id", key=True),
    Column("kilograms", Double, nullable=False),
    Column("paid_per_kg", Double, nullable=False),
)
review = Table(
    "review",
    metadata,
    _refers("customer_id", "customer.customer_id", key=True),
    _refers("coffee_id", "coffee.coffee_id", key=True),
    Column("stars", Integer, nullable=False),
    Column("comment", Text),
)

COFFEE_SALES = """
CREATE VIEW coffee_sales AS
SELECT coffee.coffee_id, coffee.name,
       SUM(order_line.kilograms) AS kilograms,
       SUM(order_line.kilograms * order_line.paid_per_kg) AS revenue
FROM coffee JOIN order_line ON order_line.coffee_id = coffee.coffee_id
GROUP BY coffee.coffee_id, coffee.name
"""
