"""What the pages can do, the API can: each page has its twin there, or says why it has none.

``TWINS``: a page's route and the endpoint that does the same by the same action. ``PAGE_ONLY``: why
some have none.
"""

from collections.abc import Iterator, Mapping

from flask import Flask

from tests.http.engines import ON_SQLITE
from tests.http.routes import access_of, own_rules

pytestmark = ON_SQLITE

API = "/api/v1"
PICTURE = "/providers/<key>/<any(logo, signature, stamp):picture>"
LETTER = "/providers/<key>/mail/templates/<letter_kind>/<lang>"

TWINS: Mapping[str, str] = {
    # search, notices
    "GET /search": "GET /search",
    "GET /search/palette": "GET /search",
    "GET /notices": "GET /notices",
    "GET /notices/<bigid:notice_id>": "POST /notices/read",
    "POST /notices/read": "POST /notices/read",
    # the shop and the cart
    "GET /shop": "GET /clients/<bigid:client_id>/catalog",
    "POST /shop/<key>": "POST /clients/<bigid:client_id>/cart/lines",
    "GET /cart": "GET /clients/<bigid:client_id>/cart",
    "GET /clients/<bigid:client_id>/cart": "GET /clients/<bigid:client_id>/cart",
    "POST /clients/<bigid:client_id>/cart/lines/<bigid:line_id>": (
        "PATCH /clients/<bigid:client_id>/cart/lines/<bigid:line_id>"
    ),
    "POST /clients/<bigid:client_id>/cart/<key>/send": (
        "POST /clients/<bigid:client_id>/cart/approval/send"
    ),
    "POST /cart/<key>/approve": "POST /clients/<bigid:client_id>/cart/approval",
    "GET /checkout/<key>": "POST /clients/<bigid:client_id>/quote",
    "POST /checkout/<key>": "POST /clients/<bigid:client_id>/cart/checkout",
    # orders
    "GET /orders": "GET /orders",
    "GET /clients/<bigid:client_id>/orders": "GET /clients/<bigid:client_id>/orders",
    "GET /my/orders": "GET /clients/<bigid:client_id>/orders",
    "GET /my/history": "GET /clients/<bigid:client_id>/orders",
    "GET /my/services": "GET /clients/<bigid:client_id>/services",
    "GET /orders/<bigid:order_id>": "GET /orders/<bigid:order_id>",
    "GET /orders/<bigid:order_id>/desk": "GET /orders/<bigid:order_id>",
    "GET /clients/<bigid:client_id>/orders/new": "POST /clients/<bigid:client_id>/quote",
    "POST /clients/<bigid:client_id>/orders/new": "POST /clients/<bigid:client_id>/orders",
    "GET /orders/<bigid:order_id>/lines": "POST /orders/<bigid:order_id>/lines/preview",
    "POST /orders/<bigid:order_id>/lines": "PUT /orders/<bigid:order_id>/lines",
    "POST /orders/<bigid:order_id>/move": "POST /orders/<bigid:order_id>/transitions",
    "POST /orders/<bigid:order_id>/desk": "POST /orders/<bigid:order_id>/transitions",
    "POST /orders/set-status": "POST /orders/<bigid:order_id>/transitions",
    "POST /orders/bulk/take": "POST /orders/<bigid:order_id>/transitions",
    "POST /orders/<bigid:order_id>/deliver": (
        "POST /orders/<bigid:order_id>/lines/<bigid:line_id>/deliver"
    ),
    "POST /orders/<bigid:order_id>/desk/deliver": (
        "POST /orders/<bigid:order_id>/lines/<bigid:line_id>/deliver"
    ),
    "POST /orders/<bigid:order_id>/lines/<bigid:line_id>/status": (
        "PATCH /orders/<bigid:order_id>/lines/<bigid:line_id>"
    ),
    "POST /orders/<bigid:order_id>/services/<bigid:service_id>/hours": (
        "POST /orders/<bigid:order_id>/services/<bigid:service_id>/hours"
    ),
    "POST /orders/<bigid:order_id>/deadline": "POST /orders/<bigid:order_id>/deadline",
    "POST /orders/<bigid:order_id>/lines/<bigid:line_id>/price": (
        "POST /orders/<bigid:order_id>/lines/<bigid:line_id>/price"
    ),
    "POST /orders/<bigid:order_id>/review": "POST /orders/<bigid:order_id>/review",
    "POST /orders/<bigid:order_id>/review/answer": "POST /orders/<bigid:order_id>/review/answer",
    "POST /orders/<bigid:order_id>/review/hide": "POST /orders/<bigid:order_id>/review/hide",
    "POST /orders/<bigid:order_id>/claim": "POST /orders/<bigid:order_id>/claim",
    # payments, balances, documents
    "POST /orders/<bigid:order_id>/payments/<bigid:payment_id>/give-up": (
        "POST /payments/<bigid:payment_id>/give-up"
    ),
    "GET /orders/<bigid:order_id>/payments/<bigid:payment_id>": "GET /orders/<bigid:order_id>",
    "POST /orders/<bigid:order_id>/credit": "POST /clients/<bigid:client_id>/credits",
    "POST /orders/<bigid:order_id>/debit": "POST /clients/<bigid:client_id>/debits",
    "GET /clients/<bigid:client_id>/balance": "GET /clients/<bigid:client_id>/postings",
    "POST /clients/<bigid:client_id>/balance/credit": "POST /clients/<bigid:client_id>/credits",
    "POST /clients/<bigid:client_id>/balance/debit": "POST /clients/<bigid:client_id>/debits",
    "POST /clients/<bigid:client_id>/balance/entries/<bigid:entry_id>/reverse": (
        "POST /clients/<bigid:client_id>/entries/<bigid:entry_id>/reverse"
    ),
    "GET /clients/<bigid:client_id>/top-ups": "GET /clients/<bigid:client_id>/top-ups",
    "POST /clients/<bigid:client_id>/top-ups": "POST /clients/<bigid:client_id>/top-ups",
    "POST /top-ups/<bigid:top_up_id>/cancel": "POST /top-ups/<bigid:top_up_id>/cancel",
    "POST /top-ups/<bigid:top_up_id>/record": "POST /top-ups/<bigid:top_up_id>/record",
    "GET /documents": "GET /documents",
    "GET /documents/<bigid:document_id>": "GET /documents/<bigid:document_id>",
    "GET /documents/<bigid:document_id>.pdf": "GET /documents/<bigid:document_id>.pdf",
    "GET /documents/<bigid:document_id>.xml": "GET /documents/<bigid:document_id>.xml",
    "POST /documents/<bigid:document_id>/credit-note": (
        "POST /documents/<bigid:document_id>/credit-notes"
    ),
    "GET /registers": "GET /registers/sales",
    "GET /registers/<any(sales, vat, payments, ledger, entries, aging):register>": (
        "GET /registers/sales"
    ),
    "GET /registers/<any(sales, vat, payments, ledger, entries, aging):register>"
    ".<any(csv, xlsx):kind>": "GET /registers/sales",
    # exceptions
    "GET /exceptions": "GET /exceptions",
    "GET /clients/<bigid:client_id>/exceptions": "GET /clients/<bigid:client_id>/exceptions",
    "POST /clients/<bigid:client_id>/exceptions/new": "POST /clients/<bigid:client_id>/exceptions",
    "POST /clients/<bigid:client_id>/exceptions/<bigid:exception_id>": (
        "POST /exceptions/<bigid:exception_id>/decision"
    ),
    # messages
    "GET /messages/orders/<bigid:order_id>": "GET /orders/<bigid:order_id>/messages",
    "GET /messages/clients/<bigid:client_id>/<key>": "GET /clients/<bigid:client_id>/messages",
    "POST /messages/orders/<bigid:order_id>": "POST /orders/<bigid:order_id>/messages",
    "POST /messages/clients/<bigid:client_id>/<key>": "POST /clients/<bigid:client_id>/messages",
    "POST /messages/orders/<bigid:order_id>/read": "POST /orders/<bigid:order_id>/messages/read",
    "POST /messages/clients/<bigid:client_id>/<key>/read": (
        "POST /clients/<bigid:client_id>/messages/read"
    ),
    "POST /messages/orders/<bigid:order_id>/pickup": "POST /orders/<bigid:order_id>/pickup-offer",
    "POST /messages/orders/<bigid:order_id>/pickup/answer": (
        "POST /orders/<bigid:order_id>/pickup-answer"
    ),
    "GET /messages/files/<bigid:attachment_id>": "GET /messages/files/<bigid:attachment_id>",
    # clients and their users
    "GET /clients": "GET /clients",
    "GET /clients/<bigid:client_id>": "GET /clients/<bigid:client_id>",
    "POST /clients/new": "POST /clients",
    "POST /clients/<bigid:client_id>": "PATCH /clients/<bigid:client_id>",
    "POST /clients/<bigid:client_id>/providers": "POST /clients/<bigid:client_id>/providers",
    "POST /clients/<bigid:client_id>/sign-in-link": "POST /clients/<bigid:client_id>/sign-in-link",
    "GET /clients/<bigid:client_id>/users": "GET /clients/<bigid:client_id>/users",
    "POST /clients/<bigid:client_id>/users/new": "POST /clients/<bigid:client_id>/users",
    "GET /clients/<bigid:client_id>/users/<bigid:user_id>": (
        "GET /clients/<bigid:client_id>/users/<bigid:user_id>"
    ),
    "POST /clients/<bigid:client_id>/users/<bigid:user_id>": (
        "PATCH /clients/<bigid:client_id>/users/<bigid:user_id>"
    ),
    "POST /clients/<bigid:client_id>/users/<bigid:user_id>/sign-in-link": (
        "POST /clients/<bigid:client_id>/users/<bigid:user_id>/sign-in-link"
    ),
    "POST /clients/<bigid:client_id>/export": "POST /clients/<bigid:client_id>/export",
    "GET /clients/<bigid:client_id>/erase": "GET /clients/<bigid:client_id>/erasure",
    "POST /clients/<bigid:client_id>/erase": "POST /clients/<bigid:client_id>/erasure",
    "GET /client-groups": "GET /client-groups",
    "POST /client-groups/new": "POST /client-groups",
    "GET /client-groups/<bigid:group_id>": "GET /client-groups/<group>",
    "POST /client-groups/<bigid:group_id>": "PATCH /client-groups/<group>",
    # providers
    "GET /providers": "GET /providers",
    "POST /providers/new": "POST /providers",
    "GET /providers/<key>": "GET /providers/<key>",
    "POST /providers/<key>": "PATCH /providers/<key>",
    f"POST {PICTURE}": "PUT /providers/<key>/pictures/<picture>",
    f"GET {PICTURE}.png": "GET /providers/<key>/pictures/<picture>.png",
    "GET /payment-methods": "GET /providers",
    "POST /payment-methods/<key>/<method>/off": (
        "PUT /providers/<key>/payment-methods/<method>/off"
    ),
    "POST /payment-methods/<key>/<method>/on": (
        "DELETE /providers/<key>/payment-methods/<method>/off"
    ),
    # tariffs
    "GET /tariffs": "GET /providers/<key>/tariffs",
    "POST /tariffs/new": "POST /providers/<key>/tariffs",
    "GET /tariffs/<bigid:tariff_id>": "GET /providers/<key>/tariffs/<tariff>",
    "POST /tariffs/<bigid:tariff_id>": "PATCH /providers/<key>/tariffs/<tariff>",
    "POST /tariffs/<bigid:tariff_id>/stock": "POST /providers/<key>/tariffs/<tariff>/stock",
    "GET /tariffs/categories/<key>": "GET /providers/<key>/categories",
    "POST /tariffs/categories/<key>": "PUT /providers/<key>/categories",
    # promo codes
    "GET /promo-codes": "GET /promo-codes",
    "POST /promo-codes/new": "POST /promo-codes",
    "GET /promo-codes/<bigid:promo_id>": "GET /promo-codes/<bigid:promo_id>",
    "POST /promo-codes/<bigid:promo_id>": "PATCH /promo-codes/<bigid:promo_id>",
    # rights, the log
    "GET /permissions": "GET /roles",
    "POST /permissions": "PUT /roles/<address>/functions",
    "GET /staff/<bigid:staff_id>/rights": "GET /staff/<address>/functions",
    "POST /staff/<bigid:staff_id>/rights": "PUT /staff/<address>/functions",
    "GET /audit": "GET /audit",
    "GET /live": "GET /events",
    # orders as bundles of bills; views and columns
    "POST /orders/bills": "POST /orders/bills",
    "POST /documents/files": "POST /documents/files",
    "GET /documents/files/<bigid:bundle_id>": "GET /documents/files/<bigid:bundle_id>",
    "GET /documents/files/<bigid:bundle_id>.<any(pdf, zip):form>": (
        "GET /documents/files/<bigid:bundle_id>.pdf"
    ),
    "POST /documents/together": "POST /documents/together",
    "GET /documents.<any(csv, xlsx):file>": "GET /documents",
    # the finance desk
    "GET /closed-months": "GET /closed-months",
    "POST /closed-months/close": "POST /closed-months",
    "POST /closed-months/reopen": "POST /closed-months/reopen",
    "GET /write-offs": "GET /write-offs",
    "GET /late-invoices": "GET /late-invoices",
    "POST /write-offs/<bigid:write_off_id>": "POST /write-offs/<bigid:write_off_id>/decision",
    "GET /orders/<bigid:order_id>/write-off": "GET /write-offs",
    "POST /orders/<bigid:order_id>/write-off": "POST /orders/<bigid:order_id>/write-off",
    "POST /orders/<bigid:order_id>/write-off/undo": "POST /orders/<bigid:order_id>/write-off/undo",
    "GET /payouts": "GET /payouts",
    "POST /payouts": "POST /payouts",
    "GET /reminders": "GET /reminders",
    "GET /clients/<bigid:client_id>/reminders": "GET /reminders",
    "POST /clients/<bigid:client_id>/reminders/pause/<key>": (
        "PUT /clients/<bigid:client_id>/reminders/<key>/pause"
    ),
    "GET /orders/<bigid:order_id>/reminders": "GET /orders/<bigid:order_id>/reminders",
    "POST /orders/<bigid:order_id>/reminders": "POST /orders/<bigid:order_id>/reminders",
    "POST /orders/<bigid:order_id>/reminders/pause": (
        "PUT /orders/<bigid:order_id>/reminders/pause"
    ),
    "GET /providers/<key>/reminders": "GET /providers/<key>/reminders",
    "POST /providers/<key>/reminders": "PUT /providers/<key>/reminders",
    # webhooks, drafts
    "GET /webhooks": "GET /webhooks",
    "POST /webhooks/new": "POST /webhooks",
    "GET /webhooks/<bigid:endpoint_id>": "GET /webhooks/<bigid:endpoint_id>",
    "POST /webhooks/<bigid:endpoint_id>": "PATCH /webhooks/<bigid:endpoint_id>",
    "POST /webhooks/<bigid:endpoint_id>/delete": "DELETE /webhooks/<bigid:endpoint_id>",
    "POST /webhooks/<bigid:endpoint_id>/secret": "POST /webhooks/<bigid:endpoint_id>/secret",
    "POST /webhooks/<bigid:endpoint_id>/test": "POST /webhooks/<bigid:endpoint_id>/test",
    "POST /webhooks/<bigid:endpoint_id>/replay": "POST /webhooks/<bigid:endpoint_id>/replay",
    "GET /webhooks/<bigid:endpoint_id>/deliveries": (
        "GET /webhooks/<bigid:endpoint_id>/deliveries"
    ),
    "GET /webhooks/<bigid:endpoint_id>/deliveries/<bigid:delivery_id>": (
        "GET /webhooks/<bigid:endpoint_id>/deliveries"
    ),
    "POST /webhooks/<bigid:endpoint_id>/deliveries/<bigid:delivery_id>/replay": (
        "POST /webhooks/<bigid:endpoint_id>/deliveries/<bigid:delivery_id>/replay"
    ),
    "GET /drafts/<bigid:draft_id>": "GET /drafts/<bigid:draft_id>",
    # saved views
    "POST /orders/views": "POST /orders/views",
    "POST /orders/views/<bigid:view_id>": "PATCH /orders/views/<bigid:view_id>",
    "POST /orders/columns": "PUT /orders/columns",
    # statements, payments
    "GET /clients/<bigid:client_id>/balance.<any(csv, xlsx):kind>": (
        "GET /clients/<bigid:client_id>/statement.csv"
    ),
    "GET /clients/<bigid:client_id>/balance.pdf": "GET /clients/<bigid:client_id>/statement.pdf",
    "GET /payments": "GET /payments",
    # own account, notices' settings
    "GET /account": "GET /account",
    "POST /account/sessions/<bigid:session_id>/end": (
        "DELETE /account/sessions/<bigid:session_id>"
    ),
    "POST /account/sessions/end-others": "DELETE /account/sessions",
    "POST /account/tokens/<bigid:token_id>/revoke": "DELETE /account/tokens/<bigid:token_id>",
    "GET /account/notices": "GET /account/notices",
    "POST /account/notices": "PATCH /account/notices",
    # workflows
    "GET /providers/<key>/workflow": "GET /providers/<key>/workflow",
    "POST /providers/<key>/workflow": "POST /providers/<key>/workflow",
    "GET /order-statuses": "GET /providers/<key>/workflow",
    "GET /order-statuses/<key>": "GET /providers/<key>/workflow/statuses",
    "POST /order-statuses/<key>": "PATCH /providers/<key>/workflow/statuses",
    "POST /order-statuses/<key>/new": "POST /providers/<key>/workflow/statuses",
    "GET /order-statuses/<key>/status/<status_key>": (
        "GET /providers/<key>/workflow/statuses/<status_key>"
    ),
    "POST /order-statuses/<key>/status/<status_key>": (
        "PATCH /providers/<key>/workflow/statuses/<status_key>"
    ),
    "POST /order-statuses/<key>/status/<status_key>/delete": (
        "DELETE /providers/<key>/workflow/statuses/<status_key>"
    ),
    "POST /order-statuses/<key>/status/<status_key>/give": (
        "POST /providers/<key>/workflow/statuses/<status_key>/give"
    ),
    "GET /order-statuses/<key>/transitions": "GET /providers/<key>/workflow/set-by-hand",
    "POST /order-statuses/<key>/transitions": "PUT /providers/<key>/workflow/set-by-hand",
    "GET /order-statuses/<key>/older-orders": "GET /providers/<key>/workflow/older-orders",
    "POST /order-statuses/<key>/older-orders": "POST /providers/<key>/workflow/older-orders",
    # messages: the list of dialogues, templates
    "GET /messages": "GET /messages",
    "GET /messages/templates": "GET /answer-templates",
    "POST /messages/templates/new/<key>": "POST /answer-templates",
    "GET /messages/templates/<bigid:template_id>": "GET /answer-templates/<bigid:template_id>",
    "POST /messages/templates/<bigid:template_id>": "PATCH /answer-templates/<bigid:template_id>",
    "POST /messages/templates/<bigid:template_id>/delete": (
        "DELETE /answer-templates/<bigid:template_id>"
    ),
    # e-mails
    "GET /outbox": "GET /outbox",
    "GET /outbox/answers": "GET /outbox/replies",
    "GET /outbox/<bigid:letter_id>": "GET /outbox/<bigid:letter_id>",
    "GET /outbox/<bigid:letter_id>/html": "GET /outbox/<bigid:letter_id>",
    "POST /outbox/<bigid:letter_id>/send": "POST /outbox/<bigid:letter_id>/send",
    "GET /mail": "GET /providers/<key>/mail/templates",
    "GET /mail/<key>": "GET /providers/<key>/mail",
    "POST /mail/<key>": "PATCH /providers/<key>/mail",
    "GET /mail/<key>/<letter_kind>/<lang>": f"GET {LETTER}",
    "POST /mail/<key>/<letter_kind>/<lang>": f"PUT {LETTER}",
    "POST /mail/<key>/<letter_kind>/<lang>/preview": f"POST {LETTER}/preview",
    "POST /mail/<key>/<letter_kind>/<lang>/test": f"POST {LETTER}/test",
    "POST /mail/<key>/<letter_kind>/<lang>/reset": f"DELETE {LETTER}",
    # staff, departments
    "GET /staff": "GET /staff",
    "POST /staff/new": "POST /staff",
    "GET /staff/<bigid:staff_id>": "GET /staff/<address>",
    "POST /staff/<bigid:staff_id>": "PATCH /staff/<address>",
    "POST /staff/<bigid:staff_id>/sign-in-link": "POST /staff/<address>/sign-in-link",
    "POST /staff/<bigid:staff_id>/second-factor/reset": "DELETE /staff/<address>/second-factor",
    "GET /permissions/log": "GET /rights-log",
    "POST /permissions/departments/new": "POST /roles",
    "GET /permissions/departments/<bigid:department_id>": "GET /roles/<address>",
    "POST /permissions/departments/<bigid:department_id>": "PATCH /roles/<address>",
    # the log as a file, the worker's jobs
    "GET /audit/events.<any(csv, xlsx):file>": "GET /audit.csv",
    "GET /jobs": "GET /jobs",
}

PAGE_ONLY: Mapping[str, frozenset[str]] = {
    "a form with nothing in it: its twin takes the body": frozenset(
        {
            "GET /clients/new",
            "GET /client-groups/new",
            "GET /clients/<bigid:client_id>/exceptions/new",
            "GET /clients/<bigid:client_id>/users/new",
            "GET /mail/<key>/<letter_kind>/<lang>/preview",
            "GET /messages/templates/new/<key>",
            "GET /order-statuses/<key>/new",
            "GET /permissions/departments/new",
            "GET /promo-codes/new",
            "GET /providers/new",
            "GET /staff/new",
            "GET /tariffs/new",
            "GET /webhooks/new",
        }
    ),
    "it is about the browser: its session, its cookie, what is typed in its forms": frozenset(
        {
            "GET /unsent/<secret>",
            "POST /sign-out",
            "GET /notices/news",
            "GET /",
        }
    ),
    "a person goes on at a payment system’s own page, which the answer names": frozenset(
        {
            "POST /orders/<bigid:order_id>/pay-online",
            "GET /orders/<bigid:order_id>/payments/<bigid:payment_id>/leave",
            "POST /top-ups/<bigid:top_up_id>/pay",
            "GET /top-ups/<bigid:top_up_id>/leave",
        }
    ),
    "a person confirms what a program drafted, who is not to do it for them": frozenset(
        {"POST /drafts/<bigid:draft_id>"}
    ),
    "it shows a person the panel as another sees it; a token is narrowed instead": frozenset(
        {
            "GET /permissions/see-as",
            "POST /permissions/see-as",
            "POST /permissions/see-as/end",
        }
    ),
    "it asks for the password, which no program is to know": frozenset(
        {
            "POST /account/password",
            "POST /account/address",
            "GET /account/connection/start",
            "POST /account/connection",
            "POST /account/connection/remove",
            "GET /account/second-factor/set-up",
            "POST /account/second-factor",
            "POST /account/second-factor/set-up",
            "POST /account/second-factor/remove",
            "POST /account/recovery-codes",
            "POST /account/tokens",
        }
    ),
    "a file that the log tells of; GET /orders reads the same rows": frozenset(
        {"POST /orders/export.<any(csv, xlsx):file>"}
    ),
    "several endpoints one after the other: the page only gathers them": frozenset(
        {
            "POST /orders/bulk",
            "POST /orders/bulk/back",
            "POST /orders/<bigid:order_id>/again",
            "POST /orders/<bigid:order_id>/looking",
        }
    ),
}

# the list of services is the client's own card's, which all of a client's users may read; bills are
# asked for by who may print them, which the action of the page asks as well
OTHER_FUNCTION = {"GET /my/services", "POST /orders/bills"}


def names(app: Flask, *, api: bool) -> Iterator[tuple[str, frozenset[str]]]:
    """Each route for whoever is signed in, as ``POST /clients/new``, with the functions it asks."""
    for rule in own_rules(app):
        access = access_of(app, rule.endpoint)
        if access.signed_in and rule.rule.startswith(API) is api:
            for method in sorted(set(rule.methods or ()) - {"OPTIONS", "HEAD"}):
                yield f"{method} {rule.rule.removeprefix(API)}", frozenset(access.functions)


def test_every_page_has_its_twin_in_the_api_or_says_why_not(app: Flask) -> None:
    pages = {name for name, _ in names(app, api=False)}
    page_only = [name for routes in PAGE_ONLY.values() for name in routes]
    told = [*TWINS, *page_only]
    assert pages - set(told) == set(), "say here by which endpoint the API does the same"
    assert set(told) - pages == set(), "there is no such page any more"
    assert len(told) == len(set(told))


def test_every_twin_is_there_and_opens_with_a_function_of_its_page(app: Flask) -> None:
    pages, endpoints = dict(names(app, api=False)), dict(names(app, api=True))
    assert {twin for twin in TWINS.values() if twin not in endpoints} == set()
    other = {
        page
        for page, twin in TWINS.items()
        if endpoints[twin] and pages[page] and not endpoints[twin] & pages[page]
    }
    assert other == OTHER_FUNCTION


def test_every_function_that_pages_ask_for_is_one_that_the_api_asks_for(app: Flask) -> None:
    pages, endpoints = dict(names(app, api=False)), dict(names(app, api=True))
    missing = frozenset().union(*pages.values()) - frozenset().union(*endpoints.values())
    excused = {name for routes in PAGE_ONLY.values() for name in routes}
    told = {function for page in excused for function in pages[page]}
    assert missing - told == set()
