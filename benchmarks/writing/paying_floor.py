"""The floor of paying: the same locks and writes by hand, in one transaction.

It writes what the panel wrote for a payment in cash over again, for another order: with the receipt
or invoice that came of it, where the provider issues any. It asks nothing: neither may anybody pay,
nor is anything left to pay, nor which tax is in it.
"""

from dataclasses import dataclass

from benchmarks.measuring.plain_sql import Plain
from benchmarks.writing.placing_floor import Stored, issue_again
from billing_panel.kernel.tables.search_entries import first_id
from invoices.store.document_search import DOCUMENT

MOVE = (
    "UPDATE ledger_account SET balance = balance + ? WHERE id = ?"
    " AND (floor IS NULL OR balance + ? >= floor) RETURNING balance"
)
PAY = (
    "UPDATE orders SET paid = paid + ?, taxed = taxed + ?, version = version + ?,"
    " uninvoiced_since = ? WHERE id = ?"
)


@dataclass(frozen=True)
class Received:
    """All that was written with one payment; ``document`` and its ``words`` may have no row.

    ``waits``: since when the order is to be invoiced.
    """

    payment: Stored
    entry: Stored
    postings: Stored
    events: Stored
    document: Stored
    words: Stored
    amount: int
    tax: int
    waits: object

    @classmethod
    def last(cls, plain: Plain) -> "Received":
        """Of the newest payment."""
        payment_id = plain.value("SELECT max(id) FROM payment")
        entry_id = plain.value("SELECT max(id) FROM ledger_entry")
        ((order_id, amount),) = plain.rows(
            "SELECT order_id, amount FROM payment WHERE id = ?", (payment_id,)
        )
        events = Stored.all_of(plain, "event", _events_of_last(plain))
        about = zip(events.column("subject_kind"), events.column("subject_id"), strict=True)
        document_id = next((subject for kind, subject in about if kind == "document"), 0)
        return cls(
            payment=Stored.read(plain, "payment", "id", payment_id),
            entry=Stored.read(plain, "ledger_entry", "id", entry_id),
            postings=Stored.read(plain, "posting", "entry_id", entry_id),
            events=events,
            document=Stored.read(plain, "document", "id", document_id),
            words=Stored.all_of(plain, "search_entry", [first_id(DOCUMENT) + document_id]),
            amount=amount,
            tax=_tax_in(plain, entry_id),
            waits=plain.value("SELECT uninvoiced_since FROM orders WHERE id = ?", (order_id,)),
        )

    def again(self, plain: Plain, order_id: int) -> None:
        with plain.transaction(writes=True):
            client_id = self._lock(plain, order_id)
            payment_id = self.payment.write(plain, {"order_id": order_id}, numbered=True)
            self._post(plain, payment_id, order_id)
            subjects = {"order": order_id}
            if self.document.rows:
                subjects["document"] = self._issue(plain, client_id, order_id)
            about = self.events.column("subject_kind")
            steps = about.count("order")
            plain.rows(PAY, (self.amount, self.tax, steps, self.waits, order_id))
            self.events.write_each(
                plain,
                [{"client_id": client_id, "subject_id": subjects[kind]} for kind in about],
            )

    def _post(self, plain: Plain, payment_id: int, order_id: int) -> None:
        entry = {"key": f"by-hand:{payment_id}", "subject_id": order_id}
        entry_id = self.entry.write(plain, entry, numbered=True)
        accounts, amounts = self.postings.column("account_id"), self.postings.column("amount")
        after = [self._move(plain, *move) for move in zip(accounts, amounts, strict=True)]
        self.postings.write_each(
            plain, [{"entry_id": entry_id, "balance_after": balance} for balance in after]
        )

    def _issue(self, plain: Plain, client_id: int, order_id: int) -> int:
        document_id = issue_again(plain, self.document, client_id, order_id)
        place = {"id": first_id(DOCUMENT) + document_id, "subject_id": document_id}
        self.words.write(plain, place)
        return document_id

    @staticmethod
    def _lock(plain: Plain, order_id: int) -> int:
        """The pair and the order; the client's id."""
        locked = "" if plain.is_sqlite else " FOR UPDATE"
        ((client_id, provider_id),) = plain.rows(
            "SELECT client_id, provider_id FROM orders WHERE id = ?", (order_id,)
        )
        plain.rows(
            "SELECT client_id FROM membership WHERE client_id = ? AND provider_id = ?" + locked,
            (client_id, provider_id),
        )
        plain.rows("SELECT held FROM orders WHERE id = ?" + locked, (order_id,))
        return int(client_id)

    @staticmethod
    def _move(plain: Plain, account: int, amount: int) -> int:
        return int(plain.value(MOVE, (amount, account, amount)))


def _events_of_last(plain: Plain) -> list[int]:
    """Ids of all that was said of the newest payment."""
    first = plain.value("SELECT max(id) FROM event WHERE kind = 'payment.received'")
    return [one for (one,) in plain.rows("SELECT id FROM event WHERE id >= ?", (first,))]


def _tax_in(plain: Plain, entry_id: int) -> int:
    return int(
        plain.value(
            "SELECT coalesce(sum(p.amount), 0) FROM posting p"
            " JOIN ledger_account a ON a.id = p.account_id"
            " WHERE p.entry_id = ? AND a.kind = 'tax'",
            (entry_id,),
        )
    )
