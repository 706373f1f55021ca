"""Random catalogues, clients and baskets as plain facts, odd ones far more often than in life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from billing_panel.catalog.rules.eligibility_facts import (
    Availability,
    Basket,
    Choice,
    ClientFacts,
    Component,
    GroupFacts,
    MethodFacts,
    Named,
    OptionFacts,
    OptionValue,
    Period,
    PriceFacts,
    SellerFacts,
    TariffFacts,
    TariffKind,
    Tender,
)
from billing_panel.catalog.rules.quote import DeliveryFacts
from billing_panel.tax.supply import DatedRate, Standing, SupplyKind
from tests.property.facts import ANCIENT, TODAY, group, method, named, titles

PROVIDERS = ("nordvik", "sever")
COUNTRIES = ("BG", "DE", "RU", "US", "JP")
CURRENCIES = ("EUR", "RUB", "JPY", "KWD")
TAX_CLASSES = ("standard", "reduced", "zero")
GROUPS = tuple(map(group, ("retail", "vip", "watch")))
METHODS = tuple(map(method, ("cash", "bank_transfer")))
KEYS = ("web", "vps", "gpu", "sfp", "licence", "hours")

prices = st.integers(0, 10) | st.integers(0, 10_000_000)
percents = st.integers(0, 100).map(Decimal) | st.decimals(0, 100, places=2)
few = st.integers(0, 5)


def some(values: Sequence[str]) -> SearchStrategy[frozenset[str]]:
    """Mostly none: a restriction restricts only where something is named."""
    return st.just(frozenset[str]()) | st.frozensets(st.sampled_from(values), max_size=3)


@dataclass(frozen=True)
class Checkout:
    """Somebody before a till: all that ``judge()`` asks for."""

    seller: SellerFacts
    client: ClientFacts
    choices: tuple[Choice, ...]
    method: MethodFacts | None
    delivery: DeliveryFacts | None
    day: date = TODAY

    @property
    def basket(self) -> Basket:
        return Basket(self.choices, self.method)


@st.composite
def sellers(draw: DrawFn) -> SellerFacts:
    changed = st.fixed_dictionaries({ANCIENT: percents}, optional={TODAY: percents})
    return SellerFacts(
        territory=draw(st.sampled_from(COUNTRIES)),
        registered=draw(st.booleans()),
        one_stop_shop=draw(st.booleans()),
        currency=draw(st.sampled_from(CURRENCIES)),
        prices_include_tax=draw(st.booleans()),
        rates={
            tax_class: [DatedRate(since, percent) for since, percent in draw(changed).items()]
            for tax_class in TAX_CLASSES
        },
    )


@st.composite
def clients(draw: DrawFn, currency: str) -> ClientFacts:
    counted = st.dictionaries(st.sampled_from(KEYS), few, max_size=3)
    return ClientFacts(
        provider=draw(st.sampled_from(PROVIDERS)),
        is_client=draw(st.sampled_from((True, True, True, False))),
        country=draw(st.sampled_from(COUNTRIES)),
        territory=draw(st.sampled_from(COUNTRIES)),
        tax_standing=draw(st.sampled_from(Standing)),
        ships_to=draw(st.none() | st.sampled_from(COUNTRIES)),
        group=draw(st.none() | st.sampled_from(GROUPS)),
        discount_percent=draw(st.just(Decimal(0)) | percents),
        ignores_service_limits=draw(st.booleans()),
        forbidden_methods=draw(some([method.key for method in METHODS])),
        blocked_reason=draw(st.none() | st.just("Chargeback")),
        currency=currency,
        points=draw(prices),
        debt=draw(few),
        credit_limit=draw(few),
        held=draw(counted),
        open_lines=draw(counted),
        paid_open=draw(some(KEYS)),
    )


@st.composite
def options(draw: DrawFn) -> OptionFacts:
    included = draw(few)
    step = draw(st.integers(1, 4))
    return OptionFacts(
        "ram",
        titles("Extra RAM"),
        included=included,
        step=step,
        maximum=included + step * draw(few),
        price_per_unit_month=draw(prices),
    )


@st.composite
def tariffs(draw: DrawFn, key: str, parts: Sequence[TariffFacts] = ()) -> TariffFacts:
    """With ``parts`` it is a bundle of some of them."""
    months = draw(st.frozensets(st.sampled_from((0, 1, 12, 36)), min_size=1))
    components = draw(st.lists(st.sampled_from(parts), min_size=1)) if parts else []
    return TariffFacts(
        id=1 + KEYS.index(key) if key in KEYS else 100,
        key=key,
        provider=draw(st.sampled_from(PROVIDERS)),
        title=titles(key.upper()),
        kind=TariffKind.BUNDLE if parts else TariffKind.SERVICE,
        category="Servers",
        supply=draw(st.sampled_from(SupplyKind)),
        availability=draw(st.sampled_from(Availability)),
        tax_class=draw(st.sampled_from(TAX_CLASSES)),
        prices={
            Period(month): PriceFacts(draw(prices), draw(st.none() | prices)) for month in months
        },
        stock=draw(st.none() | few),
        setup_fee=draw(st.just(0) | prices),
        per_client_limit=draw(st.none() | few),
        archived=draw(st.sampled_from((False, False, False, True))),
        self_service=draw(st.booleans()),
        needs_delivery=draw(st.booleans()),
        options=tuple(draw(st.lists(options(), max_size=1))),
        components=tuple(
            Component(part, next(iter(part.prices)))
            for part in {part.key: part for part in components}.values()
        ),
        allowed_groups=draw(some_groups),
        forbidden_groups=draw(some_groups),
        countries=draw(some(COUNTRIES)),
        requires_one_of=draw(some_named),
    )


some_groups: SearchStrategy[tuple[GroupFacts, ...]] = some([group.key for group in GROUPS]).map(
    lambda keys: tuple(group for group in GROUPS if group.key in keys)
)
some_named: SearchStrategy[tuple[Named, ...]] = some(KEYS).map(
    lambda keys: tuple(map(named, sorted(keys)))
)


@st.composite
def catalogues(draw: DrawFn) -> Mapping[str, TariffFacts]:
    """A few single tariffs, and sometimes a bundle of some of them."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    single = {key: draw(tariffs(key)) for key in keys}
    if draw(st.booleans()):
        single["bundle"] = draw(tariffs("bundle", tuple(single.values())))
    return single


@st.composite
def choices(draw: DrawFn, catalogue: Mapping[str, TariffFacts]) -> Choice:
    tariff = draw(st.sampled_from(tuple(catalogue.values())))
    period, price = draw(st.sampled_from(tuple(tariff.prices.items())))
    for_points = price.points is not None and draw(st.booleans())
    picked: dict[str, OptionValue] = {}
    if not for_points:
        for option in tariff.options:
            steps = (option.maximum - option.included) // option.step
            picked[option.key] = option.included + option.step * draw(st.integers(0, steps))
    return Choice(
        tariff,
        period,
        draw(st.integers(1, 3) | st.integers(1, 1000)),
        picked,
        Tender.POINTS if for_points else Tender.MONEY,
    )


deliveries = st.builds(
    DeliveryFacts,
    key=st.just("post"),
    title=st.just(titles("Post")),
    price=prices,
    tax_class=st.sampled_from(TAX_CLASSES),
)


@st.composite
def checkouts(draw: DrawFn) -> Checkout:
    """A basket of 1 to 5 lines; a checkout for which nothing is wrong is rare, as is meant."""
    seller = draw(sellers())
    catalogue = draw(catalogues())
    return Checkout(
        seller=seller,
        client=draw(clients(seller.currency)),
        choices=tuple(draw(st.lists(choices(catalogue), min_size=1, max_size=5))),
        method=draw(st.none() | st.sampled_from(METHODS)),
        delivery=draw(st.none() | deliveries),
    )
