"""Addresses of providers and clients have parts: lines, post code, city, region, country.

What was written before stays in the lines as it was; the city stays empty, and is asked for when
the details are saved, or goods are to be delivered there.
"""

import sqlalchemy as sa
from alembic import op

revision = "panel_0023"
down_revision = "panel_0022"
branch_labels = None
depends_on = None

PARTS = ("post_code", "city", "region")


def upgrade() -> None:
    for table, names in {
        "provider": PARTS,
        "client": (*PARTS, *(f"delivery_{part}" for part in PARTS)),
    }.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    country = sa.Column("delivery_country", sa.String(length=2), nullable=False, server_default="")
    op.add_column("client", country)
