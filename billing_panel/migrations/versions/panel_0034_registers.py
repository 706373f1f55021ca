"""Registers read the documents and the entries of some days."""

from alembic import op

revision = "panel_0034"
down_revision = "panel_0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_entry_at", "ledger_entry", ["at"])
    op.create_index("ix_document_days", "document", ["provider_id", "issued_on", "id"])
