"""Everything that quoting and placing an order need, read once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.access.clients_may_order import refuse_closed
from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_methods import methods_to_choose, methods_to_set_up
from billing_panel.accounts.companies.provider_models import (
    METHOD_NEEDS,
    DeliveryService,
    PaymentMethod,
    Provider,
)
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.catalog.load_eligibility_facts import RATES, seller_facts
from billing_panel.catalog.rules.eligibility_facts import (
    Choice,
    ClientFacts,
    Granted,
    MethodFacts,
    Period,
    SellerFacts,
    TariffFacts,
)
from billing_panel.catalog.rules.quote import DeliveryFacts
from billing_panel.catalog.rules.wanted_line import WantedLine, choose
from billing_panel.kernel.database.batched_reads import Ahead, Together
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, Text, text
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.postal_address import Address
from billing_panel.tax.territories import territory_at
from plugins.orders.checkout.assess_basket import Judgement, assess_basket, less_promo
from plugins.orders.checkout.load_client_facts import READ_OF_CLIENT, client_facts, of_pair
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.settlement.allowed_payment_methods import METHOD_OFF
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.versions.workflow_store import as_made, running_version
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.workflow import Workflow

# by the ids of the pair
READ_TO_SHOP = (*READ_OF_CLIENT, RATES)
ALL_TO_SHOP = Together(*READ_TO_SHOP)


@dataclass(frozen=True)
class Shopping:
    """``own_area``: the client themselves shops; the rules of self-service apply."""

    client: Client
    provider: Provider
    facts: ClientFacts
    seller: SellerFacts
    version: WorkflowVersion
    day: date
    own_area: bool
    at: datetime
    promo: PromoWish | None = None

    @kept_property
    def workflow(self) -> Workflow:
        """The one new orders of the provider begin with."""
        return as_made(self.version)

    def with_granted(self, granted: Sequence[Granted]) -> "Shopping":
        """The same with exceptions ``granted`` to the client."""
        return replace(self, facts=replace(self.facts, granted=tuple(granted)))

    def with_promo(self, promo: PromoWish | None) -> "Shopping":
        """The same with a promo code, of which ``judge`` says what it takes off or why not."""
        return replace(self, promo=promo)

    def sent_to(self, wanted: Address) -> "Shopping":
        """The same with goods sent to ``wanted``, which decides their tax; empty: as usual."""
        place = place_for(self.client, wanted)
        territory = territory_at(place)
        return replace(self, facts=replace(self.facts, ships_to=territory))

    @property
    def methods(self) -> Sequence[PaymentMethod]:
        """Those that may be chosen now: none that is switched off for a time (D13)."""
        return [m for m in methods_to_choose(self.provider) if not m.is_off(self.at)]

    @property
    def methods_off(self) -> Sequence[tuple[PaymentMethod, Text]]:
        """The others, each with why not, as whoever shops reads it."""
        zone, for_staff = self.provider.timezone, not self.own_area
        return [
            (method, why)
            for method in methods_to_choose(self.provider)
            if method.key not in self.facts.forbidden_methods
            and (why := method.why_off(self.at, zone, for_staff=for_staff))
        ]

    @property
    def methods_to_set_up(self) -> Sequence[PaymentMethod]:
        """Those that could be chosen, were there somewhere to pay to."""
        return methods_to_set_up(self.provider)

    @property
    def membership(self) -> Membership | None:
        """The client's with the provider, if there is one."""
        members = self.client.memberships
        return next((m for m in members if m.provider_id == self.provider.id), None)

    def judge(
        self,
        choices: Sequence[Choice],
        *,
        method: PaymentMethod | None = None,
        delivery: DeliveryService | None = None,
    ) -> Judgement:
        """What stands against ``choices``, and what they cost."""
        judgement = assess_basket(
            choices,
            client=self.facts,
            seller=self.seller,
            day=self.day,
            method=MethodFacts(method.key, method.title) if method else None,
            delivery=_delivery_facts(delivery) if delivery else None,
            by_availability=self.workflow.split_by_availability,
            own_area=self.own_area,
        )
        if self.promo is None:
            return judgement
        return less_promo(judgement, self.promo, client=self.facts, day=self.day)

    def payment_method(self, key: str | None) -> PaymentMethod | None:
        """A method the client may choose with this provider. Raises Invalid.

        Staff are told of one that could be offered what it lacks. None: it is named when the order
        is paid, where the workflow has it so (D5).
        """
        if not key and self.workflow.method_when_paid:
            return None
        offered = self.methods
        found = next((method for method in offered if method.key == key), None)
        lacking = next((m for m in self.methods_to_set_up if m.key == key), None)
        if lacking is not None and not self.own_area:
            needs = METHOD_NEEDS[lacking.kind]
            raise Invalid([FieldError("payment_method", "method_not_set_up", needs)])
        off = next((why for method, why in self.methods_off if method.key == key), None)
        if off is not None:
            raise Invalid([FieldError("payment_method", METHOD_OFF, off)], code=METHOD_OFF)
        if found is None:
            keys = AnyOf([method.key for method in offered])
            message = text("Choose one of these payment methods: %(keys)s.", keys=keys)
            code = "missing" if key is None else "unknown_payment_method"
            raise Invalid([FieldError("payment_method", code, message)])
        return found

    def delivery_service(self, key: str) -> DeliveryService:
        """Raises Invalid."""
        offered = [service for service in self.provider.delivery_services if service.offered]
        found = next((service for service in offered if service.key == key), None)
        if found is None:
            keys = AnyOf([service.key for service in offered])
            message = text("Choose one of these delivery services: %(keys)s.", keys=keys)
            raise Invalid([FieldError("delivery.service", "unknown_delivery_service", message)])
        return found


def start_shopping(
    session: Session, actor: Actor, client_id: int, provider: str | None, *, at: datetime
) -> Shopping:
    """Raises NotFound when client or provider is out of the actor's scope, ``provider_needed``."""
    client = find_client(session, actor, client_id=client_id)
    found = provider_for(session, actor, client, provider)
    return go_shopping(session, actor, client, found, at=at)


def go_shopping(
    session: Session,
    actor: Actor,
    client: Client,
    provider: Provider,
    *,
    at: datetime,
    granted: Sequence[Granted] = (),
    ahead: Ahead | None = None,
    besides: Order | None = None,
) -> Shopping:
    """``client`` and ``provider`` were found in the actor's scope.

    ``granted``: approved exceptions that are used; without them everybody gets the same answer.
    ``ahead``: where ``READ_TO_SHOP`` was read already, with what else was to be read.
    ``besides``: an order that is judged anew, and counts for nothing itself.

    Raises NotFound for the client themselves where the ordering module is off (D1).
    """
    refuse_closed(provider, actor)
    ahead = ahead or ALL_TO_SHOP.read(session, of_pair(client, provider, besides))
    facts = client_facts(session, client, provider, ahead=ahead, besides=besides)
    return Shopping(
        client=client,
        provider=provider,
        facts=replace(facts, granted=tuple(granted)),
        seller=seller_facts(ahead, provider),
        version=running_version(session, provider),
        day=local_date(at, provider.timezone),
        at=at,
        own_area=actor.client_id is not None,
    )


def place_for(client: Client, wanted: Address | None) -> Address:
    """The address asked for, in the client's country unless it says another; else their own.

    None: nothing is delivered.
    """
    if wanted is None:
        return Address()
    if not wanted:
        return client.place_of_delivery
    return replace(wanted, country=wanted.country or client.country)


def as_wanted(line: CartLine | OrderLine) -> WantedLine:
    """A position of the cart, or of an order, as a line of the catalogue is wanted."""
    return WantedLine(
        tariff=line.tariff.key,
        period=str(Period(line.months)),
        quantity=line.quantity,
        options=line.options,
        pay_with=line.tender,
        note=line.note,
    )


def quantities(wanted: Iterable[WantedLine]) -> Mapping[str, int]:
    """How many of each tariff, by its key."""
    ordered: Counter[str] = Counter()
    for line in wanted:
        ordered[line.tariff] += line.quantity
    return ordered


def choose_all(catalogue: Mapping[str, TariffFacts], wanted: Sequence[WantedLine]) -> list[Choice]:
    """Every wanted line as a choice. Raises Invalid with all mistakes of all lines."""
    if not wanted:
        message = text("Choose at least one line.")
        raise Invalid([FieldError("lines", "empty", message)])
    results = [choose(catalogue, line, f"lines.{n}.") for n, line in enumerate(wanted)]
    errors = [error for result in results if isinstance(result, list) for error in result]
    if errors:
        raise Invalid(errors)
    return [result for result in results if isinstance(result, Choice)]


def _delivery_facts(service: DeliveryService) -> DeliveryFacts:
    return DeliveryFacts(service.key, service.title, service.price, service.tax_class)
