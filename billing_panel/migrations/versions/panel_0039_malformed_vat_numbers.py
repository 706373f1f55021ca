"""What is no VAT number of its country is remembered as such, not looked at each minute."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0039"
down_revision = "panel_0038"
branch_labels = None
depends_on = None

BEFORE = ("valid", "invalid", "unavailable")
ANSWERS = (*BEFORE, "malformed")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        name = op.f("ck_vat_check_registeranswer")
        op.drop_constraint(name, "vat_check", type_="check")
        op.create_check_constraint(name, "vat_check", sa.column("answer").in_(ANSWERS))
        return
    old, new = (", ".join(f"'{one}'" for one in some) for some in (BEFORE, ANSWERS))
    rewrite_table(op.get_bind(), "vat_check", old, new)
