"""Providers whose clients may register by themselves. Nobody may until an owner switches it on."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0027"
down_revision = "panel_0026"
branch_labels = None
depends_on = None

NAME = "fk_provider_registration_group"
REFERENCE = "FOREIGN KEY(registration_group) REFERENCES client_group (key) ON UPDATE CASCADE"


def upgrade() -> None:
    op.add_column(
        "provider",
        sa.Column("registration_open", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("provider", sa.Column("registration_group", sa.String(length=64), nullable=True))
    bind, key = op.get_bind(), "CONSTRAINT pk_provider PRIMARY KEY (id)"
    if bind.dialect.name == "sqlite":
        rewrite_table(bind, "provider", key, f"{key}, \n\tCONSTRAINT {NAME} {REFERENCE}")
    else:
        op.execute(f"ALTER TABLE provider ADD CONSTRAINT {NAME} {REFERENCE}")
