"""The floor of firing deadlines: the same writes by hand, one transaction for each order.

It asks nothing: neither which way the workflow leads, nor what happens on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.measuring.plain_sql import Plain

BATCH = 500
DUE = "SELECT order_id FROM order_deadline WHERE due_at <= ? ORDER BY due_at, order_id LIMIT ?"
ORDER = "SELECT client_id, provider_id, version, held, status_id FROM orders WHERE id = ?"
DOCUMENTS = (
    "SELECT document.id, document.number FROM document"
    " JOIN order_document ON order_document.document_id = document.id"
    " WHERE order_document.order_id = ?"
)
EXPIRE = (
    "UPDATE orders SET status_id = ?, stage = 'lost', status_since = ?, held = ?,"
    " kept = 0, kept_tax = 0, kept_points = 0, version = version + 1 WHERE id = ?"
)
TOUCH = (
    "INSERT INTO dialogue"
    " (provider_id, client_id, order_id, messages, appeals, seen_id, last_at, last_open_at)"
    " VALUES (?, ?, ?, 0, 0, 0, ?, ?) ON CONFLICT (order_id)"
    " DO UPDATE SET last_at = excluded.last_at, last_open_at = excluded.last_open_at RETURNING id"
)
SAY = (
    "INSERT INTO message (dialogue_id, at, side, internal, automatic, has_sums, text, said)"
    " VALUES (?, ?, 'staff', ?, ?, ?, '', ?)"
)
SAID = {"kind": "status", "titles": {"en": "Expired"}}
EVENT = (
    "INSERT INTO event"
    " (at, kind, actor_kind, provider_id, client_id, subject_kind, subject_id, facts) VALUES "
)
FACTS = {
    "action": "deadline",
    "from": "awaiting_payment",
    "to": "expired",
    "fields": {},
    "version": 2,
    "effects": [
        "end_services",
        "void_documents",
        "return_payments",
        "return_stock",
        "notify_client",
    ],
}


@dataclass(frozen=True)
class Expiring:
    """``status_id``: of expired orders."""

    status_id: int

    @classmethod
    def of(cls, plain: Plain) -> "Expiring":
        return cls(
            plain.value(
                "SELECT s.id FROM order_status s JOIN provider p ON p.id = s.provider_id"
                " WHERE p.key = 'nordvik' AND s.key = 'expired'"
            )
        )

    def fire(self, plain: Plain, now: datetime) -> int:
        fired = 0
        while due := plain.rows(DUE, (plain.to_store(now), BATCH)):
            for (order_id,) in due:
                with plain.transaction(writes=True):
                    self._expire(plain, order_id, now)
            fired += len(due)
        return fired

    def _expire(self, plain: Plain, order_id: int, now: datetime) -> None:
        locked = "" if plain.is_sqlite else " FOR UPDATE"
        ((client_id, provider_id, _version, held, _status),) = plain.rows(
            ORDER + locked, (order_id,)
        )
        at = plain.to_store(now)
        who = (provider_id, client_id)
        notice = {"to": "client", "client_id": client_id, "language": "en", "status": "expired"}
        events: list[Sequence[object]] = [
            (at, "notice.due", "system", *who, "order", order_id, plain.to_store(notice)),
            (at, "order.moved", "system", *who, "order", order_id, plain.to_store(FACTS)),
        ]
        for document_id, number in plain.rows(DOCUMENTS, (order_id,)):
            plain.rows(
                "INSERT INTO document_event (document_id, kind, at) VALUES (?, 'voided', ?)",
                (document_id, at),
            )
            facts = plain.to_store({"number": number})
            events.append((at, "document.voided", "system", *who, "document", document_id, facts))
        for tariff_id, number in plain.from_json(held).items():
            plain.rows("UPDATE tariff SET stock = stock + ? WHERE id = ?", (number, int(tariff_id)))
        marks = f"({', '.join('?' * len(events[0]))})"
        values = [value for event in events for value in event]
        plain.rows(EVENT + ", ".join([marks] * len(events)), values)
        plain.rows(EXPIRE, (self.status_id, at, plain.to_store({}), order_id))
        plain.rows("DELETE FROM order_deadline WHERE order_id = ?", (order_id,))
        dialogue_id = plain.value(TOUCH, (*who, order_id, at, at))
        plain.rows(SAY, (dialogue_id, at, False, True, False, plain.to_store(SAID)))
