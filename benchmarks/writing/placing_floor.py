"""The floor of placing: the same writes by hand, in one transaction.

It takes the stock, numbers the document from its series, and writes the rows of an order that the
panel has placed over again: its deadline, what it is found by, its dialogue with what is said there
and the log too; of each table all rows in one statement. It asks nothing: neither may the client,
nor what does it cost, nor who else places at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measuring.plain_sql import Plain
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.tables.search_entries import first_id
from invoices.store.document_search import DOCUMENT
from plugins.orders.store.order_search import ORDER


@dataclass(frozen=True)
class Stored:
    """Rows of one table as they lie there, without the numbers the database gives."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @classmethod
    def read(cls, plain: Plain, table: str, where: str, value: int) -> "Stored":
        columns = _columns(table)
        sql = f"SELECT {_names(columns)} FROM {table} WHERE {where} = ? ORDER BY 1"
        return cls(table, columns, plain.rows(sql, (value,)))

    @classmethod
    def all_of(cls, plain: Plain, table: str, ids: Sequence[int]) -> "Stored":
        """Those of ``ids``, in their order."""
        columns = _columns(table)
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT {_names(columns)} FROM {table} WHERE id IN ({marks}) ORDER BY id"
        return cls(table, columns, plain.rows(sql, ids))

    def column(self, name: str) -> list[Any]:
        """Its value in each row."""
        return [row[self.columns.index(name)] for row in self.rows]

    def write(self, plain: Plain, instead: Mapping[str, object], *, numbered: bool = False) -> int:
        """One statement for all rows; the id given to the row when it is ``numbered``, else 0."""
        return self.write_each(plain, [instead] * len(self.rows), numbered=numbered)

    def write_each(
        self, plain: Plain, instead: Sequence[Mapping[str, object]], *, numbered: bool = False
    ) -> int:
        """The same with values of its own for each row."""
        marks = f"({', '.join('?' * len(self.columns))})"
        values = [
            plain.to_store(own.get(name, value))
            for row, own in zip(self.rows, instead, strict=True)
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
    document: Stored
    deadline: Stored
    dialogue: Stored
    messages: Stored
    entries: Stored
    events: Stored

    @classmethod
    def last(cls, plain: Plain) -> "Written":
        """Of the newest order."""
        order_id = plain.value("SELECT max(id) FROM orders")
        links = plain.rows("SELECT document_id FROM order_document WHERE order_id = ?", (order_id,))
        document_id = links[0][0] if links else 0
        dialogue_id = plain.value("SELECT id FROM dialogue WHERE order_id = ?", (order_id,))
        places = [first_id(ORDER) + order_id, first_id(DOCUMENT) + document_id]
        last = plain.value("SELECT max(id) FROM event")
        events = [last - 1, last] if links else [last]
        return cls(
            order=Stored.read(plain, "orders", "id", order_id),
            lines=Stored.read(plain, "order_line", "order_id", order_id),
            taxes=Stored.read(plain, "order_tax", "order_id", order_id),
            document=Stored.read(plain, "document", "id", document_id),
            deadline=Stored.read(plain, "order_deadline", "order_id", order_id),
            dialogue=Stored.read(plain, "dialogue", "id", dialogue_id),
            messages=Stored.read(plain, "message", "dialogue_id", dialogue_id),
            entries=Stored.all_of(plain, "search_entry", places),
            events=Stored.all_of(plain, "event", events),
        )

    def again(self, plain: Plain, client_id: int) -> None:
        with plain.transaction(writes=True):
            self._take_stock(plain)
            client = {"client_id": client_id}
            order_id = self.order.write(plain, client, numbered=True)
            self.lines.write(plain, {"order_id": order_id})
            self.taxes.write(plain, {"order_id": order_id})
            subjects = {"order": order_id}
            if self.document.rows:
                subjects["document"] = issue_again(plain, self.document, client_id, order_id)
            if self.deadline.rows:
                self.deadline.write(plain, {"order_id": order_id})
            self.entries.write_each(
                plain,
                [
                    {"id": first_id(kind) + subjects[kind], "subject_id": subjects[kind]}
                    for kind in self.entries.column("kind")
                ],
            )
            about = self.events.column("subject_kind")
            self.events.write_each(
                plain, [{**client, "subject_id": subjects[kind]} for kind in about]
            )
            opened = {**client, "order_id": order_id}
            dialogue_id = self.dialogue.write(plain, opened, numbered=True)
            self.messages.write(plain, {"dialogue_id": dialogue_id})

    def _take_stock(self, plain: Plain) -> None:
        ids = [row[self.lines.columns.index("tariff_id")] for row in self.lines.rows]
        marks = ", ".join("?" * len(ids))
        taken = plain.rows(
            f"UPDATE tariff SET stock = stock - 1 WHERE stock >= 1 AND id IN ({marks})"
            " RETURNING id",
            ids,
        )
        assert len(taken) == 1


def issue_again(plain: Plain, document: Stored, client_id: int, order_id: int) -> int:
    """``document``, which is one, with the next number of its series; its id."""
    (provider_id,), (series,) = document.column("provider_id"), document.column("series")
    number = plain.value(
        "UPDATE series_counter SET last = last + 1"
        " WHERE provider_id = ? AND series = ? RETURNING last",
        (provider_id, series),
    )
    instead = {"client_id": client_id, "number": f"BY-HAND-{series}-{number}", "n": number}
    document_id = document.write(plain, instead, numbered=True)
    plain.rows(
        "INSERT INTO order_document (order_id, document_id) VALUES (?, ?)",
        (order_id, document_id),
    )
    return document_id


def _columns(table: str) -> tuple[str, ...]:
    """Without what the database gives: sums made of others, and numbers of its own."""
    there = Base.metadata.tables[table].columns
    return tuple(
        c.name for c in there if c.computed is None and (c.name != "id" or c.autoincrement is False)
    )


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
