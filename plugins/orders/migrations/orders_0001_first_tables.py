"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0001"
down_revision = None
branch_labels = ("orders",)
depends_on = "panel_0001"


def upgrade() -> None:
    op.create_table(
        "order_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "titles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "new",
                "open",
                "done",
                "lost",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tone",
            sa.Enum(
                "mute",
                "ok",
                "warn",
                "bad",
                "info",
                "violet",
                name="tone",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "shape",
            sa.Enum(
                "ring",
                "half",
                "full",
                name="shape",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_order_status_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_status")),
        sa.UniqueConstraint("provider_id", "key", name=op.f("uq_order_status_provider_id_key")),
    )
    op.create_table(
        "cart_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "tariff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "tender",
            sa.Enum(
                "money",
                "points",
                name="tender",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_line_quantity")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_cart_line_client_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_cart_line_provider_id")
        ),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariff.id"], name=op.f("fk_cart_line_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
    )
    op.create_index(
        op.f("ix_cart_line_client_id_provider_id"),
        "cart_line",
        ["client_id", "provider_id"],
        unique=False,
    )
    op.create_table(
        "order_workflow",
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("split_by_availability", sa.Boolean(), nullable=False),
        sa.Column(
            "entry_status_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "entry_effects",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["entry_status_id"], ["order_status.id"], name=op.f("fk_order_workflow_entry_status_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_order_workflow_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_order_workflow")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "provider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "new",
                "open",
                "done",
                "lost",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "placed_by_kind",
            sa.Enum(
                "staff",
                "client",
                "system",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "placed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "payment_method_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("delivery_service", sa.String(length=64), nullable=True),
        sa.Column("delivery_address", sa.String(), nullable=False),
        sa.Column("delivery_tax_percent", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "treatment",
            sa.Enum(
                "domestic",
                "reverse_charge",
                "export",
                name="taxtreatment",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("taxes_inside", sa.Boolean(), nullable=False),
        sa.Column("goods", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("discount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "paid_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("paid >= 0 AND paid_points >= 0", name=op.f("ck_orders_paid")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_orders_client_id")),
        sa.ForeignKeyConstraint(["group_id"], ["orders.id"], name=op.f("fk_orders_group_id")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_method.id"], name=op.f("fk_orders_payment_method_id")
        ),
        sa.ForeignKeyConstraint(
            ["placed_by_id"], ["user_account.id"], name=op.f("fk_orders_placed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_orders_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["order_status.id"], name=op.f("fk_orders_status_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_group_id"), "orders", ["group_id"], unique=False)
    op.create_index("ix_orders_history", "orders", ["client_id", "id"], unique=False)
    op.create_index("ix_orders_provider", "orders", ["provider_id", "id"], unique=False)
    op.create_index(
        "ix_orders_stage", "orders", ["client_id", "provider_id", "stage"], unique=False
    )
    op.create_table(
        "order_document",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_order_document_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_document_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "document_id", name=op.f("pk_order_document")),
    )
    op.create_index(
        op.f("ix_order_document_document_id"), "order_document", ["document_id"], unique=False
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "tariff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "titles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "option_names", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "tender",
            sa.Enum(
                "money",
                "points",
                name="tender",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "unit_price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "setup_fee", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("discount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_percent", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariff.id"], name=op.f("fk_order_line_tariff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)
    op.create_table(
        "order_tax",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_tax_order_id")),
        sa.PrimaryKeyConstraint("order_id", "percent", name=op.f("pk_order_tax")),
    )


def downgrade() -> None:
    op.drop_table("order_tax")
    op.drop_index(op.f("ix_order_line_order_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index(op.f("ix_order_document_document_id"), table_name="order_document")
    op.drop_table("order_document")
    op.drop_index("ix_orders_stage", table_name="orders")
    op.drop_index("ix_orders_provider", table_name="orders")
    op.drop_index("ix_orders_history", table_name="orders")
    op.drop_index(op.f("ix_orders_group_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("order_workflow")
    op.drop_index(op.f("ix_cart_line_client_id_provider_id"), table_name="cart_line")
    op.drop_table("cart_line")
    op.drop_table("order_status")
