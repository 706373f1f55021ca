"""A user of a client has a role; whoever was there is an owner."""

from alembic import op

revision = "panel_0006"
down_revision = "panel_0005"
branch_labels = None
depends_on = None

ROLES = ("owner", "buyer", "accountant", "viewer")


def upgrade() -> None:
    known = ", ".join(f"'{role}'" for role in ROLES)
    # SQLite adds a check only together with its column
    op.execute(
        "ALTER TABLE client_user ADD COLUMN role VARCHAR(32) NOT NULL DEFAULT 'owner'"
        f" CONSTRAINT ck_client_user_clientrole CHECK (role IN ({known}))"
    )
