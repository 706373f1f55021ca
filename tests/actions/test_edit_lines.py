"""The lines of an order edited before anything was paid or delivered."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from billing_panel.catalog.models import Price
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.editing.edit_lines import EditLines, edit_lines
from plugins.orders.editing.edited_basket import EditedLine
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.promo.change_promo import PromoDetails, create_promo
from plugins.orders.store.models import Order
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import CLIENT, HOSTING, PROVIDER, ROUTER, SERVER, STOCK, Business, wrongs
from tests.gateways import Scripted, Till
from tests.world import line


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


@pytest.fixture
def procurement(business: Opening) -> Business:
    return business("procurement")


def keep(order: Order, place: int = 0, **more: Any) -> EditedLine:
    """The line at ``place`` of the order, as it is but for ``more``."""
    return EditedLine(order.lines[place].id, **more)


def add(wanted: WantedLine) -> EditedLine:
    return EditedLine(
        None, wanted.tariff, wanted.quantity, wanted.period, wanted.options, wanted.pay_with
    )


def edit(
    business: Business, order_id: int, *lines: EditedLine, by: str = "boss", **more: Any
) -> Any:
    return business.act(edit_lines, EditLines(order_id, lines, **more), by=by)


def bills(order: Order) -> list[tuple[int, bool]]:
    return [(document.total, document.is_void) for document in order.documents]


def test_a_quantity_a_line_less_and_a_line_more_are_billed_and_held(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, HOSTING)
    order = hosting.order(order_id)
    told = edit(hosting, order_id, keep(order, quantity=3), add(SERVER), version=order.version).told
    after = hosting.order(order_id)
    assert [(one.tariff.key, one.quantity, one.amount) for one in after.lines] == [
        ("router", 3, 18000),
        ("server", 1, 8000),
    ]
    assert (told.before.total, told.after.total, told.more) == (6500, 26000, 19500)
    assert (after.total, after.goods, after.tax, after.version) == (26000, 26000, 4333, 2)
    assert bills(after) == [(6500, True), (26000, False)]
    assert (hosting.stock("router"), hosting.stock("server")) == (STOCK - 3, STOCK - 1)
    assert hosting.happened(order_id, "order.lines_edited")[0]["edited"][0]["did"] == "changed"
    assert wrongs(hosting.world) == []


def test_lines_left_alone_keep_the_price_they_were_placed_at(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, HOSTING)
    with hosting.world.database.writing() as session:
        session.execute(update(Price).values(amount=Price.amount + 200))
    order = hosting.order(order_id)
    edit(hosting, order_id, keep(order), keep(order, 1, quantity=2))
    assert [one.amount for one in hosting.order(order_id).lines] == [6000, 1400]
    raised = hosting.order(order_id).lines[0]
    hosting.act(raise_price, RaisePrice(order_id, raised.id, "70.00", "dearer"), by="boss")
    order = hosting.order(order_id)
    edit(hosting, order_id, keep(order), keep(order, 1, quantity=1))
    assert [one.amount for one in hosting.order(order_id).lines] == [7000, 700]
    assert wrongs(hosting.world) == []


def test_d6_the_debt_of_an_accepted_order_follows(desk: Business) -> None:
    order_id = desk.place(ROUTER, HOSTING)
    desk.move(order_id, "accept")
    order = desk.order(order_id)
    assert (order.owed, desk.stands().debt) == (6500, 6500)
    edit(desk, order_id, keep(order, 1))
    assert (desk.order(order_id).owed, desk.stands().debt) == (500, 500)
    edit(desk, order_id, keep(desk.order(order_id), quantity=4), add(ROUTER))
    assert (desk.order(order_id).owed, desk.stands().debt) == (8000, 8000)
    assert desk.received(AccountKind.TAX) == -1333
    assert wrongs(desk.world) == []
    desk.move(order_id, "pay", by="petar", payment_method="cash")
    assert desk.stands().debt == 0
    assert wrongs(desk.world) == []


def test_the_clients_own_restrictions_hold_and_its_own_lines_count_once(hosting: Business) -> None:
    order_id = hosting.place(line("router", "once", quantity=STOCK))
    order = hosting.order(order_id)
    assert "out_of_stock" in hosting.refusal(
        lambda: edit(hosting, order_id, keep(order, quantity=STOCK + 1))
    )
    edit(hosting, order_id, keep(order, quantity=STOCK - 1), add(HOSTING))
    assert hosting.stock() == 1
    assert "insufficient_points" in hosting.refusal(
        lambda: edit(
            hosting,
            order_id,
            keep(hosting.order(order_id)),
            add(line("router", "once", quantity=4, pay_with=Tender.POINTS)),
        )
    )


def test_what_is_paid_delivered_or_over_stays_as_it_is(hosting: Business) -> None:
    cases: tuple[tuple[Callable[[int], object], str], ...] = (
        (
            lambda one: hosting.move(one, "pay", by="petar", payment_method="cash", amount="1"),
            "order_paid",
        ),
        (lambda one: hosting.move(one, "cancel"), "order_ended"),
    )
    for act, code in cases:
        order_id = hosting.place(ROUTER, HOSTING)
        act(order_id)
        order = hosting.order(order_id)
        assert hosting.refusal(lambda: edit(hosting, order_id, keep(order))) == {code}  # noqa: B023


def test_what_a_payment_system_reviews_keeps_the_lines(business: Opening) -> None:
    shop = business("webshop")
    till = Till(shop, Scripted())
    payment = till.leave(shop.place(ROUTER, HOSTING, by=CLIENT, method="card_gateway"))
    order = shop.order(payment.order_id)
    for outcome in ("", "in_review"):
        if outcome:
            till.tell(payment, outcome)
        refused = shop.refusal(lambda: edit(shop, order.id, keep(order)))
        assert refused == {"payment_under_way"}


def test_a_delivered_line_keeps_the_others_too(procurement: Business) -> None:
    order_id = procurement.place(ROUTER, HOSTING)
    procurement.deliver(order_id, procurement.order(order_id).lines[1].id)
    order = procurement.order(order_id)
    refused = procurement.refusal(lambda: edit(procurement, order_id, keep(order)))
    assert refused == {"already_delivered"}


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (lambda _order: [], {"invalid", "lines"}),
        (lambda order: [keep(order), keep(order)], {"invalid", "lines"}),
        (lambda order: [keep(order, quantity=1), keep(order, 1)], {"invalid", "lines"}),
        (lambda _order: [EditedLine(999_999)], {"invalid", "lines"}),
        (lambda order: [keep(order, quantity=0)], {"invalid", "lines.0.quantity"}),
        (lambda order: [keep(order, period="7 months")], {"invalid", "lines.0.period"}),
        (lambda order: [keep(order), EditedLine(tariff="gone")], {"invalid", "lines.1.tariff"}),
    ],
)
def test_what_makes_no_sense_is_told_by_its_place(
    hosting: Business, lines: Any, codes: Any
) -> None:
    order_id = hosting.place(ROUTER, HOSTING)
    asked = lines(hosting.order(order_id))
    assert hosting.refusal(lambda: edit(hosting, order_id, *asked)) == codes


def test_who_may_not_what_was_seen_and_what_was_shown(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, HOSTING)
    order = hosting.order(order_id)
    less = keep(order)
    assert hosting.refusal(lambda: edit(hosting, order_id, less, by="georgi")) == {
        "function_not_held"
    }
    assert hosting.refusal(lambda: edit(hosting, order_id, less, version=9)) == {"stale_version"}
    shown = Money(1, "EUR")
    refused = hosting.refusal(lambda: edit(hosting, order_id, less, expected_total=shown))
    assert refused == {"price_changed"}


def test_delivery_goes_with_the_last_goods_and_comes_without_a_charge(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, HOSTING, delivery=DeliveryWish("speedy"))
    order = hosting.order(order_id)
    assert (order.delivery, order.total) == (300, 6800)
    edit(hosting, order_id, keep(order, quantity=2), keep(order, 1))
    order = hosting.order(order_id)
    assert (order.delivery, order.total, order.delivery_service) == (300, 12800, "speedy")
    edit(hosting, order_id, keep(order, 1))
    order = hosting.order(order_id)
    assert (order.delivery, order.total, order.delivery_service) == (0, 500, None)
    assert not order.place_of_delivery
    edit(hosting, order_id, keep(order), add(ROUTER))
    order = hosting.order(order_id)
    assert (order.delivery, order.total, order.place_of_delivery.city) == (0, 6500, "Sofia")
    assert wrongs(hosting.world) == []


def test_a_promo_code_is_taken_off_what_the_order_comes_to_now(hosting: Business) -> None:
    code = PromoDetails(code="TENTH", percent=Decimal(10), max_uses=1)
    with hosting.world.database.writing() as session:
        create_promo(
            session, PROVIDER, code, actor=hosting.actor("boss"), clock=hosting.world.clock
        )
    order_id = hosting.place(ROUTER, HOSTING, promo_code="TENTH")
    order = hosting.order(order_id)
    assert (order.promo_discount, order.total) == (650, 5850)
    edit(hosting, order_id, keep(order, quantity=2))
    order = hosting.order(order_id)
    assert (order.promo_discount, order.total, order.promo_code) == (1200, 10800, "TENTH")
    assert wrongs(hosting.world) == []


def test_what_comes_to_nothing_is_paid(hosting: Business) -> None:
    advice = line("advice", "1 month")
    order_id = hosting.place(HOSTING, advice)
    assert not hosting.order(order_id).is_paid
    edit(hosting, order_id, keep(hosting.order(order_id), 1))
    order = hosting.order(order_id)
    assert (order.total, order.is_paid, bills(order)) == (0, True, [(500, True)])
    assert hosting.path(order_id)[0][0] == "payment_succeeded"
    assert wrongs(hosting.world) == []


def test_paid_or_edited_but_never_both(desk: Business) -> None:
    """Both have seen the order as it was; the second is refused."""
    orders = [desk.place(ROUTER, HOSTING) for _ in range(4)]
    acts: list[Callable[[], object]] = []
    for order_id in orders:
        desk.move(order_id, "accept")
        order = desk.order(order_id)
        fields = {"payment_method": "cash"}
        pay = AdvanceOrder(order_id, "pay", fields=fields, version=order.version)
        acts += [
            partial(edit, desk, order_id, keep(order, quantity=2), keep(order, 1)),
            partial(desk.act, advance_order, pay, by="petar"),
        ]
    results = at_once(acts)
    for order_id, edited, paid in zip(orders, results[::2], results[1::2], strict=True):
        order = desk.order(order_id)
        if isinstance(edited, DomainError):
            assert (edited.code, order.total, order.left) == ("order_paid", 6500, 0)
            assert not isinstance(paid, DomainError)
        else:
            assert isinstance(paid, DomainError)
            assert (paid.code, order.total, order.paid) == ("stale_version", 12500, 0)
