"""Workflows with versions; deadlines, what an order holds of stock, the services it opened."""

import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.sqlite import rewrite_table

revision = "orders_0002"
down_revision = "orders_0001"
branch_labels = None
depends_on = "panel_0002"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

STATUSES = sa.table(
    "order_status",
    sa.column("provider_id"),
    sa.column("key"),
    sa.column("position"),
    sa.column("titles", JSON),
    sa.column("stage"),
    sa.column("tone"),
    sa.column("shape"),
)


def upgrade() -> None:
    op.create_table(
        "workflow_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_workflow_version_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_workflow_version_made_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_version")),
        sa.UniqueConstraint(
            "provider_id", "number", name=op.f("uq_workflow_version_provider_id_number")
        ),
    )
    op.create_table(
        "order_deadline",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_deadline_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_deadline")),
    )
    op.create_index(op.f("ix_order_deadline_due_at"), "order_deadline", ["due_at"])
    op.create_table(
        "order_service",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("service_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_service_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_order_service_service_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "service_id", name=op.f("pk_order_service")),
    )
    op.create_index(op.f("ix_order_service_service_id"), "order_service", ["service_id"])
    op.add_column(
        "order_status",
        sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column("order_line", sa.Column("status", sa.String(length=64), nullable=True))
    op.add_column(
        "order_line",
        sa.Column("on_order", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _add_to_orders()
    _carry_over()
    _hold()
    op.drop_table("order_workflow")


def _add_to_orders() -> None:
    """``workflow_id`` must be there for each; what SQLite cannot say later it says at once."""
    op.add_column("orders", sa.Column("fields", JSON, nullable=False, server_default="{}"))
    op.add_column("orders", sa.Column("held", JSON, nullable=False, server_default="{}"))
    op.add_column(
        "orders",
        sa.Column(
            "status_since",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default="1970-01-01 00:00:00",
        ),
    )
    op.execute("UPDATE orders SET status_since = placed_at")
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("orders", sa.Column("workflow_id", BIG_ID, nullable=True))
        op.create_foreign_key(
            op.f("fk_orders_workflow_id"), "orders", "workflow_version", ["workflow_id"], ["id"]
        )
    else:
        op.execute(
            "ALTER TABLE orders ADD COLUMN workflow_id INTEGER"
            " CONSTRAINT fk_orders_workflow_id REFERENCES workflow_version (id)"
        )


def _carry_over() -> None:
    """Each provider's workflow becomes its first version, and its orders run by it."""
    bind = op.get_bind()
    running = bind.execute(sa.text("SELECT provider_id, key FROM order_workflow")).all()
    versions = sa.table(
        "workflow_version",
        sa.column("provider_id"),
        sa.column("number"),
        sa.column("key"),
        sa.column("content", JSON),
        sa.column("made_at", sa.DateTime(timezone=True)),
    )
    for provider_id, key in running:
        content = _shipped(key)
        bind.execute(
            sa.insert(versions).values(
                provider_id=provider_id,
                number=1,
                key=key,
                content=content,
                made_at=datetime.now(UTC),
            )
        )
        _write_statuses(provider_id, content)
    bind.execute(
        sa.text(
            "UPDATE orders SET workflow_id = (SELECT id FROM workflow_version"
            " WHERE workflow_version.provider_id = orders.provider_id)"
        )
    )
    # the debt of an order has its own name now, by which it is known to be open
    op.execute(
        "UPDATE ledger_entry SET key = replace(key, 'delivered:', 'debt:')"
        " WHERE key LIKE 'delivered:%'"
    )
    if bind.dialect.name == "postgresql":
        op.alter_column("orders", "workflow_id", nullable=False)
    else:
        rewrite_table(bind, "orders", "workflow_id INTEGER", "workflow_id INTEGER NOT NULL")


def _hold() -> None:
    """Orders on their way took what they need out of stock when they were placed."""
    bind = op.get_bind()
    counted = bind.execute(
        sa.text(
            "SELECT o.id, t.id AS tariff_id, SUM(l.quantity) AS quantity"
            " FROM orders o JOIN order_line l ON l.order_id = o.id"
            " LEFT JOIN bundle_part p ON p.bundle_id = l.tariff_id"
            " JOIN tariff t ON t.id = l.tariff_id OR t.id = p.tariff_id"
            " WHERE t.stock IS NOT NULL AND o.stage IN ('new', 'open')"
            " GROUP BY o.id, t.id"
        )
    )
    held: dict[int, dict[str, int]] = {}
    for row in counted:
        held.setdefault(row.id, {})[str(row.tariff_id)] = int(row.quantity)
    orders = sa.table("orders", sa.column("id"), sa.column("held", JSON))
    for order_id, quantities in held.items():
        bind.execute(sa.update(orders).where(orders.c.id == order_id).values(held=quantities))


def _shipped(key: str) -> dict[str, Any]:
    source = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _write_statuses(provider_id: int, content: dict[str, Any]) -> None:
    """Those that are not there yet, and all of them in their order."""
    bind = op.get_bind()
    place = {"provider": provider_id}
    there = set(
        bind.execute(
            sa.text("SELECT key FROM order_status WHERE provider_id = :provider"), place
        ).scalars()
    )
    for position, status in enumerate(content["status"]):
        values = {**place, "key": status["key"], "position": position}
        if status["key"] in there:
            bind.execute(
                sa.text(
                    "UPDATE order_status SET position = :position"
                    " WHERE provider_id = :provider AND key = :key"
                ),
                values,
            )
            continue
        bind.execute(
            sa.insert(STATUSES).values(
                provider_id=provider_id,
                position=position,
                **{name: status[name] for name in ("key", "titles", "stage", "tone", "shape")},
            )
        )
