"""Reference rates that a provider has entered: as many as it needs, where there was one."""

import sqlalchemy as sa
from alembic import op

revision = "finance_0003"
down_revision = "finance_0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LAWS = ("none", "eu", "ru")


def upgrade() -> None:
    law = sa.Enum(*LAWS, name="interestlaw", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "reference_rate",
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("law", law, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["reminder_rules.provider_id"],
            name=op.f("fk_reference_rate_provider_id"),
        ),
        sa.PrimaryKeyConstraint("provider_id", "law", "since", name=op.f("pk_reference_rate")),
    )
    # where no law was chosen, the rate is of the one that the seller may claim by
    op.execute(
        "INSERT INTO reference_rate (provider_id, law, since, percent)"
        " SELECT provider_id, CASE WHEN law <> 'none' THEN law WHEN country = 'RU' THEN 'ru'"
        " ELSE 'eu' END, later_since, later_rate"
        " FROM reminder_rules JOIN provider ON provider.id = provider_id"
        " WHERE later_since IS NOT NULL AND later_rate IS NOT NULL"
    )
    op.drop_column("reminder_rules", "later_rate")
    op.drop_column("reminder_rules", "later_since")
