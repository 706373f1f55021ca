"""Words for staff and words for clients are two fields: of a client group, and of a block.

What stood there until now, a group's title and the reason of a block, was written by staff for
staff: it stays theirs, and no client reads it any more. The words for clients begin empty. Until
somebody writes some, a client is shown no name of their group and reads "Orders are closed for now."
where they are blocked.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "panel_0013"
down_revision = "panel_0012"
branch_labels = None
depends_on = None

WORDS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "client_group", sa.Column("client_titles", WORDS, nullable=False, server_default="{}")
    )
    op.add_column(
        "membership", sa.Column("blocked_text", sa.String(), nullable=False, server_default="")
    )
