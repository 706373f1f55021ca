"""What a step would do is told beforehand, in sentences, and nothing is done by telling it."""

import pytest

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import Conflict, NotFound
from billing_panel.kernel.values.money import POINTS, Money
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.consequence_sentences import sentences_of
from plugins.orders.lifecycle.preview_step import Preview, preview_step
from plugins.orders.workflow.take_back_field import BACK, KEPT, written_for
from tests.actions.conftest import Opening
from tests.businesses import HOSTING, ROUTER, SERVER, Business
from tests.http.engines import ON_SQLITE
from tests.world import line

pytestmark = ON_SQLITE

WHY = {"reason": "because"}


def preview(shop: Business, order_id: int, action: str, by: str = "boss", **fields: str) -> Preview:
    """Nothing is changed by it."""
    before = shop.world.everything()
    told: Preview = shop.act(preview_step, AdvanceOrder(order_id, action, fields=fields), by)
    assert shop.world.everything() == before
    return told


def says(shop: Business, order_id: int, action: str, **fields: str) -> list[str]:
    """To staff."""
    return words(preview(shop, order_id, action, **fields), for_staff=True)


def words(told: Preview, *, for_staff: bool) -> list[str]:
    assert told.consequences is not None, told.refusal
    return [str(one) for one in sentences_of(told.consequences, for_staff=for_staff)]


def test_accepting_opens_a_debt_and_issues_a_bill(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING)
    assert says(desk, order_id, "accept") == [
        "The order becomes “Accepted”.",
        "€65.00 of the order is owed and remains a debt.",
        "A bill for €65.00 is issued.",
    ]
    assert not preview(desk, order_id, "accept").is_lasting


def test_what_is_paid_is_recorded_and_the_order_stays(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING)
    desk.move(order_id, "accept")
    assert says(desk, order_id, "pay", payment_method="cash", amount="1.00") == [
        "The order stays “Accepted”.",
        "€1.00 is recorded as paid.",
        "€64.00 of the order is owed and remains a debt.",
    ]


def test_calling_off_returns_what_there_is_to_return(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING)
    desk.move(order_id, "accept")
    told = preview(desk, order_id, "void", **WHY)
    assert told.is_lasting
    assert "No money is returned." in says(desk, order_id, "void", **WHY)
    desk.move(order_id, "pay", by="boss", payment_method="cash", amount="1.00")
    for_clients = [
        "The order becomes “Cancelled”.",
        "€1.00 is returned to the balance.",
        "The debt of €64.00 is lifted.",
        "Bill PF-2026-000001 is annulled.",
    ]
    assert words(preview(desk, order_id, "void", **WHY), for_staff=False) == for_clients
    in_stock = "Returns to stock: 1 × Router."
    assert says(desk, order_id, "void", **WHY) == [*for_clients, in_stock]


def test_delivering_starts_services(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING)
    desk.move(order_id, "accept")
    assert says(desk, order_id, "complete")[2:] == [
        "“Router” counts as delivered.",
        "“Hosting” counts as delivered.",
        "Starts services: 1 × Hosting.",
    ]


def test_services_are_suspended_resumed_and_ended(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    hosting.move(order_id, "set_up")
    hosting.move(order_id, "deliver")
    assert "Suspends services: 1 × Server." in says(hosting, order_id, "suspend", **WHY)
    hosting.move(order_id, "suspend", **WHY)
    assert "Resumes services: 1 × Server." in says(hosting, order_id, "resume", **WHY)


def test_a_refund_goes_where_it_is_sent(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER)
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", by="boss", payment_method="cash", amount="1.00")
    back = {**WHY, "amount": ""}
    by_cash = says(desk, order_id, "refund", refund_to="method", **back)
    assert "€1.00 is returned to where it came from." in by_cash
    to_balance = says(desk, order_id, "refund", refund_to="balance", **back)
    assert "€1.00 is returned to the balance." in to_balance


def test_points_are_returned_as_points(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(line("router", "once", pay_with=Tender.POINTS), HOSTING)
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", by="boss", payment_method="points")
    told = preview(desk, order_id, "void", **WHY).consequences
    assert told is not None
    assert [one.sum for one in told.given_back] == [Money(300, POINTS)]


def test_what_comes_back_is_told_line_by_line(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER, HOSTING, SERVER)
    desk.move(order_id, "accept")
    router, hosting, _server = (one.id for one in desk.order(order_id).lines)
    desk.deliver(order_id, router, hosting)
    said = {"taken_back": written_for({router: BACK, hosting: KEPT})}
    told = says(desk, order_id, "void", **WHY, **said)
    assert "“Router” is taken back." in told
    assert "Returns to stock: 1 × Router." in told
    assert not any("Hosting” is taken back" in one for one in told)


def test_what_cannot_be_done_is_told_as_a_refusal(business: Opening) -> None:
    desk = business("desk")
    told = preview(desk, desk.place(ROUTER), "dance")
    assert told.refusal is not None
    assert (told.refusal.code, told.consequences) == ("transition_refused", None)


def test_an_order_out_of_sight_or_seen_too_early_is_no_preview(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(ROUTER)
    with pytest.raises(NotFound):
        preview(desk, order_id + 1, "accept")
    with pytest.raises(Conflict):
        desk.act(preview_step, AdvanceOrder(order_id, "accept", version=0), "boss")
