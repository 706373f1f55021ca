"""Tax documents: their kinds, their series, and from which day a provider issues them.

Who was there before issues none until they say from when.
"""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0031"
down_revision = "panel_0030"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = ("proforma", "invoice", "credit_note")
KINDS = ("proforma", "advance", "invoice", "credit_note", "receipt")


def upgrade() -> None:
    _allow(KINDS, BEFORE)
    big = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE document ADD COLUMN corrects_id {big}"
        " CONSTRAINT fk_document_corrects_id REFERENCES document (id)"
    )
    op.create_index("ix_document_provider", "document", ["provider_id", "id"])
    corrects = sa.text("corrects_id IS NOT NULL")
    op.create_index(
        "ix_document_corrects",
        "document",
        ["corrects_id"],
        sqlite_where=corrects,
        postgresql_where=corrects,
    )
    for name in ("series_credit_note", "series_receipt"):
        op.add_column("provider", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name in ("first_credit_note", "first_receipt"):
        op.add_column("provider", sa.Column(name, BIG_ID, nullable=False, server_default="1"))
    op.add_column("provider", sa.Column("invoices_since", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE provider ADD COLUMN invoice_time VARCHAR(32) NOT NULL DEFAULT 'payment'"
        " CONSTRAINT ck_provider_invoicetime"
        " CHECK (invoice_time IN ('payment', 'delivery', 'within_five_days'))"
    )
    op.add_column(
        "client", sa.Column("registration_number", sa.String(), nullable=False, server_default="")
    )


def _allow(kinds: tuple[str, ...], before: tuple[str, ...]) -> None:
    """The kinds of documents stand in a CHECK."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_document_kind"), "document", type_="check")
        op.create_check_constraint(
            op.f("ck_document_kind"), "document", sa.column("kind").in_(kinds)
        )
        return
    old, new = (", ".join(f"'{kind}'" for kind in some) for some in (before, kinds))
    rewrite_table(op.get_bind(), "document", old, new)
