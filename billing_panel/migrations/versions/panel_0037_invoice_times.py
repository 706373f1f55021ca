"""Invoices once a month and advance invoices, by provider or as agreed with a client."""

from alembic import op

revision = "panel_0037"
down_revision = "panel_0036"
branch_labels = None
depends_on = None

TIMES = "'payment', 'delivery', 'within_five_days', 'monthly', 'advance'"


def upgrade() -> None:
    # the values stand in a CHECK of the column, which SQLite changes with the column alone
    op.execute("ALTER TABLE provider RENAME COLUMN invoice_time TO invoice_time_before")
    op.execute(
        "ALTER TABLE provider ADD COLUMN invoice_time VARCHAR(32) NOT NULL DEFAULT 'payment'"
        f" CONSTRAINT ck_provider_invoice_time CHECK (invoice_time IN ({TIMES}))"
    )
    op.execute("UPDATE provider SET invoice_time = invoice_time_before")
    op.execute("ALTER TABLE provider DROP COLUMN invoice_time_before")
    op.execute(
        "ALTER TABLE membership ADD COLUMN invoice_time VARCHAR(32)"
        f" CONSTRAINT ck_membership_invoicetime CHECK (invoice_time IN ({TIMES}))"
    )
