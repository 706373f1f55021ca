"""Pictures of a seller's signature and stamp; what fiscal devices answer to receipts."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0038"
down_revision = "panel_0037"
branch_labels = None
depends_on = None


BEFORE = ("void", "paid", "closed")
MARKS = (*BEFORE, "fiscal")


def upgrade() -> None:
    for name in ("signature", "stamp"):
        op.execute(
            f"ALTER TABLE provider ADD COLUMN {name} VARCHAR(64)"
            f" CONSTRAINT fk_provider_{name} REFERENCES logo (digest)"
        )
    for name in ("device", "link"):
        column = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("document_delivery", column)
    _allow_marks()


def _allow_marks() -> None:
    """The marks of copies stand in a CHECK."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_document_copy_mark"), "document_copy", type_="check")
        op.create_check_constraint(
            op.f("ck_document_copy_mark"), "document_copy", sa.column("mark").in_(MARKS)
        )
        return
    old, new = (", ".join(f"'{mark}'" for mark in some) for some in (BEFORE, MARKS))
    rewrite_table(op.get_bind(), "document_copy", old, new)
