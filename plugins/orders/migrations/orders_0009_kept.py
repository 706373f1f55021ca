"""What a client has of an order called off stays owed; workflows say where lines are delivered.

Balances, debts, documents and stock stay as they are. What is written down of older orders:

- Workflows that providers run, older versions too: each is given the words of today.
- Lines of orders that were called off by giving everything back count as taken back, as they were
  booked; how many is said.
- When an order was first under way, which line a service belongs to, and what of the stock is gone
  with lines that were delivered.

How a workflow written before says what it means:

1. Lines were delivered anywhere but in what is lost. In a status of stage new this is written down
   now; the shipped ones in which nothing is agreed yet are closed to it.
2. A row that calls an order off by giving everything back spares what was delivered. Staff say of
   each line whether it comes back; the client's and the system's rows leave it with the client, and
   its services run on.
3. What is lost and still owed can be paid, and taken back later.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0009"
down_revision = "orders_0008"
branch_labels = None
depends_on = "panel_0012"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NULLABLE_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
VERSION = sa.table(
    "workflow_version", sa.column("id"), sa.column("key"), sa.column("content", JSON)
)
ORDER = sa.table(
    "orders",
    sa.column("id"),
    sa.column("provider_id"),
    sa.column("stage"),
    sa.column("status_since", sa.DateTime(timezone=True)),
    sa.column("held", JSON),
    sa.column("kept"),
    sa.column("kept_tax"),
    sa.column("kept_points"),
    sa.column("taken_up_at", sa.DateTime(timezone=True)),
)
LINE = sa.table(
    "order_line",
    sa.column("id"),
    sa.column("order_id"),
    sa.column("tariff_id"),
    sa.column("quantity"),
    sa.column("delivered_at", sa.DateTime(timezone=True)),
    sa.column("taken_back_at", sa.DateTime(timezone=True)),
    sa.column("gone", NULLABLE_JSON),
)
EVENT = sa.table(
    "event",
    sa.column("id"),
    sa.column("kind"),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("subject_kind"),
    sa.column("subject_id"),
    sa.column("facts", JSON),
)
STATUS = sa.table("order_status", sa.column("provider_id"), sa.column("key"), sa.column("stage"))
PART = sa.table("bundle_part", sa.column("bundle_id"), sa.column("tariff_id"))

Row = dict[str, Any]

# of what is alike, what was delivered at the moment the service began; then parts of bundles
GIVE_LINES = (
    (
        "UPDATE order_service SET line_id = (SELECT min(l.id)"
        " FROM order_line l JOIN service s ON s.id = order_service.service_id"
        " WHERE l.order_id = order_service.order_id AND l.delivered_at = s.since"
        " AND l.tariff_id = s.tariff_id AND l.months = s.months) WHERE line_id IS NULL"
    ),
    (
        "UPDATE order_service SET line_id = (SELECT min(l.id)"
        " FROM order_line l JOIN service s ON s.id = order_service.service_id"
        " WHERE l.order_id = order_service.order_id AND l.delivered_at IS NOT NULL"
        " AND l.tariff_id = s.tariff_id) WHERE line_id IS NULL"
    ),
    (
        "UPDATE order_service SET line_id = (SELECT min(l.id)"
        " FROM order_line l JOIN service s ON s.id = order_service.service_id"
        " JOIN bundle_part p ON p.bundle_id = l.tariff_id AND p.tariff_id = s.tariff_id"
        " WHERE l.order_id = order_service.order_id AND l.delivered_at IS NOT NULL)"
        " WHERE line_id IS NULL"
    ),
)
# shipped statuses of stage new in which nothing is agreed
CLOSED = {
    ("desk", "new"),
    ("marketplace", "awaiting_confirmation"),
    ("webshop", "payment_failed"),
    ("webshop", "awaiting_payment"),
}
WHEN = {("webshop", "incomplete"): ["taken_up"]}
GIVES_BACK = {"void_documents", "return_payments"}
TAKES_BACK = "take_back_lines"
PAID_ASKS = ["payment_method", "amount", "reference"]


def upgrade() -> None:
    _add_columns()
    _give_words()
    _mark_taken_back()
    _mark_taken_up()
    _give_services_their_lines()
    _mark_gone()


def _add_columns() -> None:
    for name in ("kept", "kept_tax", "kept_points"):
        op.add_column("orders", sa.Column(name, BIG_ID, nullable=True))
    op.add_column("orders", sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "order_line", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("order_line", sa.Column("gone", NULLABLE_JSON, nullable=True))
    big = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE order_service ADD COLUMN line_id {big}"
        " CONSTRAINT fk_order_service_line_id REFERENCES order_line (id)"
    )


def _give_words() -> None:
    bind = op.get_bind()
    changed = 0
    for row in bind.execute(sa.select(VERSION).order_by(VERSION.c.id)).all():
        content = with_words_of_today(row.key, row.content)
        if content != row.content:
            changed += 1
            bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(content=content))
    if changed:
        click.echo(f"Versions of workflows given the words of today: {changed}.")


def _mark_taken_back() -> None:
    """Of orders whose last step gave everything back."""
    bind = op.get_bind()
    last = (
        sa.select(sa.func.max(EVENT.c.id))
        .where(EVENT.c.subject_kind == "order", EVENT.c.kind == "order.moved")
        .where(EVENT.c.subject_id.in_(sa.select(ORDER.c.id).where(ORDER.c.stage == "lost")))
        .group_by(EVENT.c.subject_id)
    )
    moved = bind.execute(sa.select(EVENT.c.subject_id, EVENT.c.facts).where(EVENT.c.id.in_(last)))
    given_back = [
        {"order": order_id}
        for order_id, facts in moved
        if "return_payments" in facts.get("effects", ())
    ]
    if not given_back:
        return
    since = sa.select(ORDER.c.status_since).where(ORDER.c.id == LINE.c.order_id).scalar_subquery()
    delivered = LINE.c.delivered_at.is_not(None)
    of_order = LINE.c.order_id == sa.bindparam("order")
    before = bind.scalar(sa.select(sa.func.count()).select_from(LINE).where(delivered))
    bind.execute(
        sa.update(LINE).where(of_order, delivered).values(taken_back_at=since, delivered_at=None),
        given_back,
    )
    after = bind.scalar(sa.select(sa.func.count()).select_from(LINE).where(delivered))
    bind.execute(
        sa.update(ORDER)
        .where(ORDER.c.id == sa.bindparam("order"))
        .values(kept=0, kept_tax=0, kept_points=0),
        given_back,
    )
    if before != after:
        click.echo(
            "Delivered lines of orders that were called off, which count as taken back, as their"
            f" money and stock were booked: {(before or 0) - (after or 0)}."
        )


def _mark_taken_up() -> None:
    """By the status of today, else by the steps of the order's history."""
    bind = op.get_bind()
    on_its_way = ORDER.c.stage.in_(["open", "done"])
    bind.execute(sa.update(ORDER).where(on_its_way).values(taken_up_at=ORDER.c.status_since))
    under_way = {
        (row.provider_id, row.key)
        for row in bind.execute(sa.select(STATUS).where(STATUS.c.stage.in_(["open", "done"])))
    }
    steps = (
        sa.select(EVENT.c.subject_id, EVENT.c.at, EVENT.c.facts, ORDER.c.provider_id)
        .join(ORDER, ORDER.c.id == EVENT.c.subject_id)
        .where(EVENT.c.subject_kind == "order", EVENT.c.kind == "order.moved")
        .where(~on_its_way)
        .order_by(EVENT.c.id)
    )
    first: dict[int, Any] = {}
    for order_id, at, facts, provider_id in bind.execute(steps):
        if {(provider_id, facts["from"]), (provider_id, facts["to"])} & under_way:
            first.setdefault(order_id, at)
    if first:
        bind.execute(
            sa.update(ORDER)
            .where(ORDER.c.id == sa.bindparam("order"))
            .values(taken_up_at=sa.bindparam("since")),
            [{"order": order_id, "since": at} for order_id, at in first.items()],
        )


def _give_services_their_lines() -> None:
    """Of alike lines delivered at once it is the first."""
    for statement in GIVE_LINES:
        op.execute(statement)


def _mark_gone() -> None:
    bind = op.get_bind()
    parts: dict[int, list[int]] = {}
    for bundle_id, tariff_id in bind.execute(sa.select(PART.c.bundle_id, PART.c.tariff_id)):
        parts.setdefault(bundle_id, []).append(tariff_id)
    delivered = (
        sa.select(LINE.c.id, LINE.c.order_id, LINE.c.tariff_id, LINE.c.quantity, ORDER.c.held)
        .join(ORDER, ORDER.c.id == LINE.c.order_id)
        .where(LINE.c.delivered_at.is_not(None))
        .order_by(LINE.c.order_id, LINE.c.id)
    )
    gone = [*_gone(bind.execute(delivered).all(), parts)]
    if gone:
        bind.execute(
            sa.update(LINE)
            .where(LINE.c.id == sa.bindparam("line"))
            .values(gone=sa.bindparam("counts", type_=NULLABLE_JSON)),
            gone,
        )


def _gone(rows: Any, parts: Mapping[int, list[int]]) -> Iterator[dict[str, Any]]:
    """Of each line what its order still has out of stock for it."""
    there: dict[int, Counter[str]] = {}
    for line_id, order_id, tariff_id, quantity, held in rows:
        left = there.setdefault(order_id, Counter(held))
        wanted = Counter[str]()
        for one in (tariff_id, *parts.get(tariff_id, ())):
            wanted[str(one)] += quantity
        own = wanted & left
        left -= own
        if own:
            yield {"line": line_id, "counts": dict(own)}


def with_words_of_today(key: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """``content``: a whole workflow file; ``key``: the shipped one it was made from."""
    rows = [row for old in content.get("transition", []) for row in _called_off(key, content, old)]
    lost = [status["key"] for status in content["status"] if status["stage"] == "lost"]
    if lost:
        rows += _of_lost(key, content, lost, rows)
    opened = _delivering_from(content, rows)
    return {
        **content,
        "status": [_status(key, status, opened) for status in content["status"]],
        "transition": rows,
    }


def _status(key: str, status: Row, opened: set[str]) -> Row:
    """``opened``: those from which a row delivers lines."""
    if status["stage"] != "new" or "delivers" in status:
        return status
    place = (key, status["key"])
    if place in CLOSED and status["key"] not in opened:
        return status
    when = {"delivers_when": WHEN[place]} if place in WHEN else {}
    return {**status, "delivers": True, **when}


def _delivering_from(content: Mapping[str, Any], rows: Sequence[Row]) -> set[str]:
    return {
        source
        for row in rows
        if "deliver_lines" in _several(row, "effects") and not row.get("first")
        for source in _sources(content, row)
    }


def _called_off(key: str, content: Mapping[str, Any], row: Row) -> Iterator[Row]:
    effects = _several(row, "effects")
    stages = {status["key"]: status["stage"] for status in content["status"]}
    if TAKES_BACK in effects or stages.get(row.get("to", "")) != "lost":
        yield row
        return
    staff = [who for who in _several(row, "by") if who.partition(":")[0] == "staff"]
    others = [who for who in _several(row, "by") if who not in staff]
    if not GIVES_BACK & {*effects}:
        ends = key == "hosting" and effects == ["end_services"] and staff and not others
        yield {**row, "effects": [TAKES_BACK, *effects, *sorted(GIVES_BACK)[::-1]]} if ends else row
        return
    rest = [name for name in effects if name != "end_services"]
    if others or not staff:
        yield {**row, **({"by": others} if others else {}), "effects": rest}
    if staff:
        yield {**row, "by": staff, "effects": [TAKES_BACK, *rest]}


def _of_lost(
    key: str, content: Mapping[str, Any], lost: Sequence[str], rows: Sequence[Row]
) -> Iterator[Row]:
    pays = [row for row in rows if "pay" in _several(row, "action")]
    paid = {source for row in pays for source in _sources(content, row)}
    if pays and (unpaid := [status for status in lost if status not in paid]):
        yield {
            "from": unpaid,
            "action": ["pay"],
            "by": _several(pays[0], "by"),
            "requires": ["owed"],
            "asks": PAID_ASKS,
            "effects": ["take_payment"],
        }
    named = {action for row in rows for action in _several(row, "action")}
    if "take_back" not in named | {action["key"] for action in content.get("action", [])}:
        yield {
            "from": [*lost],
            "action": ["take_back"],
            "by": ["staff"],
            "requires": ["something_delivered"],
            "effects": [TAKES_BACK, "void_documents", "return_payments", "return_stock"],
        }
    ended = {
        source
        for row in rows
        if "term_ended" in _several(row, "action")
        for source in _sources(content, row)
    }
    if key == "hosting" and (running := [status for status in lost if status not in ended]):
        yield {
            "from": running,
            "action": ["term_ended"],
            "by": ["system"],
            "effects": ["end_services", "return_stock"],
        }


def _sources(content: Mapping[str, Any], row: Row) -> Iterator[str]:
    for written in _several(row, "from"):
        stage = written.removeprefix("stage:")
        if stage == written:
            yield written
        else:
            yield from (
                status["key"]
                for status in content["status"]
                if status["stage"] == stage and status["key"] != row.get("to")
            )


def _several(row: Row, name: str) -> list[str]:
    written = row.get(name) or []
    return [written] if isinstance(written, str) else [*written]
