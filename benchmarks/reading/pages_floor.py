"""The floor of pages: rows read by hand, a bare Flask route, the page's own template.

The route asks nobody who they are, judges nothing and formats nothing that does not stand in the
template: that is given values which are ready, those the panel had made for the same page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Response, g, render_template
from flask_babel import Babel

from benchmarks.measuring.plain_sql import Plain
from benchmarks.reading.lists_floor import Page, heads_where, lines_of, read_orders
from billing_panel.kernel.values.id_or_name import MAX_ID
from billing_panel.web.shell.route_access import ATTRIBUTE

CLIENT = """
    SELECT c.*, m.credit_limit, m.blocked_reason, p.*, g.titles, g.discount_percent,
        (SELECT count(*) FROM client_group_forbidden_method f WHERE f.group_id = g.id)
    FROM client c
    JOIN membership m ON m.client_id = c.id
    JOIN provider p ON p.id = m.provider_id
    LEFT JOIN client_group g ON g.id = m.group_id
    WHERE c.id = ?
        AND m.provider_id IN (SELECT provider_id FROM staff_provider WHERE staff_id = ?)
"""
OWN = """
    SELECT c.*, m.*, p.*, g.*
    FROM client c
    JOIN membership m ON m.client_id = c.id
    JOIN provider p ON p.id = m.provider_id
    LEFT JOIN client_group g ON g.id = m.group_id
    WHERE c.id = ? AND p.id = ?
"""
CATEGORIES = "SELECT * FROM tariff_category WHERE provider_id = ? ORDER BY position"
IN_CART = """
    WHERE t.id IN (SELECT tariff_id FROM cart_line WHERE client_id = ? AND provider_id = ?)
"""
MONEY = "SELECT provider_id, kind, balance FROM ledger_account WHERE client_id = ?"
CART = "SELECT l.*, t.key, t.titles FROM cart_line l JOIN tariff t ON t.id = l.tariff_id"
PLACED_BY = """
    SELECT u.login, s.name FROM orders o
    JOIN user_account u ON u.id = o.placed_by_id LEFT JOIN staff s ON s.user_id = u.id
    WHERE o.id = ?
"""
CATALOGUE = """
    SELECT t.*,
        (SELECT {list}({tuple}(x.months, x.amount, x.points))
            FROM tariff_price x WHERE x.tariff_id = t.id),
        (SELECT {list}({tuple}(x.key, x.titles, x.unit, x.included, x.step, x.maximum,
            x.price_per_unit_month, x.choices)) FROM tariff_option x WHERE x.tariff_id = t.id),
        (SELECT {list}({tuple}(x.tariff_id, x.months))
            FROM bundle_part x WHERE x.bundle_id = t.id),
        (SELECT {list}({tuple}(x.allowed, g.key, g.titles, g.only_for))
            FROM tariff_group_rule x JOIN client_group g ON g.id = x.group_id
            WHERE x.tariff_id = t.id),
        (SELECT {list}(x.country) FROM tariff_country_rule x WHERE x.tariff_id = t.id),
        (SELECT {list}(x.required_id) FROM tariff_requirement x WHERE x.tariff_id = t.id)
    FROM tariff t WHERE t.provider_id = ? ORDER BY t.id
"""
PROVIDER = (
    "SELECT * FROM payment_method WHERE provider_id = ? ORDER BY position",
    "SELECT * FROM delivery_service WHERE provider_id = ? ORDER BY id",
    "SELECT * FROM tax_rate WHERE provider_id = ? ORDER BY since",
    "SELECT * FROM workflow_version WHERE provider_id = ? ORDER BY number DESC LIMIT 1",
)
HELD = """
    SELECT tariff_id, count(*) FROM service
    WHERE client_id = ? AND provider_id = ? AND state = 'active' GROUP BY tariff_id
"""
LIVE = """
    SELECT l.tariff_id,
        sum(CASE WHEN l.delivered_at IS NULL OR t.kind != 'service' THEN l.quantity ELSE 0 END),
        sum(o.points - o.paid_points),
        max(CASE WHEN o.paid = o.total AND o.paid_points = o.points THEN 1 ELSE 0 END)
    FROM orders o
    JOIN order_line l ON l.order_id = o.id
    JOIN tariff t ON t.id = l.tariff_id
    WHERE o.client_id = ? AND o.provider_id = ? AND o.stage IN ('new', 'open')
    GROUP BY l.tariff_id
"""
# the workflow it runs by, its deadline and its history
OF_ORDER = (
    "SELECT v.* FROM workflow_version v JOIN orders o ON o.workflow_id = v.id WHERE o.id = ?",
    "SELECT * FROM order_deadline WHERE order_id = ?",
    (
        "SELECT e.*, s.name FROM event e LEFT JOIN staff s ON s.user_id = e.user_id"
        " WHERE e.subject_kind = 'order' AND e.subject_id = ? ORDER BY e.id"
    ),
)
ROWS = 26


@dataclass(frozen=True)
class Ready:
    """A template, all that stands in its page, and who looks at it, as Flask-Login has them."""

    template: str
    values: Mapping[str, Any]
    who: Any


def floor_app(panel: Flask, ready: Ready, read: Callable[[], None]) -> Flask:
    """Answers every address of the panel with ``ready``, having ``read`` what it needs."""
    app = Flask("floor", static_folder=None)
    Babel(app)
    app.jinja_env = panel.jinja_env
    app.url_map.converters.update(panel.url_map.converters)

    def show(**_parts: object) -> Response:
        read()
        g._login_user = ready.who  # noqa: SLF001 (nobody is looked up)
        return Response(render_template(ready.template, **ready.values))

    for rule in panel.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint) or partial(show)
        app.add_url_rule(rule.rule, rule.endpoint, view, methods=["GET"])
        # templates ask what whoever looks may open
        declared = getattr(panel.view_functions[rule.endpoint], ATTRIBUTE, None)
        setattr(app.view_functions[rule.endpoint], ATTRIBUTE, declared)
    return app


def read_history(plain: Plain, client_id: int, staff_id: int) -> None:
    with plain.transaction():
        plain.rows(CLIENT, (client_id, staff_id))
        plain.rows(MONEY, (client_id,))
        plain.rows(f"{CART} WHERE l.client_id = ?", (client_id,))
        heads, _lines = read_orders(plain, Page(client_id, limit=ROWS), staff_id)
    assert len(heads) == ROWS


def read_order(plain: Plain, order_id: int, staff_id: int) -> None:
    with plain.transaction():
        heads = plain.rows(heads_where(plain, "o.id = ? AND"), (order_id, MAX_ID, staff_id, 1))
        lines_of(plain, [order_id])
        plain.rows(PLACED_BY, (order_id,))
        for sql in OF_ORDER:
            plain.rows(sql, (order_id,))
    assert len(heads) == 1


def read_new_order(plain: Plain, client_id: int, provider_id: int, staff_id: int) -> None:
    both = (client_id, provider_id)
    with plain.transaction():
        plain.rows(CLIENT, (client_id, staff_id))
        plain.rows(MONEY, (client_id,))
        plain.rows(f"{CART} WHERE l.client_id = ? AND l.provider_id = ?", both)
        for sql in PROVIDER:
            plain.rows(sql, (provider_id,))
        plain.rows(HELD, both)
        plain.rows(LIVE, both)
        tariffs = plain.rows(_catalogue(plain), (provider_id,))
    assert tariffs


def read_shop(plain: Plain, client_id: int, provider_id: int, *, whole: bool) -> None:
    """What the shop, the cart and the checkout of a client stand on; the shop has all tariffs."""
    both = (client_id, provider_id)
    with plain.transaction():
        plain.rows(OWN, both)
        plain.rows(MONEY, (client_id,))
        cart = plain.rows(f"{CART} WHERE l.client_id = ? AND l.provider_id = ?", both)
        for sql in (*PROVIDER, CATEGORIES):
            plain.rows(sql, (provider_id,))
        plain.rows(HELD, both)
        plain.rows(LIVE, both)
        tariffs = plain.rows(_catalogue(plain, whole=whole), both if not whole else (provider_id,))
    assert cart
    assert tariffs


def _catalogue(plain: Plain, *, whole: bool = True) -> str:
    own = (
        ("json_group_array", "json_array") if plain.is_sqlite else ("json_agg", "json_build_array")
    )
    sql = CATALOGUE.format(list=own[0], tuple=own[1])
    return sql if whole else sql.replace("WHERE t.provider_id = ? ORDER", f"{IN_CART} ORDER")
