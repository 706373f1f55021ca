"""The floor of placing: the same writes by hand, in one transaction.

It takes the stock, numbers the document from its series, and writes the rows of an order that the
panel has placed over again. It asks nothing: neither may the client, nor what does it cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.plain import Plain
from billing_panel.kernel.database.db import Base


@dataclass(frozen=True)
class Stored:
    """Rows of one table as they lie there, without the numbers the database gives."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @classmethod
    def read(cls, plain: Plain, table: str, where: str, value: int) -> "Stored":
        columns = tuple(c.name for c in Base.metadata.tables[table].columns if c.name != "id")
        sql = f"SELECT {_names(columns)} FROM {table} WHERE {where} = ?"
        return cls(table, columns, plain.rows(sql, (value,)))

    def write(self, plain: Plain, instead: Mapping[str, object], *, numbered: bool = False) -> int:
        """One statement for all rows; the id given to the row when it is ``numbered``, else 0."""
        marks = f"({', '.join('?' * len(self.columns))})"
        values = [
            plain.to_store(instead.get(name, value))
            for row in self.rows
            for name, value in zip(self.columns, row, strict=True)
        ]
        sql = f"INSERT INTO {self.table} ({_names(self.columns)}) VALUES "
        sql += ", ".join([marks] * len(self.rows))
        if numbered:
            return int(plain.value(sql + " RETURNING id", values))
        plain.rows(sql, values)
        return 0


@dataclass(frozen=True)
class Written:
    """All that was written with one order, ready to be written again for another client."""

    order: Stored
    lines: Stored
    taxes: Stored
    events: Stored
    document: Stored

    @classmethod
    def last(cls, plain: Plain) -> "Written":
        """Of the newest order."""
        order_id = plain.value("SELECT max(id) FROM orders")
        links = plain.rows("SELECT document_id FROM order_document WHERE order_id = ?", (order_id,))
        document_id = links[0][0] if links else 0
        last_event = plain.value(
            "SELECT max(id) FROM event WHERE subject_kind = 'order' AND subject_id = ?", (order_id,)
        )
        return cls(
            order=Stored.read(plain, "orders", "id", order_id),
            lines=Stored.read(plain, "order_line", "order_id", order_id),
            taxes=Stored.read(plain, "order_tax", "order_id", order_id),
            events=Stored.read(plain, "event", "id", last_event),
            document=Stored.read(plain, "document", "id", document_id),
        )

    def again(self, plain: Plain, client_id: int) -> None:
        with plain.transaction(writes=True):
            self._take_stock(plain)
            client = {"client_id": client_id}
            order_id = self.order.write(plain, client, numbered=True)
            self.lines.write(plain, {"order_id": order_id})
            self.taxes.write(plain, {"order_id": order_id})
            if self.document.rows:
                self._issue(plain, client_id, order_id)
            self.events.write(plain, {**client, "subject_id": order_id})

    def _take_stock(self, plain: Plain) -> None:
        ids = [row[self.lines.columns.index("tariff_id")] for row in self.lines.rows]
        marks = ", ".join("?" * len(ids))
        taken = plain.rows(
            f"UPDATE tariff SET stock = stock - 1 WHERE stock >= 1 AND id IN ({marks})"
            " RETURNING id",
            ids,
        )
        assert len(taken) == 1

    def _issue(self, plain: Plain, client_id: int, order_id: int) -> None:
        provider_id = self.document.rows[0][self.document.columns.index("provider_id")]
        number = plain.value(
            "UPDATE series_counter SET last = last + 1"
            " WHERE provider_id = ? AND series = 'proforma' RETURNING last",
            (provider_id,),
        )
        instead = {"client_id": client_id, "number": f"BY-HAND-{number}", "n": number}
        document_id = self.document.write(plain, instead, numbered=True)
        plain.rows(
            "INSERT INTO order_document (order_id, document_id) VALUES (?, ?)",
            (order_id, document_id),
        )
        self.events.write(plain, {"client_id": client_id, "subject_id": document_id})


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
