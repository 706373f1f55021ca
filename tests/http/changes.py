"""Every route that changes something, with what works there for an owner, and whom it is for.

Written by hand from docs/rights.md, so that code and words are compared. Where a field of a form or
of a body asks for a function of its own, that field has a row of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.web.shell.staged_matrix import BETWEEN, mark_of
from plugins.orders.functions import ACTING
from tests.http.form import fill, form_of
from tests.http.visitor import Visitor, elements
from tests.http.visitor import field as field_of

# a function, or several of which each is enough
Asked = str | frozenset[str]
Places = Mapping[str, Any]

NOBODY: frozenset[ClientRole] = frozenset()
BUYERS = frozenset({ClientRole.OWNER, ClientRole.BUYER})
PAYERS = frozenset({ClientRole.OWNER, ClientRole.ACCOUNTANT})
MANAGERS = frozenset({ClientRole.OWNER})
TALKERS = BUYERS | PAYERS
EVERYBODY = frozenset(ClientRole)
TALKS = ("messages:message:read", "messages:message:write")


@dataclass(frozen=True)
class Change:
    """``asks``: all of them. ``sent``: JSON, or the fields of a form, or what makes these.

    ``clients``: of the client's users those who may too. ``to``: arguments of the address that are
    not those of ``places``. ``owners_alone``: it holds for every provider, or for one of the
    owner's own. ``owner`` False: it is the owner's own doing, on which somebody else decides.
    ``of_field``: whoever lacks a function is told so on the page, or has the field left as it was.
    """

    route: str
    asks: Sequence[Asked]
    sent: Mapping[str, Any] | Callable[[Visitor, Places], Any] = field(default_factory=dict)
    clients: frozenset[ClientRole] = NOBODY
    to: Mapping[str, str] = field(default_factory=dict)
    owners_alone: bool = False
    owner: bool = True
    of_field: bool = False


def any_of(*functions: str) -> frozenset[str]:
    return frozenset(functions)


def seven_of_it(_owner: Visitor, places: Places) -> dict[str, Any]:
    """The first line of the order, seven of it, and no other."""
    return {"lines": [{"id": places["order_line_id"], "quantity": 7}]}


def form(path: str, form_id: str = "details", /, **typed: Any) -> Callable[[Visitor, Places], Any]:
    """The form of that page as an owner sees it, with ``typed`` in it.

    Terms are sent without the state they were seen in: to others they look otherwise.
    """

    def sent(owner: Visitor, places: Places) -> MultiDict[str, str]:
        page = owner.get(path.format(**places))
        assert page.status_code == 200, path
        return fill(page, form_id, **{"nordvik-seen": None}, **typed)[1]

    return sent


def matrix(path: str, cell: tuple[str, str]) -> Callable[[Visitor, Places], Any]:
    """The cells that are On, and one more, looked at and saved."""

    def sent(owner: Visitor, places: Places) -> MultiDict[str, str]:
        found = elements(owner.get(path.format(**places)))
        on = [
            one.attributes["value"]
            for one in found
            if one.attributes.get("name") == "cell" and "checked" in one.attributes
        ]
        seen = next(o.attributes["value"] for o in found if o.attributes.get("name") == "seen")
        on.append(BETWEEN.join(cell))
        cells = [tuple(one.split(BETWEEN)) for one in on]
        fields = [("seen", seen), ("do", "save"), ("reviewed", mark_of(cells))]  # type: ignore[arg-type]
        return MultiDict([*fields, *(("cell", one) for one in on)])

    return sent


def status_list(owner: Visitor, places: Places) -> MultiDict[str, str]:
    """The list of statuses, with the first turned round with the second."""
    found = elements(owner.get("/order-statuses/{key}".format(**places)))
    sent = MultiDict[str, str]()
    for one in found:
        name, value = one.attributes.get("name", ""), one.attributes.get("value", "")
        if name in {"order", "seen"} or (name == "enabled" and "checked" in one.attributes):
            sent.add(name, value)
    order = sent.poplist("order")
    sent.setlist("order", [order[1], order[0], *order[2:]])
    return sent


def by_hand(minor: int) -> Callable[[Visitor, Places], Any]:
    """A credit (given) or a debit, with the balance after it that the page has shown."""
    typed = {"provider": "nordvik", "amount": "1", **REASON, "account": "money"}
    if minor > 0:
        typed["method"] = "-"
    return lambda _owner, places: {**typed, "after": str(places["balance"] + minor)}


def confirmed(**typed: str) -> Callable[[Visitor, Places], Any]:
    """A step that can't be undone, with the mark of the page that says what follows."""

    def sent(owner: Visitor, places: Places) -> MultiDict[str, str]:
        path = f"/orders/{places['order_id']}/move"
        return form_of(owner.send(path, **typed), path)[1]

    return sent


def from_cart(owner: Visitor, places: Places) -> MultiDict[str, str]:
    """A position of the client's cart, at the total that the page shows."""
    sent = {"provider": "nordvik", "cart": str(places["line_id"]), "payment_method": "cash"}
    page = owner.send(f"/clients/{places['client_id']}/orders/new", **sent, do="quote")
    totals = {name: field_of(page, name) for name in ("expected_total", "expected_points")}
    return MultiDict({**sent, **totals, "do": "place"})


REASON = {"reason": "because"}
LINE = {"tariff": "web-start", "period": "1 month"}
MONEY = {"amount": "1.00", **REASON, "provider": "nordvik"}
NEW_CLIENT = {"login": "new.client", "name": "New", "kind": "company", "country": "BG"}
TOP_UP = {"amount": "5.00", "method": "cash", "provider": "nordvik"}
CASH = {"method": "cash", "amount": "1.00"}
BALANCE = {"method": "balance", "amount": "1.00"}
READ = "orders:order:read"
CHANGES_WEBHOOKS = "webhooks:endpoint:change"
WEBHOOK, RECEIVER = "/webhooks/<bigid:endpoint_id>", "https://crm.example.com/hooks"
RECORD, PAY = "orders:payment:record", "orders:order:pay"
CANCEL = any_of("orders:order:cancel", "orders:status:change")
SWITCHED = "catalog:tariff:read"
REMIND, RULES = "finance:reminder:send", "finance:reminder_rules:change"
ACTS = any_of(*map(str, ACTING))
# a payment method that is switched off until then
OFF = {"until": "2026-12-01T10:00:00+00:00", "for_clients": "because"}

LETTER_TEXT = "/mail/<key>/<letter_kind>/<lang>"
LETTER_PAGE = "/mail/{key}/{letter_kind}/{lang}"

API = "/api/v1"
CLIENT = f"{API}/clients/<bigid:client_id>"
ORDER = f"{API}/orders/<bigid:order_id>"
OF_TOP_UP = "/top-ups/<bigid:top_up_id>"
OF_CLIENT = "/clients/<bigid:client_id>"
OF_ORDER = "/orders/<bigid:order_id>"
STATUSES = "/order-statuses/<key>"
STATUS = "/order-statuses/{key}/status/"

OF_THE_API = (
    Change(
        f"PUT {API}/roles/<address>/functions",
        ["rights:department:change", SWITCHED],
        {"functions": [SWITCHED]},
        to={"address": "nobodys"},
    ),
    Change(
        f"PUT {API}/staff/<address>/functions",
        ["rights:member:change", SWITCHED],
        {"switches": {SWITCHED: True}},
        to={"address": "new.colleague"},
    ),
    Change(
        f"POST {CLIENT}/orders/drafts",
        ["orders:order:create"],
        {"lines": [LINE]},
        BUYERS,
    ),
    Change(
        f"POST {API}/orders/<bigid:order_id>/transitions/drafts",
        [READ, CANCEL],
        {"action": "cancel", "reason": "because"},
        BUYERS,
    ),
    Change(
        f"POST {API}/webhooks",
        [CHANGES_WEBHOOKS],
        {"provider": "nordvik", "title": "CRM", "url": RECEIVER, "kinds": ["order.placed"]},
    ),
    Change(f"PATCH {API}{WEBHOOK}", [CHANGES_WEBHOOKS], {"title": "Shop"}),
    Change(f"DELETE {API}{WEBHOOK}", [CHANGES_WEBHOOKS]),
    Change(f"POST {API}{WEBHOOK}/secret", [CHANGES_WEBHOOKS]),
    Change(f"POST {API}{WEBHOOK}/test", [CHANGES_WEBHOOKS]),
    Change(f"POST {API}{WEBHOOK}/deliveries/<bigid:delivery_id>/replay", [CHANGES_WEBHOOKS]),
    Change(
        f"POST {CLIENT}/orders",
        ["orders:order:create"],
        {"lines": [LINE], "payment_method": "cash"},
        BUYERS,
    ),
    Change(f"POST {CLIENT}/cart/lines", ["orders:cart:change"], LINE, BUYERS),
    Change(
        f"PATCH {CLIENT}/cart/lines/<bigid:line_id>",
        ["orders:cart:change"],
        {"quantity": 7},
        BUYERS,
    ),
    Change(f"DELETE {CLIENT}/cart/lines/<bigid:line_id>", ["orders:cart:change"], {}, BUYERS),
    Change(
        f"PUT {CLIENT}/cart/promo-code",
        ["orders:cart:change"],
        {"promo_code": "AUTUMN10"},
        BUYERS,
    ),
    Change(
        f"POST {CLIENT}/cart/checkout",
        ["orders:cart:checkout"],
        lambda _owner, places: {"line_ids": [places["line_id"]], "payment_method": "cash"},
        BUYERS,
    ),
    Change(
        f"POST {CLIENT}/cart/approval/send",
        [any_of("orders:cart:change", "orders:cart:checkout")],
        {"provider": "nordvik", "payment_method": "cash"},
    ),
    Change(f"POST {ORDER}/transitions", [READ, CANCEL], {"action": "cancel", **REASON}, BUYERS),
    Change(
        f"POST {ORDER}/transitions",
        [READ, CANCEL, "payments:payment:refund"],
        {"action": "cancel", **REASON},
        BUYERS,
        to={"order_id": "paid_id"},
    ),
    Change(
        f"POST {ORDER}/transitions",
        [READ, RECORD],
        {"action": "pay", "fields": {"payment_method": "cash", "amount": "1.00"}},
        of_field=True,
    ),
    Change(
        f"POST {ORDER}/transitions",
        [READ, PAY],
        {"action": "pay", "fields": {"payment_method": "balance", "amount": "1.00"}},
        PAYERS,
    ),
    Change(
        f"PATCH {ORDER}/lines/<bigid:line_id>",
        [READ, "orders:status:change"],
        {"status": "ordered"},
        to={"order_id": "parts_id", "line_id": "part_id"},
    ),
    Change(
        f"POST {ORDER}/lines/<bigid:line_id>/deliver",
        [READ, "orders:line:deliver"],
        to={"line_id": "order_line_id"},
    ),
    Change(
        f"POST {ORDER}/services/<bigid:service_id>/hours",
        [READ, "orders:hours:use"],
        {"hours": "1", "words": "none"},
        to={"order_id": "paid_id"},
    ),
    Change(
        f"POST {ORDER}/deadline",
        [READ, "orders:deadline:change"],
        {"due_at": "2027-02-01T10:00:00+00:00", **REASON},
    ),
    Change(f"POST {ORDER}/claim", [READ, ACTS], {"note": "Calls back"}),
    Change(
        f"PUT {API}/providers/<key>/payment-methods/<method>/off", ["providers:method:switch"], OFF
    ),
    Change(f"POST {CLIENT}/credits", ["balance:balance:credit"], MONEY),
    Change(f"POST {CLIENT}/debits", ["balance:balance:debit"], MONEY),
    Change(f"POST {CLIENT}/top-ups", ["balance:balance:credit"], TOP_UP, PAYERS),
    Change(f"POST {API}{OF_TOP_UP}/cancel", ["balance:balance:credit"], {}, PAYERS),
    Change(f"POST {API}{OF_TOP_UP}/record", ["balance:balance:credit"]),
    Change(
        f"POST {API}/closed-months",
        ["finance:month:close"],
        {"provider": "nordvik", "month": "2026-10"},
    ),
    Change(
        f"POST {API}/documents/<bigid:document_id>/credit-notes",
        [READ, "invoices:credit_note:create"],
        {**REASON, "lines": [{"line": 1, "amount": "0.01"}]},
        to={"document_id": "invoice_id"},
    ),
    Change(
        f"POST {API}/documents/together",
        ["invoices:invoice:issue"],
        lambda _owner, places: {"orders": places["debts"]},
    ),
    Change(
        f"POST {API}/documents/files",
        ["invoices:invoice:print"],
        lambda _owner, places: {"documents": [places["document_id"]], "form": "zip"},
        PAYERS,
    ),
    Change(f"POST {ORDER}/payments", [READ, RECORD], CASH, of_field=True),
    Change(f"POST {ORDER}/payments", [READ, PAY], BALANCE, PAYERS),
    Change(
        f"POST {ORDER}/payments",
        [READ, RECORD, "balance:balance:credit"],
        {"method": "cash", "amount": "9.00"},
        of_field=True,
    ),
    Change(
        f"POST {API}/payments/<bigid:payment_id>/refunds",
        [READ, "payments:payment:refund"],
        {"to": "balance", **REASON},
    ),
    Change(
        f"POST {API}/payments/<bigid:payment_id>/give-up",
        [READ, RECORD],
        REASON,
        PAYERS,
        to={"payment_id": "begun_id"},
    ),
    Change(
        f"POST {ORDER}/lines/<bigid:line_id>/price",
        [READ, "orders:price:raise"],
        {"unit_price": "99.00", **REASON},
        to={"line_id": "order_line_id"},
    ),
    Change(f"PUT {ORDER}/lines", [READ, "orders:line:edit"], seven_of_it),
    Change(f"POST {ORDER}/lines/preview", [READ, "orders:line:edit"], seven_of_it),
    Change(
        f"POST {CLIENT}/exceptions",
        ["orders:exception:propose"],
        {"tariff": "gpu-a16", "restriction": "group_not_allowed", **REASON},
    ),
    Change(
        f"POST {API}/exceptions/<bigid:exception_id>/decision",
        ["orders:exception:approve"],
        {"approve": True, **REASON},
        owner=False,
    ),
    Change(f"POST {ORDER}/reminders", [READ, REMIND]),
    Change(f"PUT {ORDER}/reminders/pause", [REMIND], REASON),
    Change(f"DELETE {ORDER}/reminders/pause", [REMIND], to={"order_id": "paused_id"}),
    Change(f"PUT {CLIENT}/reminders/<key>/pause", [REMIND], REASON),
    Change(f"DELETE {CLIENT}/reminders/<key>/pause", [REMIND], to={"client_id": "forgotten_id"}),
    Change(f"PUT {API}/providers/<key>/reminders", [RULES], {"first": 5}),
    Change(f"POST {ORDER}/messages", TALKS, {"text": "Hello"}, TALKERS),
    Change(
        f"POST {ORDER}/messages",
        ["messages:message:read", "messages:note:write"],
        {"text": "Hello", "internal": True},
    ),
    Change(f"POST {ORDER}/messages/read", ["messages:message:read"], {}, EVERYBODY),
    Change(f"POST {CLIENT}/messages", TALKS, {"text": "Hello"}, TALKERS),
    Change(
        f"POST {CLIENT}/messages",
        ["messages:message:read", "messages:note:write"],
        {"text": "Hello", "internal": True},
    ),
    Change(f"POST {CLIENT}/messages/read", ["messages:message:read"], {}, EVERYBODY),
)

PROFILE = "/clients/{client_id}"
OF_PAGES = (
    Change(
        "POST /clients/new",
        ["clients:client:create"],
        form("/clients/new", **NEW_CLIENT, provider="nordvik"),
    ),
    Change(
        f"POST {OF_CLIENT}",
        ["clients:client:change"],
        form(PROFILE, phone="+359 2 000"),
        of_field=True,
    ),
    Change(
        f"POST {OF_CLIENT}",
        ["clients:credit_limit:change"],
        form(PROFILE, **{"nordvik-credit_limit": "77"}),
        of_field=True,
    ),
    Change(
        f"POST {OF_CLIENT}",
        ["clients:group:assign"],
        form(PROFILE, **{"nordvik-group": "vip"}),
        of_field=True,
    ),
    Change(
        f"POST {OF_CLIENT}",
        ["clients:client:block"],
        form(PROFILE, **{"nordvik-blocked": "y", "nordvik-blocked_reason": "because"}),
        of_field=True,
    ),
    Change(f"POST {OF_CLIENT}/providers", ["clients:client:create"], {"provider": "second"}),
    Change(f"POST {OF_CLIENT}/sign-in-link", ["clients:client:invite"]),
    Change(
        f"POST {OF_CLIENT}/users/new",
        [any_of("clients:client:invite", "clients:user:change")],
        form("/clients/{client_id}/users/new", login="new.user"),
        MANAGERS,
    ),
    Change(
        f"POST {OF_CLIENT}/users/<bigid:user_id>",
        [any_of("clients:client:change", "clients:user:change")],
        form("/clients/{client_id}/users/{viewer_id}", role="buyer"),
        MANAGERS,
        to={"user_id": "viewer_id"},
    ),
    Change(
        f"POST {OF_CLIENT}/users/<bigid:user_id>/sign-in-link",
        [any_of("clients:client:invite", "clients:user:change")],
        {},
        MANAGERS,
        to={"user_id": "viewer_id"},
    ),
    Change(
        "POST /staff/new",
        ["staff:member:change"],
        form("/staff/new", login="newer", name="Newer", providers=["nordvik"]),
    ),
    Change(
        "POST /staff/<bigid:staff_id>",
        ["staff:member:change"],
        form("/staff/{colleague_id}", name="Otherwise"),
        to={"staff_id": "colleague_id"},
    ),
    Change(
        "POST /staff/<bigid:staff_id>/sign-in-link",
        ["staff:member:change"],
        to={"staff_id": "colleague_id"},
    ),
    Change(
        "POST /staff/<bigid:staff_id>/second-factor/reset",
        ["staff:member:change"],
        to={"staff_id": "colleague_id"},
    ),
    Change(f"POST {OF_CLIENT}/export", ["clients:client:export"]),
    Change(f"POST {OF_CLIENT}/erase", ["clients:client:erase"], to={"client_id": "forgotten_id"}),
    Change(
        "POST /providers/new",
        ["providers:provider:create"],
        form(
            "/providers/new",
            key="third",
            name="Third",
            legal_name="Third OOD",
            country="BG",
            vat_number="BG204512345",
            address="1 Main St",
            city="Sofia",
        ),
    ),
    Change(
        "POST /providers/<key>",
        ["providers:provider:change"],
        form("/providers/{key}", phone="+359 2 000"),
    ),
    Change(
        "POST /providers/<key>/<any(logo, signature, stamp):picture>",
        ["providers:provider:change"],
        {"remove": "y"},
    ),
    Change(
        "POST /tariffs/new",
        ["catalog:tariff:change"],
        form(
            "/tariffs/new?provider={key}&kind=service",
            key="more",
            titles__en="More",
            category="all",
            prices__0__months="1",
            prices__0__amount="5",
        ),
    ),
    Change(
        "POST /promo-codes/new",
        ["catalog:promo:change"],
        form("/promo-codes/new?provider={key}", code="SPRING", percent="5"),
    ),
    Change(
        "POST /promo-codes/<bigid:promo_id>",
        ["catalog:promo:change"],
        form("/promo-codes/{promo_id}", max_uses="7"),
    ),
    Change(f"POST {WEBHOOK}", [CHANGES_WEBHOOKS], form("/webhooks/{endpoint_id}", title="Shop")),
    Change(f"POST {WEBHOOK}/secret", [CHANGES_WEBHOOKS]),
    Change(f"POST {WEBHOOK}/test", [CHANGES_WEBHOOKS]),
    Change(f"POST {WEBHOOK}/deliveries/<bigid:delivery_id>/replay", [CHANGES_WEBHOOKS]),
    Change(f"POST {WEBHOOK}/delete", [CHANGES_WEBHOOKS]),
    Change(
        "POST /tariffs/<bigid:tariff_id>",
        ["catalog:tariff:change"],
        form("/tariffs/{tariff_id}", category="others"),
    ),
    Change(
        "POST /tariffs/<bigid:tariff_id>",
        ["catalog:tariff:change", "catalog:stock:change"],
        form("/tariffs/{tariff_id}", counted="y"),
        of_field=True,
    ),
    Change(
        "POST /tariffs/<bigid:tariff_id>/stock",
        ["catalog:stock:change"],
        {"by": "1", **REASON},
        to={"tariff_id": "counted_id"},
    ),
    Change(
        "POST /tariffs/categories/<key>",
        ["catalog:tariff:change"],
        form("/tariffs/categories/{key}", categories__0__titles__en="Sites"),
    ),
    Change(
        f"POST {OF_CLIENT}/cart/lines/<bigid:line_id>",
        ["orders:cart:change"],
        {"quantity": "7"},
        BUYERS,
    ),
    Change(
        f"POST {OF_CLIENT}/cart/<key>/send",
        [any_of("orders:cart:change", "orders:cart:checkout")],
        {"payment_method": "cash"},
    ),
    Change(
        "POST /client-groups/new",
        ["clients:group:change"],
        form("/client-groups/new", key="more", titles__en="More"),
        owners_alone=True,
    ),
    Change(
        "POST /client-groups/<bigid:group_id>",
        ["clients:group:change"],
        form("/client-groups/{group_id}", titles__en="Otherwise"),
        owners_alone=True,
    ),
    Change(
        "POST /staff/<bigid:staff_id>/rights",
        ["rights:member:change", SWITCHED],
        form("/staff/{colleague_id}/rights", "rights", **{f"switch-{SWITCHED}": "on"}),
        to={"staff_id": "colleague_id"},
    ),
    Change(
        "POST /permissions",
        ["rights:department:change", SWITCHED],
        matrix("/permissions", ("nobodys", SWITCHED)),
    ),
    Change(
        "POST /permissions/departments/new",
        ["rights:department:change"],
        form("/permissions/departments/new", key="more", titles__en="More"),
    ),
    Change(
        "POST /permissions/departments/<bigid:department_id>",
        ["rights:department:change"],
        form("/permissions/departments/{nobodys_id}", titles__en="Otherwise"),
        to={"department_id": "nobodys_id"},
    ),
    Change(
        "POST /permissions/see-as",
        ["rights:department:change"],
        lambda _owner, places: {"whose": f"department:{places['nobodys_id']}"},
    ),
    Change(f"POST {OF_ORDER}/move", [READ, CANCEL], confirmed(action="cancel", **REASON), BUYERS),
    Change(
        f"POST {OF_ORDER}/move",
        [READ, RECORD],
        {"action": "pay", "fields.payment_method": "cash", "fields.amount": "1"},
        of_field=True,
    ),
    Change(
        f"POST {OF_ORDER}/move",
        [READ, PAY],
        {"action": "pay", "fields.payment_method": "balance", "fields.amount": "1"},
        PAYERS,
    ),
    Change(f"POST {OF_ORDER}/deliver", [READ, "orders:line:deliver"]),
    Change(f"POST {OF_ORDER}/desk", [READ, CANCEL], confirmed(action="cancel", **REASON)),
    Change(f"POST {OF_ORDER}/desk/deliver", [READ, "orders:line:deliver"]),
    Change(f"POST {OF_ORDER}/claim", [READ, ACTS], {"note": "Calls back"}),
    Change(f"POST {OF_ORDER}/looking", [READ]),
    Change(
        "POST /closed-months/close",
        ["finance:month:close"],
        {"provider": "nordvik", "month": "2026-10"},
    ),
    Change(
        "POST /payment-methods/<key>/<method>/off",
        ["providers:method:switch"],
        {**OFF, "until": "2026-12-01T10:00"},
    ),
    Change(
        f"POST {OF_ORDER}/lines/<bigid:line_id>/status",
        [READ, "orders:status:change"],
        {"status": "ordered"},
        to={"order_id": "parts_id", "line_id": "part_id"},
    ),
    Change(
        f"POST {OF_ORDER}/services/<bigid:service_id>/hours",
        [READ, "orders:hours:use"],
        {"hours": "1", "words": "none"},
        to={"order_id": "paid_id"},
    ),
    Change(
        f"POST {OF_ORDER}/deadline",
        [READ, "orders:deadline:change"],
        {"due_at": "2027-02-01T10:00", **REASON},
    ),
    Change(
        f"POST {OF_ORDER}/lines/<bigid:line_id>/price",
        [READ, "orders:price:raise"],
        {"unit_price": "99", **REASON},
        to={"line_id": "order_line_id"},
    ),
    Change(
        "POST /orders/bills",
        ["orders:history:read", "invoices:invoice:print"],
        lambda _owner, places: {"order": f"{places['order_id']}.1"},
    ),
    Change(
        "POST /documents/together",
        ["invoices:invoice:issue"],
        lambda _owner, places: {"order": [f"{one}.1" for one in places["debts"]]},
    ),
    Change(
        "POST /documents/files",
        ["invoices:invoice:print"],
        lambda _owner, places: {"document": f"{places['document_id']}", "form": "zip"},
        PAYERS,
    ),
    Change(
        f"POST {OF_ORDER}/lines",
        [READ, "orders:line:edit"],
        lambda _owner, places: {"do": "confirm", f"quantity.{places['order_line_id']}": "7"},
    ),
    Change(
        f"POST {OF_ORDER}/payments/<bigid:payment_id>/give-up",
        [READ, RECORD],
        REASON,
        PAYERS,
        to={"order_id": "begun_order_id", "payment_id": "begun_id"},
    ),
    Change(f"POST {OF_ORDER}/credit", [READ, "balance:balance:credit"], by_hand(100)),
    Change(f"POST {OF_ORDER}/debit", [READ, "balance:balance:debit"], by_hand(-100)),
    Change(f"POST {OF_CLIENT}/top-ups", ["balance:balance:credit"], TOP_UP, PAYERS),
    Change(f"POST {OF_TOP_UP}/cancel", ["balance:balance:credit"], {}, PAYERS),
    Change(f"POST {OF_TOP_UP}/record", ["balance:balance:credit"]),
    Change(
        "POST /documents/<bigid:document_id>/credit-note",
        [READ, "invoices:credit_note:create"],
        {**REASON, "line-1": "0.01"},
        to={"document_id": "invoice_id"},
    ),
    Change(f"POST {OF_CLIENT}/balance/credit", ["balance:balance:credit"], by_hand(100)),
    Change(f"POST {OF_CLIENT}/balance/debit", ["balance:balance:debit"], by_hand(-100)),
    Change(
        f"POST {OF_CLIENT}/balance/entries/<bigid:entry_id>/reverse",
        ["balance:balance:debit"],
        {**REASON, "provider": "nordvik"},
        to={"entry_id": "credit_id"},
    ),
    Change(
        f"POST {OF_CLIENT}/balance/entries/<bigid:entry_id>/reverse",
        ["balance:balance:credit"],
        {**REASON, "provider": "nordvik"},
        to={"entry_id": "debit_id"},
    ),
    Change(
        f"POST {OF_CLIENT}/orders/new",
        ["orders:order:create"],
        {
            "provider": "nordvik",
            "do": "place",
            "quantity:web-start": "1",
            "period:web-start": "1 month",
            "payment_method": "cash",
            "expected_total": "588",
            "expected_points": "0",
        },
    ),
    Change(f"POST {OF_CLIENT}/orders/new", ["orders:cart:checkout"], from_cart),
    Change(
        f"POST {OF_CLIENT}/exceptions/<bigid:exception_id>",
        ["orders:exception:approve"],
        {"decision": "approved", **REASON},
        owner=False,
    ),
    Change(
        f"POST {OF_CLIENT}/exceptions/new",
        ["orders:exception:propose"],
        {
            "provider": "nordvik",
            "tariff": "gpu-a16",
            "what": "group_not_allowed",
            "quantity": "1",
            **REASON,
        },
    ),
    Change(
        "POST /providers/<key>/workflow",
        ["orders:transition:change"],
        {"workflow": "desk"},
        to={"key": "second"},
    ),
    Change(f"POST {STATUSES}", ["orders:status_list:change"], status_list),
    Change(
        f"POST {STATUSES}/new",
        ["orders:status_list:change"],
        form("/order-statuses/{key}/new", titles__en="More", titles__ru="More", titles__bg="More"),
    ),
    Change(
        f"POST {STATUSES}/status/<status_key>",
        ["orders:status_list:change"],
        form(f"{STATUS}idle", titles__en="Otherwise"),
        to={"status_key": "idle"},
    ),
    Change(
        f"POST {STATUSES}/status/<status_key>",
        ["orders:status_list:change", "orders:transition:change"],
        form(f"{STATUS}own", sources=["suspended", "paid"]),
        to={"status_key": "own"},
        of_field=True,
    ),
    Change(
        f"POST {STATUSES}/status/<status_key>/delete",
        ["orders:status_list:change"],
        {"seen": "4"},
        to={"status_key": "own"},
    ),
    Change(
        f"POST {STATUSES}/status/<status_key>/give",
        ["orders:status_list:change", "orders:status:change"],
        {"instead": "own", **REASON},
        to={"status_key": "used"},
    ),
    Change(
        f"POST {STATUSES}/transitions",
        ["orders:transition:change"],
        matrix("/order-statuses/{key}/transitions", ("paid", "own")),
    ),
    Change(f"POST {STATUSES}/older-orders", ["orders:transition:change"]),
    *(
        change
        for about in ("orders/<bigid:order_id>", "clients/<bigid:client_id>/<key>")
        for change in (
            Change(f"POST /messages/{about}", TALKS, {"text": "Hello"}, TALKERS),
            Change(
                f"POST /messages/{about}",
                ["messages:message:read", "messages:note:write"],
                {"text": "Hello", "to": "staff"},
            ),
            Change(f"POST /messages/{about}/read", ["messages:message:read"], {}, EVERYBODY),
        )
    ),
    Change(
        "POST /messages/templates/new/<key>",
        ["messages:template:change"],
        form("/messages/templates/new/{key}", title="New", text_en="Hello"),
    ),
    Change(
        "POST /messages/templates/<bigid:template_id>",
        ["messages:template:change"],
        form("/messages/templates/{template_id}", title="Otherwise"),
    ),
    Change("POST /messages/templates/<bigid:template_id>/delete", ["messages:template:change"]),
    Change(f"POST {OF_ORDER}/reminders", [READ, REMIND]),
    Change(f"POST {OF_ORDER}/reminders/pause", [REMIND], REASON),
    Change(f"POST {OF_CLIENT}/reminders/pause/<key>", [REMIND], REASON),
    Change(
        "POST /providers/<key>/reminders", [RULES], form("/providers/{key}/reminders", first="5")
    ),
    Change("POST /outbox/<bigid:letter_id>/send", ["mail:letter:send"]),
    Change("POST /mail/<key>", ["mail:template:change"], form("/mail/{key}", name="Writers")),
    Change(
        f"POST {LETTER_TEXT}",
        ["mail:template:change"],
        form(LETTER_PAGE, subject="Otherwise, {{ name }}"),
    ),
    Change(f"POST {LETTER_TEXT}/test", ["mail:template:change"], form(LETTER_PAGE)),
    Change(f"POST {LETTER_TEXT}/reset", ["mail:template:change"]),
)

# They change nothing but what is one's own, for which a password is asked; or write nothing at all.
OWN = frozenset(
    {
        "POST /account/address",
        "POST /account/connection",
        "POST /account/notices",
        "POST /account/connection/remove",
        "POST /account/password",
        "POST /account/recovery-codes",
        "POST /account/second-factor",
        "POST /account/second-factor/remove",
        "POST /account/second-factor/set-up",
        "POST /account/sessions/<bigid:session_id>/end",
        "POST /account/sessions/end-others",
        "POST /account/tokens",
        "POST /account/tokens/<bigid:token_id>/revoke",
        f"POST {API}/notices/read",
        "POST /notices/read",
        "POST /permissions/see-as/end",
        "POST /sign-out",
        # what one has drafted oneself; the step asks for its functions (test_assistant)
        "POST /drafts/<bigid:draft_id>",
        # how somebody looks at lists of orders (test_order_lists)
        "POST /orders/columns",
        "POST /orders/views",
        "POST /orders/views/<bigid:view_id>",
        "POST /orders/export.<any(csv, xlsx):file>",
        # nothing is done yet, or it is the step of the order's own page (test_order_lists)
        "POST /orders/bulk",
        "POST /orders/bulk/back",
        "POST /orders/bulk/take",
        "POST /orders/set-status",
        # of an order in the shop's own city (test_pickup)
        f"POST {ORDER}/pickup-answer",
        f"POST {ORDER}/pickup-offer",
        "POST /messages/orders/<bigid:order_id>/pickup",
        "POST /messages/orders/<bigid:order_id>/pickup/answer",
        # of what was taken or switched off before (test_claims, test_methods_off)
        f"DELETE {ORDER}/claim",
        f"DELETE {API}/providers/<key>/payment-methods/<method>/off",
        # of money that is on its way (test_payouts)
        f"POST {API}/payouts",
        "POST /payouts",
        # of an order that is over and still owed for (test_write_offs)
        f"POST {ORDER}/write-off",
        f"POST {ORDER}/write-off/undo",
        f"POST {API}/write-offs/<bigid:write_off_id>/decision",
        f"POST {OF_ORDER}/write-off",
        f"POST {OF_ORDER}/write-off/undo",
        "POST /write-offs/<bigid:write_off_id>",
        # of a month that was closed before (test_value_dates, test_registers)
        f"POST {API}/closed-months/reopen",
        "POST /closed-months/reopen",
        "POST /payment-methods/<key>/<method>/on",
        # of the provider in its address (test_webhooks)
        "POST /webhooks/new",
        # only where something was given up (test_webhooks)
        f"POST {API}{WEBHOOK}/replay",
        f"POST {WEBHOOK}/replay",
        # a price, and nothing is written
        f"POST {CLIENT}/quote",
        f"POST {ORDER}/transitions/preview",
        # the client alone, in their own shop (test_shop, test_checkout)
        "POST /shop/<key>",
        "POST /checkout/<key>",
        "POST /cart/<key>/approve",
        f"POST {CLIENT}/cart/approval",
        f"POST {OF_ORDER}/again",
        # what was said of an order that is over (test_reviews)
        f"POST {ORDER}/review",
        f"POST {ORDER}/review/answer",
        f"POST {ORDER}/review/hide",
        f"POST {OF_ORDER}/review",
        f"POST {OF_ORDER}/review/answer",
        f"POST {OF_ORDER}/review/hide",
        # a letter as it is typed, and nothing is written
        f"POST {LETTER_TEXT}/preview",
        # the client alone, at a payment system (test_begin_payment, test_top_ups)
        f"POST {OF_TOP_UP}/pay",
        f"POST {OF_ORDER}/pay-online",
    }
)
