"""Random restrictions on the demo, a random basket, and who places it for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import (
    Client,
    ClientGroup,
    ForbiddenMethod,
    Membership,
)
from billing_panel.catalog.load_eligibility_facts import open_services
from billing_panel.catalog.models import CountryRule, GroupRule, Requirement, Tariff
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.post_entries import post
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart
from plugins.orders.store.cart_line import CartLine
from tests.world import World

GROUPS = ("retail", "vip", "contract", "watch")
COUNTRIES = ("BG", "DE", "US", "IE", "RU")
CLIENTS = {
    "nordvik": ("balkan.media", "stoyanova", "rhein-labs", "texas-pixels", "blocked.client"),
    "sever": ("romashka", "ip.vetrov"),
}
STRANGERS = {"nordvik": "ip.vetrov", "sever": "balkan.media"}
STAFF = {"nordvik": ("maria", "owner"), "sever": ("maria", "olga", "owner")}
METHODS = {
    # a line is for points (pay_with); as a method they pay no money, and no gateway is set up
    "nordvik": ("bank_transfer", "balance", "cash"),
    "sever": ("bank_transfer", "balance", "cash_on_delivery"),
}
LINES = {
    "nordvik": (
        WantedLine("web-start", "1 month"),
        WantedLine("web-start", "1 month", pay_with=Tender.POINTS),
        WantedLine("web-business", "24 months"),
        WantedLine("vps-pro-4", "12 months", options={"ram": 16, "os": "Ubuntu 26.04"}),
        WantedLine("dedicated-ex64", "6 months"),
        WantedLine("gpu-a16", "1 month"),
        WantedLine("panel-license", "1 month"),
        WantedLine("sfp-10g", "once"),
        WantedLine("sfp-10g", "once", pay_with=Tender.POINTS),
        WantedLine("admin-hours-10", "once"),
        WantedLine("shop-in-a-day", "12 months"),
        WantedLine("old-web", "1 month"),
        WantedLine("nas-storage", "1 month"),
    ),
    "sever": (
        WantedLine("oblako-2", "12 months"),
        WantedLine("server-pod-zakaz", "1 month"),
        WantedLine("router-ax", "once"),
    ),
}
KEYS = {provider: sorted({line.tariff for line in lines}) for provider, lines in LINES.items()}
COLUMNS = {
    "archived": st.booleans(),
    "self_service": st.booleans(),
    "stock": st.sampled_from((0, 1, 3, 10)),
    "per_client_limit": st.sampled_from((0, 1, 2, 5)),
}

T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """``staff`` place ``lines`` with ``provider`` for ``client``; the rest is what stands in rows.

    The first ``in_cart`` of the lines lie in their cart, the others are chosen in the catalogue.
    By tariff: columns, groups that alone may or may not have it, countries, what it needs.
    Of the client: group, block, debt, credit limit, methods forbidden to their group, services.
    """

    provider: str
    client: str
    staff: str
    method: str
    lines: tuple[WantedLine, ...]
    in_cart: int
    columns: Mapping[str, Mapping[str, int]]
    allowed: Mapping[str, frozenset[str]]
    forbidden: Mapping[str, frozenset[str]]
    countries: Mapping[str, frozenset[str]]
    needs: Mapping[str, str]
    group: str | None
    blocked: bool
    debt: int
    credit_limit: int
    forbidden_methods: frozenset[str]
    holds: tuple[str, ...]


def rarely(plain: T, odd: SearchStrategy[T]) -> SearchStrategy[T]:
    return st.one_of(st.just(plain), st.just(plain), st.just(plain), odd)


@st.composite
def scenes(draw: DrawFn) -> Scene:
    provider = draw(st.sampled_from(("nordvik", "nordvik", "sever")))
    client = draw(st.sampled_from(CLIENTS[provider]) | st.sampled_from(CLIENTS[provider]))
    client = draw(rarely(client, rarely(client, st.just(STRANGERS[provider]))))
    quantities = st.sampled_from((1, 1, 1, 2, 4))
    line = st.builds(replace, st.sampled_from(LINES[provider]), quantity=quantities)
    lines = tuple(draw(st.lists(line, min_size=1, max_size=3)))
    method = draw(st.sampled_from(METHODS[provider]))
    keys = st.sampled_from(KEYS[provider])
    any_groups = st.dictionaries(keys, st.frozensets(st.sampled_from(GROUPS), max_size=3))
    any_countries = st.frozensets(st.sampled_from(COUNTRIES), max_size=4)
    return Scene(
        provider=provider,
        client=client,
        staff=draw(st.sampled_from(STAFF[provider if client in CLIENTS[provider] else "nordvik"])),
        method=method,
        lines=lines,
        in_cart=draw(st.integers(0, len(lines))),
        columns=draw(st.dictionaries(keys, st.fixed_dictionaries({}, optional=COLUMNS))),
        allowed=draw(rarely({}, any_groups)),
        forbidden=draw(rarely({}, any_groups)),
        countries=draw(rarely({}, st.dictionaries(keys, any_countries))),
        needs=draw(rarely({}, st.dictionaries(keys, keys))),
        group=draw(st.sampled_from((*GROUPS, None))),
        blocked=draw(rarely(plain=False, odd=st.just(value=True))),
        debt=draw(rarely(0, st.sampled_from((5000, 10**7)))),
        credit_limit=draw(st.sampled_from((6000, 10**6))),
        forbidden_methods=draw(
            st.sampled_from((frozenset(), frozenset({"cash"}), frozenset({method})))
        ),
        holds=tuple(draw(st.lists(keys, max_size=2))),
    )


class Stage:
    """The demo in one transaction, made ready for one scene."""

    def __init__(self, session: Session, world: World, scene: Scene) -> None:
        self.session = session
        self.clock = world.clock
        self.scene = scene
        self.provider = session.scalars(select(Provider).filter_by(key=scene.provider)).one()
        self.client = session.scalars(select(Client).filter_by(login=scene.client)).one()
        self.pair = {"client_id": self.client.id, "provider_id": self.provider.id}
        self.groups = {group.key: group.id for group in session.scalars(select(ClientGroup))}
        self.tariffs = {
            tariff.key: tariff
            for tariff in session.scalars(select(Tariff).filter_by(provider_id=self.provider.id))
        }

    def set(self, owner: Actor) -> None:
        self._tariffs()
        membership = self.session.scalar(select(Membership).filter_by(**self.pair))
        if membership is not None:
            self._client(membership, owner)
        self._cart(owner)
        self.session.flush()
        self.session.expire_all()

    def _tariffs(self) -> None:
        for key, columns in self.scene.columns.items():
            for name, value in columns.items():
                setattr(self.tariffs[key], name, value)
        for key in {*self.scene.allowed, *self.scene.forbidden}:
            allowed = self.scene.allowed.get(key, frozenset())
            forbidden = self.scene.forbidden.get(key, frozenset()) - allowed
            own = {"tariff_id": self.tariffs[key].id}
            rules = {**dict.fromkeys(allowed, True), **dict.fromkeys(forbidden, False)}
            self._instead(
                GroupRule,
                own,
                [{"group_id": self.groups[group], "allowed": on} for group, on in rules.items()],
            )
        for key, countries in self.scene.countries.items():
            own = {"tariff_id": self.tariffs[key].id}
            self._instead(CountryRule, own, [{"country": country} for country in countries])
        for key, needed in self.scene.needs.items():
            own = {"tariff_id": self.tariffs[key].id}
            self._instead(Requirement, own, [{"required_id": self.tariffs[needed].id}])

    def _client(self, membership: Membership, owner: Actor) -> None:
        membership.blocked_reason = "Chargeback" if self.scene.blocked else None
        membership.credit_limit = self.scene.credit_limit
        group = self.scene.group
        membership.group_id = self.groups[group] if group else None
        if group:
            methods = [{"method": method} for method in self.scene.forbidden_methods]
            self._instead(ForbiddenMethod, {"group_id": self.groups[group]}, methods)
        held = [(self.tariffs[key], 1) for key in self.scene.holds]
        now = self.clock.now()
        open_services(
            self.session,
            client_id=self.client.id,
            tariffs=held,
            since=now,
            timezone=self.provider.timezone,
        )
        if self.scene.debt:
            self._owe(owner)

    def _owe(self, owner: Actor) -> None:
        currency, debt = self.provider.currency, self.scene.debt
        names = (
            AccountName(self.provider.id, AccountKind.RECEIVABLE, currency, self.client.id),
            AccountName(self.provider.id, AccountKind.REVENUE, currency),
        )
        movements = [Movement(names[0], -debt), Movement(names[1], debt)]
        happened = Happened(EntryKind.OPENING, "scene", ("client", self.client.id))
        post(self.session, happened, movements, actor=owner, at=self.clock.now())

    def _cart(self, owner: Actor) -> None:
        self.session.execute(delete(CartLine).filter_by(**self.pair))
        for line in self.scene.lines[: self.scene.in_cart]:
            command = AddToCart(self.client.id, self.scene.provider, line)
            add_to_cart(self.session, command, actor=owner, clock=self.clock)

    def _instead(
        self, model: type[Base], own: Mapping[str, int], rows: Iterable[Mapping[str, Any]]
    ) -> None:
        """``rows`` in place of those the demo has."""
        self.session.execute(delete(model).filter_by(**own))
        self.session.add_all(model(**own, **row) for row in rows)
