"""Every kind of event there is × everybody: each is told at once what a page of theirs shows.

Which page shows which kind is written here by hand, and each is opened; what the audit log shows is
asked of the audit log.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import pytest
from sqlalchemy import func, select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.post_entries import post
from plugins.orders.store.models import Order
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World, add_client_user, hold_only

pytestmark = ON_SQLITE

CLIENT = "stoyanova"
COLLEAGUES = {f"{CLIENT}.{role.value}": role for role in ClientRole}
ANOTHER = "balkan.media"
# of the staff, but for a provider of her own, where she may do everything
FOREIGN = "olga"
# what georgi holds, one after the other
NARROW: Mapping[str, tuple[str, ...]] = {
    "sees lists": ("orders:history:read",),
    "sees orders, without prices": ("orders:history:read", "orders:order:read"),
    "sees balances": ("balance:balance:read",),
    "sees clients": ("clients:client:read",),
    "sees the log": ("audit:event:read",),
    "changes rights": ("rights:department:change",),
    "proposes": ("orders:exception:propose",),
    "changes the list of statuses": ("orders:status_list:change",),
    "changes stock": ("catalog:stock:change",),
    "switches payment methods off": ("providers:method:switch",),
    "looks after users of clients": ("clients:user:change",),
    "sees the outbox": ("mail:letter:read",),
    "writes texts of mail": ("mail:template:change",),
    "sees webhooks": ("webhooks:endpoint:read",),
    "nothing": (),
}

# what clients are told nothing of, though their page of the order is open to them
NOT_FOR_CLIENTS = frozenset(
    {
        "message.seen",
        "order.claimed",
        "order.debt_expected_again",
        "order.debt_written_off",
        "order.rate_missing",
        "order.handed_over",
        "order.released",
        "note.written",
        "payment.disputed",
        "payment.dispute_waits",
        "payment.dispute_won",
        "payment.message_refused",
        "refund.delayed",
        "top_up.disputed",
        "top_up.dispute_won",
        "top_up.message_refused",
    }
)
# the row of an order in a list
IN_LISTS = frozenset(
    {"order.placed", "order.moved", "order.status_given", "payment.received", "payment.refunded"}
)
ORDER = ("/orders/{order_id}",)
# the client’s own list stands under another address
OWN_LIST = "/my/orders#{number}"
LISTS = ("/orders#{number}", "/clients/{client_id}/orders", OWN_LIST)
PROFILE = ("/clients/{client_id}", "/clients/{client_id}/orders", OWN_LIST)
BALANCE = ("/clients/{client_id}/balance",)
STAFF = ("/staff/{staff_id}", "/permissions/log#Georgi")
# the pages that show a kind, by its beginning; nothing: the audit log alone
PAGES: Mapping[str, tuple[str, ...]] = {
    "cart.": ("/clients/{client_id}/cart",),
    "promo_code.": ("/promo-codes#AUTUMN10",),
    "order.": ORDER,
    "payment.reminded": ("/orders/{order_id}/reminders",),
    "payment.": ORDER,
    "refund.": ORDER,
    "document.issued": ORDER,
    "document.voided": ORDER,
    "exception.": ("/exceptions#Стоянова",),
    "balance.": BALANCE,
    "points.": BALANCE,
    "workflow.": ("/order-statuses/nordvik", "/order-statuses/nordvik/transitions"),
    "client.changed": PROFILE,
    "client.created": PROFILE[:1],
    "client.registered": PROFILE[:1],
    "client.vat_checked": PROFILE[:1],
    "top_up.": ("/clients/{client_id}/top-ups",),
    "client.erased": PROFILE,
    "client.joined": PROFILE,
    "client.terms_changed": PROFILE,
    "client.user_created": ("/clients/{client_id}/users",),
    "client.user_changed": ("/clients/{client_id}/users",),
    "client_group.": ("/client-groups",),
    "department.": ("/permissions",),
    "message.": ("/messages/orders/{order_id}",),
    "note.": ("/messages/orders/{order_id}",),
    "answer_template.": ("/messages/templates/{template_id}",),
    "letter.": ("/outbox/{letter_id}",),
    "mail.": ("/mail/nordvik",),
    "provider.categories_changed": ("/tariffs/categories/nordvik",),
    "provider.books_": ("/closed-months#Nordvik",),
    "provider.paid_out": ("/payouts#Nordvik",),
    "reminders.": ("/reminders",),
    "write_off.": ("/write-offs#Стоянова",),
    "provider.method_": ("/payment-methods#Nordvik",),
    "provider.": ("/providers#Nordvik",),
    "rights.": ("/permissions/log#Georgi",),
    "staff.created": STAFF,
    "staff.changed": STAFF,
    "staff.functions_changed": (*STAFF, "/staff/{staff_id}/rights"),
    "tariff.": ("/tariffs/{tariff_id}",),
    "webhook.": ("/webhooks#CRM",),
}
# on the page of one's own account
OF_MARIA = (
    "address.",
    "identity.",
    "password.",
    "recovery_codes.",
    "second_factor.",
    "sessions.",
    "token.",
    "user.",
)


def pages_of(kind: str) -> tuple[str, ...]:
    found = [pages for begins, pages in PAGES.items() if kind.startswith(begins)]
    return (*(found[0] if found else ()), *(LISTS if kind in IN_LISTS else ()))


@pytest.fixture
def things(world: World, places: dict[str, Any]) -> dict[str, Any]:
    with world.database.reading() as session:
        georgi = session.scalars(select(Staff.id).join(User).filter_by(login="georgi")).one()
        tariff = session.scalars(select(Tariff.id).filter_by(key="web-start")).one()
        provider = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
        number = session.get_one(Order, places["order_id"]).number
    _send_to_the_bank(world, provider)
    return {
        **places,
        "number": number,
        "staff_id": georgi,
        "tariff_id": tariff,
        "provider_id": provider,
    }


def _send_to_the_bank(world: World, provider_id: int) -> None:
    """Money is in transit, of which a page of its own tells."""
    movements = [
        Movement(AccountName(provider_id, AccountKind.CARD, "EUR"), 100),
        Movement(AccountName(provider_id, AccountKind.OPENING, "EUR"), -100),
    ]
    happened = Happened(EntryKind.OPENING, "in transit", ("provider", provider_id))
    with world.database.writing() as session:
        post(session, happened, movements, actor=world.actor("owner"), at=world.clock.now())


@pytest.fixture
def happened(world: World, things: dict[str, Any]) -> tuple[int, Mapping[str, int]]:
    """The last event before one of each kind happened, and the ids of these by kind."""
    owner, maria = world.actor("owner"), world.actor("maria")
    of_kind: dict[str, int] = {}
    with world.database.writing() as session:
        before = session.scalars(select(func.max(Event.id))).one()
        for reader in world.panel.event_readers:
            for kind in reader.kinds:
                noun = kind.partition(".")[0]
                subject, of_provider, of_client = SUBJECTS.get(noun, ("user", False, False))
                number = maria.user_id if subject == "user" else things.get(f"{subject}_id", 1)
                record(
                    session,
                    kind,
                    actor=owner,
                    at=world.clock.now(),
                    subject=(subject, number or 0),
                    provider_id=things["provider_id"] if of_provider else None,
                    client_id=things["client_id"] if of_client else None,
                    facts={**FACTS, **OF_KIND.get(kind, {})},
                )
                write_late(session)
                of_kind[kind] = session.scalars(select(func.max(Event.id))).one()
    return before, of_kind


# what sentences of one kind or another ask for
FACTS: Mapping[str, object] = {
    "action": "accept",
    "from": "new",
    "to": "active",
    "reasons": [],
    "lines": [1],
    "amount": 100,
    "currency": "EUR",
    "method": "cash",
    "of_balance": 0,
    "loss": 0,
    "restriction": "group_not_allowed",
    "percent": None,
    "tariff": {"en": "GPU"},
    "total": 100,
    "points": 0,
    "changes": {},
    "on": [],
    "off": [],
    "switches": {},
    "how": "went_back",
    "stars": 5,
    "day": "2026-12-01",
    "title": "Hello",
    "login": "petar",
}
OF_KIND: Mapping[str, Mapping[str, object]] = {
    "cart.changed": {"act": "added", "tariff": "web-start", "title": {"en": "Web Start"}},
    "order.exception_used": {"proposed_by": 1, "approved_by": 2},
    "order.price_raised": {"from": 100, "to": 200},
    "order.retaxed": {
        "from": 100,
        "to": 200,
        "tax_from": 10,
        "tax_to": 20,
        "day": "2026-01-01",
    },
    "order.lines_edited": {"from": 100, "to": 200, "edited": []},
    "order.delivery_agreed": {"from": 200, "to": 100},
    "order.deadline_changed": {"to": None},
    "order.hours_used": {"minutes": 60, "left": 540},
    "provider.books_closed": {"month": "2026-10"},
    "write_off.proposed": {"order": 1},
    "write_off.approved": {"order": 1},
    "write_off.refused": {"order": 1},
    "provider.books_reopened": {"month": "2026-10", "reason": "a fee"},
    "provider.paid_out": {"source": "card", "fee": 10},
    "register.exported": {
        "register": "sales",
        "file": "csv",
        "from": "2026-10-01",
        "to": "2026-10-31",
    },
}


# by the noun of a kind: of what it is told, and whether of the provider and of the client
SUBJECTS: Mapping[str, tuple[str, bool, bool]] = {
    "order": ("order", True, True),
    "payment": ("order", True, True),
    "refund": ("order", True, True),
    "document": ("document", True, True),
    "exception": ("exception", True, True),
    "write_off": ("write_off", True, True),
    "balance": ("client", True, True),
    "points": ("client", True, True),
    "top_up": ("top_up", True, True),
    "client": ("client", False, True),
    "notice": ("order", True, True),
    "cart": ("client", True, True),
    "promo_code": ("promo_code", True, False),
    "deadline": ("order", True, True),
    "message": ("dialogue", True, True),
    "note": ("dialogue", True, True),
    "answer_template": ("template", True, False),
    "workflow": ("provider", True, False),
    "gateway_message": ("gateway_message", False, False),
    "client_group": ("group", False, False),
    "department": ("department", False, False),
    "letter": ("letter", True, False),
    "mail": ("provider", True, False),
    "provider": ("provider", True, False),
    "staff": ("staff", False, False),
    "rights": ("staff", False, False),
    "tariff": ("tariff", True, False),
    "webhook": ("webhook", True, False),
    "demo": ("provider", False, False),
}


@pytest.fixture
def everybody(world: World) -> Iterator[tuple[str, str]]:
    """Who signs in, and what they are called here; each may do what is said until the next."""

    def one_by_one() -> Iterator[tuple[str, str]]:
        for login, role in COLLEAGUES.items():
            add_client_user(world, CLIENT, login, role)
            yield login, login
        hold_only(world, FOREIGN, *world.panel.known)
        for login in ("owner", "maria", "petar", FOREIGN, CLIENT, ANOTHER):
            yield login, login
        for name, functions in NARROW.items():
            hold_only(world, "georgi", *functions)
            yield "georgi", name

    return one_by_one()


def test_every_kind_of_event_says_who_is_told(world: World) -> None:
    for reader in world.panel.event_readers:
        assert reader.sights.keys() == reader.kinds.keys()


def test_everybody_is_told_at_once_what_their_pages_show_and_nothing_else(
    world: World,
    visit: Callable[..., Visitor],
    api: Callable[[str], ApiClient],
    things: dict[str, Any],
    happened: tuple[int, Mapping[str, int]],
    everybody: Iterator[tuple[str, str]],
) -> None:
    before, of_kind = happened
    wrong: list[str] = []
    cells = told_in_all = 0
    for login, called in everybody:
        visitor = visit(login)
        told = news_of(visitor, before)
        events = events_of(api(login), before)
        # by a token they are told of the same
        assert events.keys() == told.keys(), called
        log = {event_id for event_id, event in events.items() if "by" in event}
        is_client = world.actor(login).client_id is not None
        opens = cache(partial(is_shown, visitor, things))
        for kind, event_id in of_kind.items():
            shown = any(map(opens, pages_of(kind)))
            if kind.startswith(OF_MARIA):
                shown = login == "maria"
            if is_client and kind in NOT_FOR_CLIENTS:
                shown = False
            if (event_id in told) is not (shown or event_id in log):
                wrong.append(f"{called}: {kind}, told: {event_id in told}")
            cells += 1
            told_in_all += event_id in told
    assert wrong == []
    assert cells > 1000
    assert told_in_all > 300


def news_of(visitor: Visitor, after: int) -> Mapping[int, Mapping[str, Any]]:
    answer = visitor.get(f"/live?after={after}")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["more"] is False
    return {item["id"]: item for item in answer.json["items"]}


def events_of(caller: ApiClient, after: int) -> Mapping[int, Mapping[str, Any]]:
    answer = json_of(caller.get("/events", after=after, limit=200))
    assert answer["next_cursor"] is None
    return {item["id"]: item for item in answer["items"]}


def is_shown(visitor: Visitor, things: Mapping[str, Any], page: str) -> bool:
    """``page``: its address, and after ``#`` a word that stands on it, where it must."""
    path, _, word = page.format(**things).partition("#")
    answer = visitor.get(path)
    assert answer.status_code in {200, 302, 403, 404}, path
    return answer.status_code == 200 and word in answer.text


def test_of_an_event_nothing_is_told_but_what_it_happened_to(
    visit: Callable[..., Visitor],
    things: dict[str, Any],
    happened: tuple[int, Mapping[str, int]],
) -> None:
    before, of_kind = happened
    event_id = of_kind["order.moved"]
    moved = {
        "id": event_id,
        "kind": "order.moved",
        "subject": {"kind": "order", "id": things["order_id"]},
        "client": things["client_id"],
        "provider": "nordvik",
    }
    for login in ("owner", "maria", CLIENT):
        assert news_of(visit(login), before)[event_id] == {**moved, "by_me": login == "owner"}
    lost = of_kind["payment.dispute_lost"]
    assert news_of(visit("maria"), before)[lost]["kind"] == "payment.dispute_lost"
    # to a client it is money that went back
    assert news_of(visit(CLIENT), before)[lost]["kind"] == "payment.refunded"
