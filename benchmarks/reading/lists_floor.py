"""The floor of lists of orders: two statements by hand, tuples, and the same JSON made of them.

The reader's scope, whose providers they work for, stands in the SQL. SQLite would take the index of
providers and then sort every order there is; a plus before the column keeps it from that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

from benchmarks.measuring.plain_sql import Plain, Row
from billing_panel.kernel.values.id_or_name import MAX_ID
from plugins.orders.store.models import FIRST_NUMBER

PAGE = 50

Json = dict[str, Any]

HEADS = """
    SELECT o.id, p.key, c.id, c.login, c.account_number, c.name, s.key, s.titles, o.stage,
        o.version, o.placed_at, m.key, o.currency, o.total, o.paid, o.points, o.paid_points,
        o.goods, o.delivery, o.discount, o.taxes_inside, o.treatment, o.note,
        (SELECT {list}({tuple}(t.percent, t.base, t.tax)) FROM order_tax t
            WHERE t.order_id = o.id),
        (SELECT {list}({tuple}(d.id, d.kind, d.number, d.issued_on, d.due_on, d.total))
            FROM order_document x JOIN document d ON d.id = x.document_id
            WHERE x.order_id = o.id)
    FROM orders o
    JOIN provider p ON p.id = o.provider_id
    JOIN client c ON c.id = o.client_id
    JOIN order_status s ON s.id = o.status_id
    JOIN payment_method m ON m.id = o.payment_method_id
    WHERE {where} o.id < ?
        AND {provider} IN (SELECT provider_id FROM staff_provider WHERE staff_id = ?)
    ORDER BY o.id DESC LIMIT ?
"""
LINES = """
    SELECT l.order_id, l.id, t.key, l.titles, l.months, l.quantity, l.options, l.tender,
        l.unit_price, l.setup_fee, l.discount, l.amount, l.tax_percent, l.points, l.delivered_at
    FROM order_line l JOIN tariff t ON t.id = l.tariff_id
    WHERE l.order_id IN ({marks}) ORDER BY l.order_id, l.position
"""


@dataclass(frozen=True)
class Page:
    """Orders of one client, or of all (None), older than ``before``."""

    client_id: int | None
    before: int | None = None
    limit: int = PAGE


def floor_app(plain: Plain, staff_id: int) -> Flask:
    app = Flask("floor")

    @app.get("/api/v1/orders")
    @app.get("/api/v1/clients/<int:client_id>/orders")
    def show(client_id: int | None = None) -> Response:
        page = Page(client_id, request.args.get("cursor", type=int))
        rows = floor_page(plain, page, staff_id)
        answer = {"items": rows, "next_cursor": str(rows[-1]["id"]) if rows else None}
        return Response(json.dumps(answer, ensure_ascii=False), content_type="application/json")

    return app


def read_orders(plain: Plain, page: Page, staff_id: int) -> tuple[list[Row], list[Row]]:
    """The orders of a page, and their lines."""
    client = () if page.client_id is None else (page.client_id,)
    where = "o.client_id = ? AND" if client else ""
    heads = plain.rows(
        heads_where(plain, where), (*client, page.before or MAX_ID, staff_id, page.limit)
    )
    return heads, lines_of(plain, [head[0] for head in heads])


def lines_of(plain: Plain, order_ids: Sequence[int]) -> list[Row]:
    # a list of nothing is a mistake to PostgreSQL
    if not order_ids:
        return []
    return plain.rows(LINES.format(marks=", ".join("?" * len(order_ids))), order_ids)


def floor_page(plain: Plain, page: Page, staff_id: int) -> list[Json]:
    with plain.transaction():
        heads, lines = read_orders(plain, page, staff_id)
    by_order: dict[int, list[Row]] = {}
    for line in lines:
        by_order.setdefault(line[0], []).append(line)
    return [_order(plain, head, by_order.get(head[0], [])) for head in heads]


def heads_where(plain: Plain, condition: str) -> str:
    """Takes the values of ``condition``, the id before which, the reader, and how many at most."""
    own = "json_group_array", "json_array", "+o.provider_id"
    if not plain.is_sqlite:
        own = "json_agg", "json_build_array", "o.provider_id"
    many, one, provider = own
    return HEADS.format(list=many, tuple=one, provider=provider, where=condition)


def _order(plain: Plain, head: Row, lines: list[Row]) -> Json:
    (id_, provider, client_id, login, account, name, status, titles, stage, version, *rest) = head
    (placed_at, method, currency, total, paid, points, paid_points, goods, *rest) = rest
    (delivery, discount, inside, treatment, note, taxes, documents) = rest
    left, left_points = total - paid, points - paid_points
    return {
        "id": id_,
        "number": str(FIRST_NUMBER + id_),
        "provider": provider,
        "client": {"id": client_id, "login": login, "account_number": account, "name": name},
        "status": status,
        "status_title": plain.from_json(titles)["en"],
        "stage": stage,
        "version": version,
        "placed_at": _moment(placed_at),
        "payment_method": method,
        "payment_state": _state(left, left_points, paid, paid_points),
        "total": _money(total, currency),
        "paid": _money(paid, currency),
        "left": _money(left, currency),
        "total_points": _points(points),
        "left_points": _points(left_points),
        "lines": [_line(plain, line, currency) for line in lines],
        "totals": {
            "goods": _money(goods, currency),
            "delivery": _money(delivery, currency),
            "discount": _money(discount, currency),
            "taxes": [
                {
                    "percent": _percent(percent),
                    "base": _money(base, currency),
                    "tax": _money(tax, currency),
                }
                for percent, base, tax in plain.from_json(taxes) or ()
            ],
            "taxes_inside": bool(inside),
            "treatment": treatment,
        },
        "invoices": [
            {
                "id": document_id,
                "kind": kind,
                "number": number,
                "issued_on": issued_on,
                "due_on": due_on,
                "total": _money(amount, currency),
            }
            for document_id, kind, number, issued_on, due_on, amount in plain.from_json(documents)
            or ()
        ],
        "note": note,
    }


def _line(plain: Plain, line: Row, currency: str) -> Json:
    (_, id_, tariff, titles, months, quantity, options, tender, unit_price, *rest) = line
    (setup_fee, discount, amount, percent, points, delivered_at) = rest
    return {
        "id": id_,
        "tariff": tariff,
        "title": plain.from_json(titles)["en"],
        "status": "delivered" if delivered_at else "ordered",
        "period": f"{months} months" if months else "once",
        "quantity": quantity,
        "options": plain.from_json(options),
        "pay_with": tender,
        "unit_price": _money(unit_price, currency),
        "setup_fee": _money(setup_fee, currency),
        "discount": _money(discount, currency),
        "amount": _money(amount, currency),
        "tax_percent": _percent(percent),
        "points": _points(points),
        "delivered_at": _moment(delivered_at) if delivered_at else None,
    }


def _state(left: int, left_points: int, paid: int, paid_points: int) -> str:
    if left == 0 and left_points == 0:
        return "paid"
    return "partly_paid" if paid or paid_points else "unpaid"


def _moment(stored: str | datetime) -> str:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC).isoformat()


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "currency": currency}


def _points(points: int) -> dict[str, str]:
    return {"amount": str(points), "currency": "points"}


def _percent(stored: int) -> str:
    return f"{stored / 10_000:g}"
