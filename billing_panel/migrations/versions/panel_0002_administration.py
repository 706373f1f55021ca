"""Administration, suspended services, void documents; in the ledger, credit is positive."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0002"
down_revision = "panel_0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("balance", "points", "receivable", "opening", "revenue", "bank", "cash", "card")


def upgrade() -> None:
    op.create_table(
        "logo",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_logo")),
    )
    # SQLite adds a reference only together with its column
    op.execute(
        "ALTER TABLE provider ADD COLUMN logo VARCHAR(64)"
        " CONSTRAINT fk_provider_logo_logo REFERENCES logo (digest)"
    )
    op.drop_column("provider", "workflow")
    op.add_column(
        "delivery_service",
        sa.Column("offered", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column("service", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "document_event",
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "voided",
                name="documenteventkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_event_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_document_event_user_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "kind", name=op.f("pk_document_event")),
    )
    _allow_accounts()
    _turn_receivables()


def _allow_accounts() -> None:
    """The kinds of ledger accounts stand in a CHECK."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_ledger_account_accountkind"), "ledger_account", type_="check")
        op.create_check_constraint(
            op.f("ck_ledger_account_accountkind"), "ledger_account", sa.column("kind").in_(KINDS)
        )
        return
    rewrite_table(op.get_bind(), "ledger_account", "'revenue'", "'revenue', 'bank', 'cash', 'card'")


def _turn_receivables() -> None:
    """Receivables and the revenue against them were the only entries with debit positive."""
    accounts = sa.table("ledger_account", sa.column("id"), sa.column("kind"), sa.column("balance"))
    postings = sa.table(
        "posting", sa.column("account_id"), sa.column("amount"), sa.column("balance_after")
    )
    turned = sa.select(accounts.c.id).where(accounts.c.kind.in_(["receivable", "revenue"]))
    op.execute(
        sa.update(postings)
        .where(postings.c.account_id.in_(turned))
        .values(amount=-postings.c.amount, balance_after=-postings.c.balance_after)
    )
    op.execute(
        sa.update(accounts)
        .where(accounts.c.kind.in_(["receivable", "revenue"]))
        .values(balance=-accounts.c.balance)
    )
