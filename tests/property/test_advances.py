"""Whatever is paid, given back, delivered and called off, documents with advances follow the books.

Before the invoice they come to what is paid, after it to what is earned; each rate to the books'
own, or to a minor unit beside it, since each document rounds its own tax.
"""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.language.errors import DomainError
from tests.actions.test_advance_invoices import pay
from tests.actions.test_deferred_revenue import in_books
from tests.actions.test_invoices import invoices, invoicing, refunded
from tests.actions.test_settled_advances import HOST, on_documents, with_low_rate
from tests.businesses import Business, opened, wrongs
from tests.conftest import NOON, Templates
from tests.world import World, line

LINES = (line("router", "once"), HOST, line("hosting", "1 month"))
cents = st.integers(1, 12_000)
steps = st.one_of(
    st.tuples(st.just("pay"), cents),
    st.tuples(st.just("refund"), cents),
    st.tuples(st.just("deliver"), st.integers(0, len(LINES) - 1)),
)


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def shop(world: World, templates: Templates) -> Business:
    """Prices without tax; hosting at 9 %, everything else at 20 %."""
    assert world.clock.at == NOON
    templates.restore_made(
        "sqlite", "business_hosting", world.database, lambda: opened(world, "hosting")
    )
    with world.database.writing() as session:
        session.execute(update(Tariff).where(Tariff.stock.is_not(None)).values(stock=10_000))
    return with_low_rate(invoicing(Business(world), InvoiceTime.ADVANCE, prices_include_tax=False))


@settings(
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    country=st.sampled_from(["BG", "RU"]),
    before=st.lists(steps, min_size=2, max_size=6),
    end=st.sampled_from(["deliver", "cancel"]),
    after=st.lists(steps, max_size=3),
)
def test_documents_with_advances_follow_the_books(
    shop: Business,
    country: str,
    before: Sequence[tuple[str, int]],
    end: str,
    after: Sequence[tuple[str, int]],
) -> None:
    shop.world.change(Provider, {"id": shop.provider_id}, country="BG")
    order_id = shop.place(*LINES)
    shop.world.change(Provider, {"id": shop.provider_id}, country=country)
    for step in (*before, (end, -1), *after):
        # what can't be done now is refused, and changes nothing
        with suppress(DomainError):
            do(shop, order_id, *step)
        order = shop.order(order_id)
        earned = order.paid + (order.owed if invoices(shop, order_id) else 0)
        said = on_documents(shop, order_id)
        assert sum(net + tax for net, tax in said.values()) == earned
        if earned == order.paid + order.owed:
            books = in_books(shop, order_id)
            for percent in {*said, *books}:
                (net, tax), (of_books, its_tax) = (
                    said.get(percent, (0, 0)),
                    books.get(percent, (0, 0)),
                )
                assert max(abs(net - of_books), abs(tax - its_tax)) <= 1, percent
    assert wrongs(shop.world) == []


def do(shop: Business, order_id: int, what: str, number: int) -> None:
    amount = f"{number / 100:.2f}"
    if what == "pay":
        pay(shop, order_id, amount)
    elif what == "refund":
        refunded(shop, order_id, amount)
    elif what == "deliver":
        lines = [] if number < 0 else [shop.order(order_id).lines[number].id]
        shop.deliver(order_id, *lines)
    else:
        shop.move(order_id, "cancel", by="buyer")
