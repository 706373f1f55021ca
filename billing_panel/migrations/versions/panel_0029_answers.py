"""Answers by mail: which letters take them, and what became of each that arrived."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0029"
down_revision = "panel_0028"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("taken", "refused")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "letter",
        sa.Column("takes_answers", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "mail_arrival",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *STATES, name="arrivalstate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("letter_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=True),
        sa.Column("client_id", BIG_ID, nullable=True),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_mail_arrival_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_mail_arrival_letter_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_mail_arrival_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_arrival")),
        sa.UniqueConstraint("key", name=op.f("uq_mail_arrival_key")),
    )
    for columns in (("provider_id", "id"), ("client_id", "id"), ("letter_id", "at")):
        name = op.f(f"ix_mail_arrival_{'_'.join(columns)}")
        op.create_index(name, "mail_arrival", [*columns])
