"""Orders are searched by their number and by what was ordered, as it was called then."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.folded import searchable

revision = "orders_0011"
down_revision = "orders_0010"
branch_labels = None
depends_on = "panel_0019"

AT_ONCE = 1_000
FIRST_NUMBER = 10_000
ENTRY = sa.table("search_entry", *map(sa.column, ("kind", "subject_id", "words")))
ORDER = sa.table("orders", sa.column("id"))
LINE = sa.table(
    "order_line",
    *map(sa.column, ("order_id", "position", "tariff_id")),
    sa.column("titles", sa.JSON()),
)
TARIFF = sa.table("tariff", sa.column("id"), sa.column("key"))


def upgrade() -> None:
    bind = op.get_bind()
    columns = sa.inspect(bind).get_columns("search_entry")
    if any(column["name"] == "id" for column in columns):
        # the panel's own migrations are ahead: orders_0016 writes them all
        return
    last = 0
    ids = sa.select(ORDER.c.id).order_by(ORDER.c.id).limit(AT_ONCE)
    while found := bind.scalars(ids.where(ORDER.c.id > last)).all():
        last = found[-1]
        op.bulk_insert(ENTRY, [*_entries(bind, found)])


def _entries(bind: sa.Connection, ids: Sequence[int]) -> Iterator[dict[str, object]]:
    lines = (
        sa.select(LINE.c.order_id, LINE.c.titles, TARIFF.c.key)
        .join(TARIFF, TARIFF.c.id == LINE.c.tariff_id)
        .where(LINE.c.order_id.between(ids[0], ids[-1]))
        .order_by(LINE.c.order_id, LINE.c.position)
    )
    for order_id, rows in groupby(bind.execute(lines), attrgetter("order_id")):
        said = [words for row in rows for words in (row.key, *row.titles.values())]
        words = searchable(str(FIRST_NUMBER + order_id), *said)
        yield {"kind": "order", "subject_id": order_id, "words": words}
