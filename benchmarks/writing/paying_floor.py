"""The floor of paying: the same locks and writes by hand, in one transaction.

It writes what the panel wrote for a payment in cash over again, for another order. It asks nothing:
neither may anybody pay, nor is anything left to pay, nor which tax is in it.
"""

from dataclasses import dataclass

from benchmarks.measuring.plain_sql import Plain
from benchmarks.writing.placing_floor import Stored

MOVE = (
    "UPDATE ledger_account SET balance = balance + ? WHERE id = ?"
    " AND (floor IS NULL OR balance + ? >= floor) RETURNING balance"
)
PAY = "UPDATE orders SET paid = paid + ?, taxed = taxed + ?, version = version + ? WHERE id = ?"


@dataclass(frozen=True)
class Received:
    """All that was written with one payment; ``moves``: (account, amount), by account."""

    payment: Stored
    entry: Stored
    events: Stored
    moves: list[tuple[int, int]]
    amount: int
    tax: int

    @classmethod
    def last(cls, plain: Plain) -> "Received":
        """Of the newest payment."""
        payment_id = plain.value("SELECT max(id) FROM payment")
        entry_id = plain.value("SELECT max(id) FROM ledger_entry")
        moves = plain.rows(
            "SELECT p.account_id, p.amount, a.kind FROM posting p"
            " JOIN ledger_account a ON a.id = p.account_id WHERE p.entry_id = ? ORDER BY a.id",
            (entry_id,),
        )
        last = plain.value("SELECT max(id) FROM event")
        return cls(
            payment=Stored.read(plain, "payment", "id", payment_id),
            entry=Stored.read(plain, "ledger_entry", "id", entry_id),
            events=Stored.all_of(plain, "event", [last - 1, last]),
            moves=[(account, amount) for account, amount, _ in moves],
            amount=plain.value("SELECT amount FROM payment WHERE id = ?", (payment_id,)),
            tax=sum(amount for _, amount, kind in moves if kind == "tax"),
        )

    def again(self, plain: Plain, order_id: int) -> None:
        with plain.transaction(writes=True):
            self._lock(plain, order_id)
            payment_id = self.payment.write(plain, {"order_id": order_id}, numbered=True)
            entry = {"key": f"by-hand:{payment_id}", "subject_id": order_id}
            entry_id = self.entry.write(plain, entry, numbered=True)
            after = [self._move(plain, account, amount) for account, amount in self.moves]
            values = [
                value
                for (account, amount), balance in zip(self.moves, after, strict=True)
                for value in (entry_id, account, amount, balance)
            ]
            plain.rows(
                "INSERT INTO posting (entry_id, account_id, amount, balance_after) VALUES "
                + ", ".join(["(?, ?, ?, ?)"] * len(self.moves)),
                values,
            )
            plain.rows(PAY, (self.amount, self.tax, len(self.events.rows), order_id))
            self.events.write(plain, {"subject_id": order_id})

    @staticmethod
    def _lock(plain: Plain, order_id: int) -> None:
        locked = "" if plain.is_sqlite else " FOR UPDATE"
        ((client_id, provider_id),) = plain.rows(
            "SELECT client_id, provider_id FROM orders WHERE id = ?", (order_id,)
        )
        plain.rows(
            "SELECT client_id FROM membership WHERE client_id = ? AND provider_id = ?" + locked,
            (client_id, provider_id),
        )
        plain.rows("SELECT held FROM orders WHERE id = ?" + locked, (order_id,))

    @staticmethod
    def _move(plain: Plain, account: int, amount: int) -> int:
        return int(plain.value(MOVE, (amount, account, amount)))
