"""The percent of each line's discount, so that a raised price keeps it and not the old sum.

Of orders there are it is read from their sums, as the shortest percentage that makes the discount;
no sum changes.
"""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "orders_0010"
down_revision = "orders_0009"
branch_labels = None
depends_on = None

DECIMALS = 4
LINE = sa.table(
    "order_line",
    sa.column("id"),
    sa.column("unit_price"),
    sa.column("quantity"),
    sa.column("discount"),
    # ten-thousandths, as kernel.db.Percent keeps it
    sa.column("discount_percent"),
)


def upgrade() -> None:
    column = sa.Column(
        "discount_percent", sa.Integer(), nullable=False, server_default=sa.text("0")
    )
    op.add_column("order_line", column)
    bind = op.get_bind()
    discounted = sa.select(LINE).where(LINE.c.discount > 0, LINE.c.unit_price > 0)
    rows = [
        {"one": row.id, "percent": int(percent.scaleb(DECIMALS))}
        for row in bind.execute(discounted).all()
        if (percent := _percent(row.unit_price * row.quantity, row.discount))
    ]
    if rows:
        one = LINE.c.id == sa.bindparam("one")
        changed = sa.update(LINE).where(one).values(discount_percent=sa.bindparam("percent"))
        bind.execute(changed, rows)


def _percent(price: int, discount: int) -> Decimal:
    exact = Decimal(discount) * 100 / price
    rounded = [round(exact, places) for places in range(DECIMALS + 1)]
    return next((p for p in rounded if _percent_of(price, p) == discount), rounded[-1])


def _percent_of(minor: int, percent: Decimal) -> int:
    """Rounded half up, as discounts were."""
    numerator, denominator = percent.as_integer_ratio()
    return (2 * minor * numerator + 100 * denominator) // (200 * denominator)
