"""What a shop says: titles of categories, terms of sale, where parcels are followed.

Tariffs keep their categories, which go by their names until they are given titles. Providers have
no terms and services no address until somebody enters them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "panel_0026"
down_revision = "panel_0025"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "tariff_category",
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("titles", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_tariff_category_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", "name", name=op.f("pk_tariff_category")),
    )
    for column in (
        sa.Column("terms_titles", JSON, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("terms_url", sa.String(), nullable=False, server_default=EMPTY),
        sa.Column("terms_version", sa.String(length=64), nullable=False, server_default=EMPTY),
    ):
        op.add_column("provider", column)
    tracking = sa.Column("tracking_url", sa.String(), nullable=False, server_default=EMPTY)
    op.add_column("delivery_service", tracking)
