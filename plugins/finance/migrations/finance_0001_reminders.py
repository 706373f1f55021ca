"""Reminders of bills: no provider has any until somebody sets them up."""

import sqlalchemy as sa
from alembic import op

revision = "finance_0001"
down_revision = None
branch_labels = ("finance",)
depends_on = ("panel_0034", "orders_0025")

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STEPS = ("before", "first", "second", "third", "last")
OF_CLIENT, OF_ORDER = sa.text("order_id IS NULL"), sa.text("order_id IS NOT NULL")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _make_rules()
    _make_reminders()
    _make_pauses()


def _make_rules() -> None:
    op.create_table(
        "reminder_rules",
        sa.Column("provider_id", BIG_ID, nullable=False),
        *(sa.Column(step, sa.Integer(), nullable=True) for step in STEPS),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("to_client", sa.Boolean(), nullable=False),
        sa.Column("to_accounting", sa.Boolean(), nullable=False),
        sa.Column("attaches", sa.Boolean(), nullable=False),
        sa.Column("law", _one_of("interestlaw", "none", "eu", "ru"), nullable=False),
        sa.Column("margin", sa.Integer(), nullable=False),
        sa.Column("fixed_sum", sa.Boolean(), nullable=False),
        sa.Column("later_rate", sa.Integer(), nullable=True),
        sa.Column("later_since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_reminder_rules_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_reminder_rules")),
    )


def _make_reminders() -> None:
    op.create_table(
        "payment_reminder",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", _one_of("step", *STEPS), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("left", BIG_ID, nullable=False),
        sa.Column("interest", BIG_ID, nullable=False),
        sa.Column("fixed_sum", BIG_ID, nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        *_keys("payment_reminder", document_id="document.id"),
        sa.UniqueConstraint(
            *("order_id", "due_on", "step", "again"),
            name=op.f("uq_payment_reminder_order_id_due_on_step_again"),
        ),
    )
    for column in ("client_id", "provider_id"):
        name = op.f(f"ix_payment_reminder_{column}_id")
        op.create_index(name, "payment_reminder", [column, "id"])


def _make_pauses() -> None:
    op.create_table(
        "reminder_pause",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_reminder_pause_reason")),
        *_keys("reminder_pause"),
    )
    op.create_index(
        "ix_reminder_pause_pair",
        "reminder_pause",
        ["client_id", "provider_id"],
        unique=True,
        sqlite_where=OF_CLIENT,
        postgresql_where=OF_CLIENT,
    )
    op.create_index(
        "ix_reminder_pause_order",
        "reminder_pause",
        ["order_id"],
        unique=True,
        sqlite_where=OF_ORDER,
        postgresql_where=OF_ORDER,
    )


def _keys(table: str, **more: str) -> list[sa.Constraint]:
    """Its key, and what it names."""
    named = {
        "order_id": "orders.id",
        "provider_id": "provider.id",
        "client_id": "client.id",
        "user_id": "user_account.id",
        **more,
    }
    return [
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in named.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
