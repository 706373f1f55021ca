"""One model of VAT: what a tariff is, who charges tax, and which VAT numbers are confirmed.

Goods are goods and everything else an electronic service, until somebody says otherwise. Providers
in the EU that have no VAT number charge no tax: what an invoice shows is owed (Article 203). No
number there is confirmed yet; the worker asks about them.
"""

import sqlalchemy as sa
from alembic import op

revision = "panel_0030"
down_revision = "panel_0029"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
TARIFF = sa.table("tariff", sa.column("kind"), sa.column("supply"))
PROVIDER = sa.table(
    "provider", sa.column("country"), sa.column("vat_number"), sa.column("charges_tax")
)


def upgrade() -> None:
    op.execute(
        "ALTER TABLE tariff ADD COLUMN supply VARCHAR(32) NOT NULL DEFAULT 'electronic_service'"
        " CONSTRAINT ck_tariff_supplykind"
        " CHECK (supply IN ('electronic_service', 'service', 'goods'))"
    )
    op.execute(sa.update(TARIFF).where(TARIFF.c.kind == "goods").values(supply="goods"))
    for name, usual in (("charges_tax", sa.true()), ("one_stop_shop", sa.false())):
        op.add_column(
            "provider", sa.Column(name, sa.Boolean(), nullable=False, server_default=usual)
        )
    in_eu = PROVIDER.c.country.in_(EU)
    nameless = sa.update(PROVIDER).where(in_eu, PROVIDER.c.vat_number == "")
    op.execute(nameless.values(charges_tax=sa.false()))
    op.create_table(
        "vat_check",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "valid",
                "invalid",
                "unavailable",
                name="registeranswer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consultation", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_vat_check_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vat_check")),
    )
    op.create_index("ix_vat_check_client", "vat_check", ["client_id", "id"])


def downgrade() -> None:
    op.drop_table("vat_check")
    op.drop_column("provider", "one_stop_shop")
    op.drop_column("provider", "charges_tax")
    op.drop_column("tariff", "supply")
