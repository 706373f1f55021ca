"""A client before a provider's catalogue: all that quoting and placing need, read once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.access.self_ordering import refuse_closed
from billing_panel.accounts.firms.providers import (
    METHOD_NEEDS,
    DeliveryService,
    PaymentMethod,
    Provider,
)
from billing_panel.accounts.people.clients import Client, Membership
from billing_panel.catalog.load_facts import seller_facts
from billing_panel.catalog.rules.choose_line import WantedLine, choose
from billing_panel.catalog.rules.facts import (
    Choice,
    ClientFacts,
    Granted,
    MethodFacts,
    Period,
    SellerFacts,
    TariffFacts,
)
from billing_panel.catalog.rules.quote import DeliveryFacts
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import local_date
from plugins.orders.checkout.assess_basket import Judgement, assess_basket, less_promo
from plugins.orders.checkout.client_facts import client_facts
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.store.models import CartLine, OrderLine, WorkflowVersion
from plugins.orders.store.workflow_store import as_made, running_version
from plugins.orders.workflow.workflow import Workflow


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
    promo: PromoWish | None = None

    @property
    def workflow(self) -> Workflow:
        """The one new orders of the provider begin with."""
        return as_made(self.version)

    def with_granted(self, granted: Sequence[Granted]) -> "Shopping":
        """The same with exceptions ``granted`` to the client."""
        return replace(self, facts=replace(self.facts, granted=tuple(granted)))

    def with_promo(self, promo: PromoWish | None) -> "Shopping":
        """The same with a promo code, of which ``judge`` says what it takes off or why not."""
        return replace(self, promo=promo)

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
        offered = self.provider.methods_to_choose
        found = next((method for method in offered if method.key == key), None)
        lacking = next((m for m in self.provider.methods_to_set_up if m.key == key), None)
        if lacking is not None and not self.own_area:
            needs = METHOD_NEEDS[lacking.kind]
            raise Invalid([FieldError("payment_method", "method_not_set_up", needs)])
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
) -> Shopping:
    """``client`` and ``provider`` were found in the actor's scope.

    ``granted``: approved exceptions that are used; without them everybody gets the same answer.

    Raises NotFound for the client themselves where the ordering module is off (D1).
    """
    refuse_closed(provider, actor)
    return Shopping(
        client=client,
        provider=provider,
        facts=replace(client_facts(session, client, provider), granted=tuple(granted)),
        seller=seller_facts(session, provider),
        version=running_version(session, provider),
        day=local_date(at, provider.timezone),
        own_area=actor.client_id is not None,
    )


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
