"""A provider that runs one of the workflows, with something of everything to sell, and its people.

``maria`` looks after orders, ``petar`` takes money, ``georgi`` may look, ``olga`` works elsewhere;
``buyer`` is the client's own user.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.catalog.change_stock import change_stock
from billing_panel.administration.catalog.change_tariff import create_tariff
from billing_panel.administration.catalog.tariff_details import (
    PartDetails,
    PriceDetails,
    TariffDetails,
)
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import ClientDetails, MembershipDetails
from billing_panel.administration.providers.change_provider import create_provider
from billing_panel.administration.providers.provider_details import (
    DeliveryDetails,
    MethodDetails,
    ProviderDetails,
    RateDetails,
)
from billing_panel.administration.staff.change_staff import change_staff, find_staff, staff_details
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.core.panel_checks import Wrong, look_up
from billing_panel.core.plugins import all_checks, load_plugins
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.client_standing import Standing, standing
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerAccount
from billing_panel.ledger.post_entries import post
from plugins.orders.deadlines.fire_deadlines import Fired, fire_deadlines
from plugins.orders.deadlines.fire_passed_dates import watch_dates
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.take_step import move_by_itself
from plugins.orders.settings.save_workflow_version import choose_workflow
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderService
from tests.world import World, line

PROVIDER = "shop"
CLIENT = "buyer"
STAFF = ("maria", "petar", "georgi")
BALANCE, HIS_POINTS, STOCK = 50_000, 1_000, 10
TAX = "standard"

DETAILS = ProviderDetails(
    key=PROVIDER,
    name="Shop",
    legal_name="Shop OOD",
    country="BG",
    address="1 Main St",
    post_code="1000",
    city="Sofia",
    vat_number="BG204512345",
    currency="EUR",
    prices_include_tax=True,
    bank_iban="BG80BNBG96611020345678",
    tax_rates=[RateDetails(TAX, date(2020, 1, 1), Decimal(20))],
    payment_methods=[
        MethodDetails(kind, gateway="sandbox" if kind is MethodKind.CARD_GATEWAY else None)
        for kind in MethodKind
    ],
    delivery_services=[DeliveryDetails("speedy", {"en": "Speedy"}, "3.00", TAX)],
)


def _tariff(key: str, kind: TariffKind, *prices: PriceDetails, **more: Any) -> TariffDetails:
    return TariffDetails(
        key, {"en": key.title()}, kind, category="all", tax_class=TAX, prices=prices, **more
    )


TARIFFS = (
    _tariff(
        "router",
        TariffKind.GOODS,
        PriceDetails(0, "60.00", points=300),
        counted=True,
        needs_delivery=True,
    ),
    _tariff(
        "antenna",
        TariffKind.GOODS,
        PriceDetails(0, "40.00"),
        availability=Availability.ON_ORDER,
        lead_time_days=7,
        needs_delivery=True,
    ),
    _tariff("hosting", TariffKind.SERVICE, PriceDetails(1, "5.00")),
    _tariff("server", TariffKind.SERVICE, PriceDetails(1, "80.00"), counted=True),
    _tariff("hours", TariffKind.TIME_PACKAGE, PriceDetails(0, "200.00"), hours=10),
    _tariff("advice", TariffKind.SERVICE, PriceDetails(1, "0.00")),
    _tariff(
        "kit",
        TariffKind.BUNDLE,
        PriceDetails(1, "90.00"),
        components=[PartDetails("router", 0), PartDetails("hosting", 1)],
    ),
)

ROUTER, ANTENNA = line("router", "once"), line("antenna", "once")
HOSTING, SERVER = line("hosting", "1 month"), line("server", "1 month")
KIT, ADVICE = line("kit", "1 month"), line("advice", "1 month")


@dataclass(frozen=True)
class Business:
    """What people of the provider do, each in a transaction of its own."""

    world: World

    # people and time

    def actor(self, login: str) -> Actor:
        """``console`` is the system; ``boss`` is maria, who has also learned all else."""
        if login == "console":
            return console(self.world.panel.known)
        if login == "boss":
            return replace(self.world.actor("maria"), functions=frozenset(self.world.panel.known))
        return self.world.actor(login)

    def wait(self, **time: float) -> None:
        self.world.clock.at += timedelta(**time)

    def fire(self) -> Fired:
        return fire_deadlines(
            self.world.database, actor=self.actor("console"), clock=self.world.clock
        )

    def watch(self) -> Fired:
        return watch_dates(self.world.database, actor=self.actor("console"), clock=self.world.clock)

    # orders

    def place(
        self, *lines: WantedLine, by: str = "maria", method: str = "bank_transfer", **more: Any
    ) -> int:
        """The id of the one order made."""
        (order,) = self.world.place(by, self.command(*lines, method=method, **more))
        return order.id

    def command(self, *lines: WantedLine, **more: Any) -> Any:
        return self.world.order(CLIENT, *(lines or (ROUTER,)), provider=PROVIDER, **more)

    def act(self, action: Any, command: Any, by: str = "maria") -> Any:
        actor = self.actor(by)
        with self.world.database.writing() as session:
            return action(session, command, actor=actor, clock=self.world.clock)

    def move(
        self,
        order_id: int,
        action: str,
        *,
        by: str = "maria",
        **fields: str,
    ) -> Any:
        return self.act(advance_order, AdvanceOrder(order_id, action, fields=fields), by)

    def put(self, order_id: int, to: str, *, by: str = "maria", **fields: str) -> Any:
        """Set the status by hand."""
        return self.act(advance_order, AdvanceOrder(order_id, "set", to, fields), by)

    def deliver(self, order_id: int, *line_ids: int, by: str = "maria") -> Any:
        return self.act(deliver_lines, DeliverLines(order_id, line_ids or None), by)

    def happens(self, order_id: int, action: str) -> bool:
        """The system learns of ``action``; whether the order moved."""
        system = self.actor("console")
        with self.world.database.writing() as session:
            order = lock_for_change(session, system, order_id)
            return move_by_itself(session, order, action, actor=system, at=self.world.clock.now())

    def refused(self, order_id: int, action: str, **more: Any) -> set[str]:
        """Codes of the refusal, and that it has changed nothing."""
        return self.refusal(lambda: self.move(order_id, action, **more))

    def refusal(self, act: Any) -> set[str]:
        before = self.world.everything()
        with pytest.raises(DomainError) as caught:
            act()
        assert self.world.everything() == before
        error = caught.value
        assert str(error.message)
        assert all(str(reason.message) and str(reason.remedy) for reason in error.reasons)
        return {error.code, *(r.code for r in error.reasons), *(e.field for e in error.errors)}

    # what became of it

    def order(self, order_id: int) -> Order:
        with self.world.database.reading() as session:
            order = find_order(session, self.actor("console"), order_id)
            session.refresh(order, ["deadline", "payments"])
            return order

    def status(self, order_id: int) -> str:
        return self.order(order_id).status.key

    def due(self, order_id: int) -> datetime | None:
        deadline = self.order(order_id).deadline
        return deadline.due_at if deadline else None

    def happened(self, order_id: int, kind: str | None = None) -> list[Mapping[str, Any]]:
        """The facts of its events, oldest first, without the versions they led to."""
        events = select(Event).filter_by(subject_kind="order", subject_id=order_id)
        if kind is not None:
            events = events.filter_by(kind=kind)
        with self.world.database.reading() as session:
            found = [event.told for event in session.scalars(events.order_by(Event.id))]
        return [{k: v for k, v in told.items() if k != "version"} for told in found]

    def path(self, order_id: int) -> list[tuple[str, str]]:
        """(action, status it led to) of each step."""
        return [(f["action"], f["to"]) for f in self.happened(order_id, "order.moved")]

    def effects(self, order_id: int) -> list[str]:
        return [e for facts in self.happened(order_id, "order.moved") for e in facts["effects"]]

    def stands(self) -> Standing:
        with self.world.database.reading() as session:
            return standing(session, self.client_id, self.provider_id)

    def services(self, order_id: int) -> list[str]:
        """Those that the order opened: ``active``, ``suspended`` or ``ended``."""
        rows = (
            select(Service)
            .join(OrderService, OrderService.service_id == Service.id)
            .where(OrderService.order_id == order_id)
            .order_by(Service.id)
        )
        with self.world.database.reading() as session:
            return [_state(service) for service in session.scalars(rows)]

    def stock(self, tariff: str = "router") -> int | None:
        return self.world.stock(tariff)

    def received(self, kind: AccountKind) -> int:
        """What came in on an account of the provider's own."""
        own = select(LedgerAccount.balance).filter_by(
            provider_id=self.provider_id, client_id=None, kind=kind, currency="EUR"
        )
        with self.world.database.reading() as session:
            return -(session.scalar(own) or 0)

    @property
    def client_id(self) -> int:
        return self.world.client_id(CLIENT)

    @property
    def provider_id(self) -> int:
        with self.world.database.reading() as session:
            return session.scalars(select(Provider.id).filter_by(key=PROVIDER)).one()


def _state(service: Service) -> str:
    if service.state is not ServiceState.ACTIVE:
        return "ended"
    return "suspended" if service.suspended_at else "active"


def opened(world: World, workflow: str) -> Business:
    """The provider as it begins: stock, a client with money and points, staff, and ``workflow``."""
    owner, clock = world.actor("owner"), world.clock
    with world.database.writing() as session:
        create_provider(session, DETAILS, gateways={"sandbox"}, actor=owner, clock=clock)
        for login in STAFF:
            _hire(session, login, owner, world)
        for details in TARIFFS:
            tariff = create_tariff(session, PROVIDER, details, actor=owner, clock=clock)
            if details.counted:
                change_stock(session, tariff.id, STOCK, "bought", actor=owner, clock=clock)
        client = ClientDetails(CLIENT, "Buyer OOD", ClientKind.COMPANY, "BG", city="Sofia")
        client_id = create_client(session, client, provider=PROVIDER, actor=owner, clock=clock).id
        limit = MembershipDetails(credit_limit="100000")
        change_membership(session, client_id, PROVIDER, limit, actor=owner, clock=clock)
        choose_workflow(session, PROVIDER, workflow, actor=owner, clock=clock)
    business = Business(world)
    credit(business, BALANCE, HIS_POINTS)
    return business


def _hire(session: Session, login: str, owner: Actor, world: World) -> None:
    found = select(Staff.id).join(User).filter_by(login=login)
    person = find_staff(session, owner, session.scalars(found).one())
    details = staff_details(person, owner)
    more = replace(details, providers=[*details.providers, PROVIDER])
    change_staff(session, person.id, more, actor=owner, clock=world.clock)


def credit(business: Business, money: int, points: int) -> None:
    """Put so much on the client's balance and points."""
    provider, client = business.provider_id, business.client_id
    movements = [
        Movement(AccountName(provider, AccountKind.BALANCE, "EUR", client), money),
        Movement(AccountName(provider, AccountKind.OPENING, "EUR"), -money),
        Movement(AccountName(provider, AccountKind.POINTS, POINTS, client), points),
        Movement(AccountName(provider, AccountKind.OPENING, POINTS), -points),
    ]
    world = business.world
    with world.database.writing() as session:
        system = business.actor("console")
        happened = Happened(EntryKind.OPENING, "opening", ("client", client))
        post(session, happened, movements, actor=system, at=world.clock.now())


def wrongs(world: World) -> Sequence[Wrong]:
    """What ``billing-panel check`` would say."""
    with world.database.snapshot() as session:
        return look_up(session, _checks())


@cache
def _checks() -> Sequence[Check]:
    return all_checks(load_plugins())


def pieces(session: Session, keys: Sequence[str]) -> Mapping[str, int]:
    """Of counted tariffs by key: what is in stock, and what orders hold."""
    ids = {
        tariff.id: tariff
        for tariff in session.scalars(
            select(Tariff)
            .join(Provider, Provider.id == Tariff.provider_id)
            .where(Provider.key == PROVIDER, Tariff.key.in_(keys))
        )
    }
    held: Counter[int] = Counter()
    for of_order in session.scalars(select(Order.held)):
        held.update({int(tariff_id): number for tariff_id, number in of_order.items()})
    return {t.key: (t.stock or 0) + held[t.id] for t in ids.values()}
