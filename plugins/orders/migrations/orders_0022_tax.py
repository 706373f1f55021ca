"""Each line, delivery and sum of tax says its category and whose tax it is.

Orders there say what they were billed by: their treatment was one for the whole order.
"""

import sqlalchemy as sa
from alembic import op

revision = "orders_0022"
down_revision = "orders_0021"
branch_labels = None
depends_on = "panel_0030"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CATEGORIES = "'S', 'Z', 'E', 'AE', 'K', 'G', 'O'"
CATEGORY = """
    CASE o.treatment WHEN 'reverse_charge' THEN 'AE' WHEN 'export' THEN 'O'
    ELSE CASE WHEN {percent} > 0 THEN 'S' ELSE 'Z' END END
"""
PLACE = "CASE o.treatment WHEN 'domestic' THEN p.country ELSE c.country END"
OF_ORDER = """
    orders o JOIN provider p ON p.id = o.provider_id JOIN client c ON c.id = o.client_id
"""


def upgrade() -> None:
    _add("order_line", "tax_category", f"NOT NULL DEFAULT 'S'{_checked('order_line')}")
    _add("order_line", "tax_place", "NOT NULL DEFAULT ''", size=16)
    listed = sa.Column("listed_percent", sa.Integer(), nullable=False, server_default="0")
    op.add_column("order_line", listed)
    _add("orders", "delivery_tax_category", _checked("orders", "delivery_tax_category"))
    _add("orders", "delivery_tax_place", "", size=16)
    category = CATEGORY.format(percent="tax_percent")
    op.execute(
        f"UPDATE order_line SET"  # noqa: S608 (nothing of it was typed)
        f" tax_category = (SELECT {category} FROM {OF_ORDER} WHERE o.id = order_line.order_id),"
        f" tax_place = (SELECT {PLACE} FROM {OF_ORDER} WHERE o.id = order_line.order_id)"
    )
    category = CATEGORY.format(percent="o.delivery_tax_percent")
    op.execute(
        f"UPDATE orders SET"  # noqa: S608
        f" delivery_tax_category = (SELECT {category} FROM {OF_ORDER} WHERE o.id = orders.id),"
        f" delivery_tax_place = (SELECT {PLACE} FROM {OF_ORDER} WHERE o.id = orders.id)"
        f" WHERE delivery_tax_percent IS NOT NULL"
    )
    _key_of_taxes()


def _add(table: str, column: str, rest: str, *, size: int = 32) -> None:
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR({size}) {rest}")


def _checked(table: str, column: str = "tax_category") -> str:
    return f" CONSTRAINT ck_{table}_taxcategory CHECK ({column} IN ({CATEGORIES}))"


def _key_of_taxes() -> None:
    """A tax is one of a category, a percentage and a place; so it is kept."""
    category = CATEGORY.format(percent="t.percent")
    op.execute(
        f"CREATE TEMPORARY TABLE taxes_before AS"  # noqa: S608
        f" SELECT t.order_id, t.percent, {category} AS category, {PLACE} AS place, t.base, t.tax"
        f" FROM {OF_ORDER} JOIN order_tax t ON t.order_id = o.id"
    )
    op.drop_table("order_tax")
    op.create_table(
        "order_tax",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                *CATEGORIES.replace("'", "").split(", "),
                name="taxcategory",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("base", BIG_ID, nullable=False),
        sa.Column("tax", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_tax_order_id")),
        sa.PrimaryKeyConstraint(
            "order_id", "percent", "category", "place", name=op.f("pk_order_tax")
        ),
    )
    columns = "order_id, percent, category, place, base, tax"
    op.execute(f"INSERT INTO order_tax ({columns}) SELECT {columns} FROM taxes_before")  # noqa: S608
    op.execute("DROP TABLE taxes_before")
