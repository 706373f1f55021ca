"""Placing an order for a client (H1, H2, H3, H8), on both databases."""

import pytest
from sqlalchemy import select, text

from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import Price, Tariff
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.language.errors import (
    Conflict,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.money import Money
from plugins.orders.cart.find_carts import cart_lines
from plugins.orders.checkout.load_client_facts import PROMISED
from tests.world import World, codes, line


def cart_of(world: World, login: str, client: str) -> dict[str, int]:
    """Tariff key → id of the position in the client's cart."""
    with world.database.reading() as session:
        lines = cart_lines(session, world.actor(login), world.client_id(client))
        return {row.tariff.key: row.id for row in lines}


def test_h8_the_clients_cart_becomes_an_order_with_their_prices(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    assert [(row.tariff.key, row.quantity, row.amount) for row in order.lines] == [
        ("vps-pro-4", 2, 38556),
        ("panel-license", 1, 1260),
    ]
    assert (order.goods, order.discount, order.total, order.paid) == (44240, 4424, 47779, 0)
    assert [(str(t.percent), t.base, t.tax) for t in order.taxes] == [("20", 39816, 7963)]
    assert order.status.key == "awaiting_payment"
    assert order.provider.key == "nordvik"
    assert cart_of(world, "maria", "balkan.media") == {}


def test_h7_a_bank_transfer_order_gets_its_proforma(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    (document,) = order.documents
    assert (document.number, document.total) == ("NH-2026-000001", order.total)


def test_h3_a_balance_order_gets_no_proforma_and_moves_no_money(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media", method="balance"))
    assert order.documents == []
    assert order.paid == 0


def test_what_is_chosen_leaves_the_cart_and_the_rest_stays(world: World) -> None:
    cart = cart_of(world, "maria", "balkan.media")
    world.place("maria", world.order("balkan.media", cart=[cart["vps-pro-4"]]))
    assert cart_of(world, "maria", "balkan.media") == {"panel-license": cart["panel-license"]}


def test_h2_the_group_of_the_client_binds_staff_too(world: World) -> None:
    before = world.everything()
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova"))
    (reason,) = refusal.value.reasons
    assert reason.code == "group_not_allowed"
    assert reason.place == "lines.2"
    assert str(reason.message) == "Only for clients with a signed contract"
    assert world.everything() == before


def test_the_rest_of_that_cart_passes(world: World) -> None:
    cart = cart_of(world, "maria", "stoyanova")
    wanted = [cart["sfp-10g"], cart["dedicated-ex64"]]
    (order,) = world.place("maria", world.order("stoyanova", cart=wanted))
    assert (order.total, order.points) == (17376, 3800)
    assert world.stock("sfp-10g") == 9


@pytest.mark.parametrize(
    ("client", "wanted", "method", "expected"),
    [
        ("texas-pixels", "dedicated-ex64", "bank_transfer", {"country_not_allowed"}),
        ("blocked.client", "web-start", "cash", {"client_blocked", "debt_over_limit"}),
        ("stoyanova", "panel-license", "bank_transfer", {"prerequisite_missing"}),
        ("stoyanova", "old-web", "bank_transfer", {"archived"}),
        ("ip.vetrov", "server-pod-zakaz", "cash_on_delivery", {"group_forbidden"}),
        ("ip.vetrov", "oblako-2", "bank_transfer", {"payment_method_forbidden"}),
    ],
)
def test_h2_each_restriction_refuses_with_its_reason_and_changes_nothing(
    world: World, client: str, wanted: str, method: str, expected: set[str]
) -> None:
    before = world.everything()
    command = world.order(client, line(wanted, "1 month"), method=method)
    with pytest.raises(Refused) as refusal:
        world.place("maria", command)
    assert codes(refusal.value.reasons) == expected
    assert world.everything() == before


def test_a_provider_the_client_has_no_account_with_refuses(world: World) -> None:
    command = world.order("balkan.media", line("oblako-2", "1 month"), provider="sever")
    with pytest.raises(Refused) as refusal:
        world.place("maria", command)
    assert codes(refusal.value.reasons) == {"wrong_provider"}


def test_the_limit_counts_open_orders_and_the_basket(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("web-business", "1 month", 2)))
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", line("web-business", "1 month", 2)))
    assert codes(refusal.value.reasons) == {"limit_reached"}
    world.place("maria", world.order("stoyanova", line("web-business", "1 month")))


def test_a_group_may_ignore_the_limit(world: World) -> None:
    world.place("maria", world.order("balkan.media", line("web-business", "1 month", 5)))


def test_staff_may_order_what_is_not_for_self_service_and_the_client_may_not(world: World) -> None:
    command = world.order("stoyanova", line("nas-storage", "1 month"))
    with pytest.raises(Refused) as refusal:
        world.place("stoyanova", command)
    assert codes(refusal.value.reasons) == {"not_self_service"}
    world.place("maria", command)


def test_too_few_points_is_a_reason(world: World) -> None:
    wanted = line("sfp-10g", "once", 2, pay_with=Tender.POINTS)
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", wanted))
    assert codes(refusal.value.reasons) == {"insufficient_points"}


def test_points_are_not_promised_twice(world: World) -> None:
    wanted = line("sfp-10g", "once", pay_with=Tender.POINTS)
    world.place("maria", world.order("stoyanova", wanted))
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", wanted))
    assert codes(refusal.value.reasons) == {"insufficient_points"}


def test_points_as_a_method_pay_no_money(world: World) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as refusal:
        world.place(
            "maria", world.order("stoyanova", line("web-start", "1 month"), method="points")
        )
    assert [error.code for error in refusal.value.errors] == ["method_not_for_money"]
    assert world.everything() == before


def test_h5_support_sees_the_history_and_cannot_create(world: World) -> None:
    before = world.everything()
    with pytest.raises(FunctionNotHeld, match="orders:cart:checkout"):
        world.place("georgi", world.order("balkan.media"))
    with pytest.raises(FunctionNotHeld, match="orders:order:create"):
        world.place("georgi", world.order("balkan.media", line("web-start", "1 month")))
    assert world.everything() == before


def test_clients_of_another_provider_do_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        world.place("olga", world.order("balkan.media"))
    with pytest.raises(NotFound):
        world.place("olga", world.order("romashka", provider="nordvik"))


def test_a_position_of_somebody_elses_cart_is_refused(world: World) -> None:
    foreign = cart_of(world, "maria", "stoyanova")["dedicated-ex64"]
    before = world.everything()
    with pytest.raises(Invalid) as refusal:
        world.place("maria", world.order("balkan.media", cart=[foreign]))
    assert [error.code for error in refusal.value.errors] == ["unknown_cart_line"]
    assert world.everything() == before


@pytest.mark.parametrize("quantity", [0, -1, 100_001])
def test_a_wrong_quantity_is_refused(world: World, quantity: int) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as refusal:
        world.place("maria", world.order("stoyanova", line("web-start", "1 month", quantity)))
    assert [error.field for error in refusal.value.errors] == ["lines.0.quantity"]
    assert world.everything() == before


def test_every_mistake_of_every_line_is_told_at_once(world: World) -> None:
    wanted = (
        line("no-such", "1 month"),
        line("web-start", "3 months"),
        line("vps-pro-4", "1 month", options={"ram": 9, "disk": 1, "os": "DOS"}),
    )
    with pytest.raises(Invalid) as refusal:
        world.place("maria", world.order("stoyanova", *wanted))
    assert [error.field for error in refusal.value.errors] == [
        "lines.0.tariff",
        "lines.1.period",
        "lines.2.options.ram",
        "lines.2.options.disk",
        "lines.2.options.os",
    ]


def test_the_same_request_key_gives_the_same_order(world: World) -> None:
    command = world.order("balkan.media", line("web-start", "1 month"), request_key="k1")
    (first,) = world.place("maria", command)
    after_first = world.everything()
    (second,) = world.place("maria", command)
    assert second.id == first.id
    assert world.everything() == after_first


def test_a_request_key_used_for_something_else_is_refused(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month"), request_key="k1"))
    other = world.order("stoyanova", line("web-start", "12 months"), request_key="k1")
    with pytest.raises(Conflict) as refusal:
        world.place("maria", other)
    assert refusal.value.code == "idempotency_key_reused"


def test_a_price_that_changed_since_it_was_shown_asks_again(world: World) -> None:
    shown = Money(588, "EUR")
    command = world.order("stoyanova", line("web-start", "1 month"), expected_total=shown)
    tariff = tariff_id(world, "web-start")
    world.change(Price, {"tariff_id": tariff, "months": 1}, amount=590)
    before = world.everything()
    with pytest.raises(Conflict) as refusal:
        world.place("maria", command)
    assert refusal.value.code == "price_changed"
    assert refusal.value.facts == {"old": shown, "new": Money(708, "EUR")}
    assert world.everything() == before


def test_a_cart_position_that_became_forbidden_is_refused(world: World) -> None:
    world.change(Tariff, {"key": "vps-pro-4"}, archived=True)
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("balkan.media"))
    assert codes(refusal.value.reasons) == {"archived"}


def test_a_client_blocked_after_the_page_was_shown_is_refused(world: World) -> None:
    client = world.client_id("stoyanova")
    world.change(Membership, {"client_id": client}, blocked_reason="Chargeback")
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert codes(refusal.value.reasons) == {"client_blocked"}


def test_m2_goods_in_stock_and_on_order_never_share_an_order(world: World) -> None:
    first, second = world.place("maria", world.order("romashka", provider="sever"))
    assert [row.tariff.key for row in first.lines] == ["router-ax"]
    assert [row.tariff.key for row in second.lines] == ["server-pod-zakaz"]
    assert first.group_id == second.group_id == first.id
    # 12,980.00 with 22 % inside: 2,340.66 of tax
    assert [(t.base, t.tax) for t in first.taxes] == [(1063934, 234066)]


def test_romashkas_cart_is_two_carts(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("romashka"))
    assert refusal.value.code == "provider_needed"
    (order,) = world.place("maria", world.order("romashka", provider="nordvik", method="cash"))
    assert [row.tariff.key for row in order.lines] == ["web-business"]
    assert (order.total, order.taxes[0].tax) == (9900, 0)


def test_reverse_charge_for_a_company_of_another_member_state(world: World) -> None:
    (order,) = world.place("maria", world.order("rhein-labs", line("gpu-a16", "1 month")))
    assert order.treatment.value == "reverse_charge"
    assert (order.total, order.taxes[0].tax) == (17850, 0)
    assert (order.documents[0].due_on - order.documents[0].issued_on).days == 30


def test_a_bundle_takes_its_parts_limits(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("shop-in-a-day", "12 months", 3)))
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", line("web-business", "1 month")))
    assert codes(refusal.value.reasons) == {"limit_reached"}


def test_placing_records_one_event_with_who_and_for_whom(world: World) -> None:
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    with world.database.reading() as session:
        (event,) = session.scalars(select(Event).filter_by(kind="order.placed"))
    assert (event.subject_id, event.client_id) == (order.id, order.client_id)
    assert event.user_id == world.actor("maria").user_id == order.placed_by_id


def tariff_id(world: World, key: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Tariff.id).filter_by(key=key)).one()


def test_points_promised_are_read_of_orders_that_still_take_some(world: World) -> None:
    """A client may have a thousand live orders, and most take none."""
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many rows there are")
    of_pair = PROMISED.params(client_id=1, provider_id=1, besides=0)
    with world.database.reading() as session:
        engine = session.get_bind()
        sql = of_pair.compile(engine, compile_kwargs={"literal_binds": True})
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    assert any("ix_orders_promised" in step for step in plan), plan
