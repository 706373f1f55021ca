"""SQLite finds what is unread by its index: it compares conditions word for word."""

import sqlalchemy as sa
from alembic import op

revision = "notices_0002"
down_revision = "notices_0001"
branch_labels = None
depends_on = None

WORD_FOR_WORD = sa.text("listed = 1 AND read_at IS NULL")
UNREAD = sa.text("listed AND read_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_notice_unread", "notice")
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["user_id", "route", "id"],
        sqlite_where=WORD_FOR_WORD,
        postgresql_where=UNREAD,
    )
