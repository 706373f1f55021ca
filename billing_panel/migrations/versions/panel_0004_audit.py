"""The log: addresses and words that can be erased, indexes, the seal; events are only added to."""

import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.append_only import make_append_only, refuse_when

revision = "panel_0004"
down_revision = "panel_0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
KEYS = ("client_id", "user_id", "provider_id", "kind")
INDEXES = (*((key, "at", "id") for key in KEYS), ("at", "id"))
# Everything but ``personal``, which may become NULL.
KEPT = (
    "id, at, kind, actor_kind, user_id, provider_id, client_id, subject_kind, subject_id, facts,"
    " personal_digest"
)
TYPED = ("reason", "fields")


def upgrade() -> None:
    op.add_column("event", sa.Column("personal", JSON, nullable=True))
    op.add_column("event", sa.Column("personal_digest", sa.String(length=64), nullable=True))
    for columns in INDEXES:
        op.create_index(op.f("_".join(("ix_event", *columns))), "event", columns)
    op.add_column("client", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "event_seal",
        # no foreign key: the seal of an event tells that it was there when it is gone
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_seal")),
    )
    op.create_table(
        "event_seal_mark",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("up_to", BIG_ID, nullable=False),
        sa.Column("writers", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_seal_mark")),
    )
    op.execute("INSERT INTO event_seal_mark (id, up_to, writers) VALUES (1, 0, '[]')")
    _part_words()
    make_append_only("event", KEPT)
    make_append_only("event_seal")
    refuse_when(
        "event_refuses_words", "UPDATE OF personal ON event", "event", "NEW.personal IS NOT NULL"
    )


def _part_words() -> None:
    """What people typed leaves the facts, which nobody may change from here on."""
    event = sa.table(
        "event",
        sa.column("id"),
        sa.column("kind"),
        sa.column("facts", JSON),
        sa.column("personal", JSON),
        sa.column("personal_digest"),
    )
    bind = op.get_bind()
    typed = event.c.kind.like("order.%") | (event.c.kind == "client.terms_changed")
    for row in bind.execute(sa.select(event.c.id, event.c.facts).where(typed)).all():
        facts, words = _parted(row.facts)
        if words:
            personal = {"salt": secrets.token_urlsafe(32), "address": "", "words": words}
            plain = json.dumps(personal, sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(plain.encode()).hexdigest()
            values = {"facts": facts, "personal": personal, "personal_digest": digest}
            bind.execute(sa.update(event).where(event.c.id == row.id).values(**values))


def _parted(facts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts without what was typed, and what was typed."""
    words = {name: facts[name] for name in TYPED if facts.get(name)}
    plain = {name: value for name, value in facts.items() if name not in TYPED}
    changes = dict(plain.get("changes", {}))
    if "blocked_reason" in changes:
        words["blocked_reason"] = changes.pop("blocked_reason")
        changes["blocked"] = [reason is not None for reason in words["blocked_reason"]]
        plain["changes"] = changes
    return plain, words
