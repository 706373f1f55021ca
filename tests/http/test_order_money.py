"""The money of one order on its page: paying, giving back, raising a price, the client block."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.ledger.client_standing import Standing, standing
from plugins.orders.store.models import Order
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.visitor import Visitor, assert_nothing_inline, elements, field
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
SFP = line("sfp-10g", "once", pay_with=Tender.POINTS)


@pytest.fixture
def hosting(world: World) -> Order:
    """€5.88 to be paid by Stoyanova, who has €84.20 and 5,120 points; she reads English."""
    world.change(User, {"login": "stoyanova"}, language="en")
    return world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]


def order_of(world: World, order: Order) -> Order:
    with world.database.reading() as session:
        found = session.get_one(Order, order.id)
        assert found.payments is not None
        assert found.status.key
        return found


def stands(world: World) -> Standing:
    with world.database.reading() as session:
        nordvik = session.query(Provider.id).filter_by(key="nordvik").scalar()
        return standing(session, world.client_id("stoyanova"), nordvik)


def pay(visitor: Visitor, order: Order, method: str, amount: str = "", **more: str) -> int:
    fields = {"fields.payment_method": method, "fields.amount": amount, **more}
    return visitor.send(f"/orders/{order.id}/move", action="pay", **fields).status_code


def options(page: str, select: str) -> list[str]:
    """The values of the options of the select of that name."""
    part = page.split(f'name="{select}">', 1)[1].split("</select>", 1)[0]
    return [one.split('"', 1)[0] for one in part.split('<option value="')[1:]]


def test_the_state_of_payment_goes_by_sums(visit: Visit, world: World, hosting: Order) -> None:
    petar, path = visit("petar"), f"/orders/{hosting.id}"

    def state() -> str:
        card = petar.get(path).text.split('id="payment-title"', 1)[1]
        return card.split("</header>", 1)[0].split("badge", 1)[1].split(">", 1)[1].split("<", 1)[0]

    assert state() == "Unpaid"
    assert pay(petar, hosting, "cash", "5.00") == 303
    assert state() == "Partly paid"
    assert pay(petar, hosting, "bank_transfer") == 303
    assert state() == "Paid in full"
    petar.confirm(f"{path}/move", action="refund", **{"fields.reason": "broken"})
    assert state() == "Refunded"
    assert stands(world).balance == 8420 + 588


def test_each_payment_says_when_by_what_by_whom_and_what_went_back(
    visit: Visit, world: World, hosting: Order
) -> None:
    petar, path = visit("petar"), f"/orders/{hosting.id}"
    pay(petar, hosting, "bank_transfer", "5.00", **{"fields.reference": "BNB-77"})
    pay(petar, hosting, "cash")
    first, second = order_of(world, hosting).payments
    page = petar.get(path).text
    assert options(page, "fields.payment") == ["", str(first.id), str(second.id)]
    fields = {"fields.payment": str(first.id), "fields.amount": "2", "fields.reason": "too much"}
    sent = petar.confirm(
        f"{path}/move", action="refund", **fields, **{"fields.refund_to": "method"}
    )
    assert sent.status_code == 303
    shown = petar.get(path)
    for said in ("BNB-77", "Petar Iliev", "Bank transfer", "Cash", "too much", "−€2.00"):
        assert said in shown.text, said
    own = visit("stoyanova").get(path).text
    assert "Petar Iliev" not in own.split('id="payment"', 1)[1].split("</section>", 1)[0]
    assert_nothing_inline(shown)


def test_what_is_refused_stays_typed(visit: Visit, world: World, hosting: Order) -> None:
    petar, path = visit("petar"), f"/orders/{hosting.id}"
    before = world.everything()
    for amount, said in (
        ("1.0012", "EUR has 2 decimals"),
        ("1.001", "can be read in two ways"),
        ("99", "Only €5.88 is left to pay"),
    ):
        sent = {"fields.payment_method": "balance", "fields.amount": amount}
        refused = petar.send(f"{path}/move", action="pay", **sent)
        assert refused.status_code == 422
        assert said in refused.text
        assert field(refused, "fields.amount") == amount
    assert world.everything() == before


def test_where_money_comes_from_and_goes_has_no_default(
    visit: Visit, world: World, hosting: Order
) -> None:
    """Issue 12, item 21: of what there is to choose nothing is chosen beforehand."""
    petar, path = visit("petar"), f"/orders/{hosting.id}"
    assert pay(petar, hosting, "cash", "2") == 303
    page = petar.get(path).text
    assert options(page, "fields.payment_method")[0] == ""
    assert options(page, "fields.refund_to") == ["", "balance", "method"]
    before = world.everything()
    for action, name in (("pay", "payment_method"), ("refund", "refund_to")):
        typed = {"fields.amount": "1", "fields.reason": "broken", f"fields.{name}": ""}
        refused = petar.send(f"{path}/move", action=action, **typed)
        assert refused.status_code == 422
        assert "Choose one; there is no default." in refused.text
        assert 'value="1"' in refused.text
    assert world.everything() == before


def test_the_client_pays_out_of_what_they_have_and_nothing_else(
    visit: Visit, world: World, hosting: Order
) -> None:
    client, path = visit("stoyanova"), f"/orders/{hosting.id}"
    page = client.get(path).text
    assert options(page, "fields.payment_method") == ["balance"]
    assert 'name="fields.reference"' not in page
    before = world.everything()
    for method in ("cash", "bank_transfer", "points", "card_gateway"):
        assert pay(client, hosting, method) == 422, method
    assert world.everything() == before
    assert pay(client, hosting, "balance", "2") == 303
    assert "€3.88" in client.get(path).text
    assert pay(client, hosting, "balance") == 303
    assert order_of(world, hosting).status.key == "paid"
    assert stands(world).balance == 8420 - 588


def test_d5_points_are_paid_in_part_and_whole(visit: Visit, world: World) -> None:
    (order,) = world.place("maria", world.order("stoyanova", SFP, method="points"))
    client = visit("stoyanova")
    page = client.get(f"/orders/{order.id}").text
    assert options(page, "fields.payment_method") == ["points"]
    assert pay(client, order, "points", "800") == 303
    found = order_of(world, order)
    assert (found.left_points, found.status.key) == (3000, "awaiting_payment")
    before = world.everything()
    assert pay(client, order, "points", "3001") == 422
    assert pay(client, order, "points", "1.5") == 422
    assert world.everything() == before
    assert pay(client, order, "points") == 303
    assert order_of(world, order).status.key == "paid"
    assert stands(world).points == 5120 - 3800


def test_a_balance_that_is_too_small_is_told_before_it_is_tried(visit: Visit, world: World) -> None:
    world.change(User, {"login": "stoyanova"}, language="en")
    command = world.order("stoyanova", line("web-business", "12 months", 2), method="balance")
    (order,) = world.place("maria", command)
    for login in ("petar", "stoyanova"):
        page = visit(login).get(f"/orders/{order.id}").text
        assert " short; you can pay part of the order." in page, login
    (small,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert " short; you can pay part" not in visit("stoyanova").get(f"/orders/{small.id}").text


def test_the_workflows_own_word_is_for_the_shop_a_client_pays(visit: Visit, world: World) -> None:
    world.change(User, {"login": "romashka"}, language="en")
    command = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    (order,) = world.place("maria", command)
    visit("maria").send(f"/orders/{order.id}/move", action="accept")
    shop = visit("petar").get(f"/orders/{order.id}").text
    own = visit("romashka").get(f"/orders/{order.id}").text
    assert ">Paid…</summary>" in shop
    assert ">Pay…</summary>" in own
    assert ">Paid…</summary>" not in own


def test_p5_the_client_block(visit: Visit, world: World, hosting: Order) -> None:
    (other,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    block = visit("petar").get(f"/orders/{hosting.id}").text.split('id="client-title"', 1)[1]
    block = block.split("</section>", 1)[0]
    client_id = world.client_id("stoyanova")
    for said in (
        f'href="/clients/{client_id}"',
        "100511",
        "€84.20",
        "5,120 points",
        'href="tel:+359885550102"',
        'href="mailto:elena@stoyanova.example"',
        "ул. „Иван Вазов“ 3",
        f'href="/orders/{other.id}"',
    ):
        assert said in block, said
    # who has nothing to do with money is told nothing of it
    assert "€84.20" not in visit("georgi").get(f"/orders/{hosting.id}").text


def test_p7_from_the_block_the_client_is_credited_in_two_presses(
    visit: Visit, world: World, hosting: Order
) -> None:
    petar, path = visit("petar"), f"/orders/{hosting.id}"
    _, sent = form_of(petar.get(path), f"{path}/credit")
    typed = {**sent.to_dict(), "amount": "10", "reason": "late delivery", "method": "cash"}
    before = world.everything()
    looked = petar.http.post(f"{path}/credit", data=typed)
    assert looked.status_code == 422
    assert "The balance afterwards: €94.20." in looked.text
    assert world.everything() == before
    _, again = form_of(looked, f"{path}/credit")
    assert (again["amount"], again["reason"], again["method"]) == ("10", "late delivery", "cash")
    done = petar.http.post(f"{path}/credit", data=again)
    assert (done.status_code, done.location) == (303, path)
    assert stands(world).balance == 9420
    own = visit("stoyanova").get(f"/clients/{world.client_id('stoyanova')}/balance").text
    assert "late delivery" in own
    assert "€94.20" in own


def test_a_price_is_raised_on_its_line(visit: Visit, world: World, hosting: Order) -> None:
    line_id = hosting.lines[0].id
    path = f"/orders/{hosting.id}/lines/{line_id}/price"
    assert path not in visit("petar").get(f"/orders/{hosting.id}").text
    before = world.everything()
    petar = visit("petar")
    before = world.everything()
    assert petar.send(path, unit_price="9", reason="x").status_code == 403
    assert world.everything() == before
    owner = visit("owner")
    before = world.everything()
    sent = {"unit_price": "1.00", "reason": "dearer", "price_of": str(line_id)}
    refused = owner.send(path, **sent)
    assert refused.status_code == 422
    assert "Here a price can only go up; it is now €4.90." in refused.text
    assert field(refused, "unit_price") == "1.00"
    assert world.everything() == before
    assert owner.send(path, unit_price="6.00", reason="dearer").status_code == 303
    assert order_of(world, hosting).total == 720
    assert "Price raised: €4.90 → €6.00" in owner.get(f"/orders/{hosting.id}").text


def test_a_cancelled_order_that_is_owed_can_be_paid(
    visit: Visit, world: World, hosting: Order
) -> None:
    """A service was delivered before it was paid, used, and then cancelled."""
    maria, petar, path = visit("maria"), visit("petar"), f"/orders/{hosting.id}"
    maria.send(f"{path}/deliver")
    assert order_of(world, hosting).status.key == "active"
    why = {"fields.reason": "they asked for it"}
    # of what was delivered it has to be said whether it comes back (R9)
    asked = maria.send(f"{path}/move", action="cancel", **why)
    assert (
        asked.status_code,
        "Choose for each line whether it is taken back or kept" in asked.text,
    ) == (
        422,
        True,
    )
    assert "they asked for it" in asked.text
    (line,) = hosting.lines
    maria.confirm(f"{path}/move", action="cancel", **why, **{f"line:{line.id}": "kept"})
    lost = order_of(world, hosting)
    assert (lost.status.key, lost.owed, lost.needed) == ("cancelled", 588, 588)
    for visitor in (petar, visit("stoyanova")):
        page = visitor.get(path).text
        assert 'name="action" value="pay"' in page
        assert "of which debt" in page
    before = world.everything()
    assert pay(petar, hosting, "balance", "5.89") == 422
    assert world.everything() == before
    assert pay(petar, hosting, "balance", "2") == 303
    assert pay(petar, hosting, "balance") == 303
    assert (stands(world).balance, stands(world).debt) == (8420 - 588, 0)
    assert 'name="action" value="pay"' not in petar.get(path).text


@pytest.mark.parametrize("route", ["credit", "debit", "move", "lines/1/price"])
def test_another_clients_order_is_not_there(
    visit: Visit, world: World, hosting: Order, route: str
) -> None:
    stranger, foreign = visit("balkan.media"), visit("olga")
    before = world.everything()
    for visitor in (stranger, foreign):
        answer = visitor.send(f"/orders/{hosting.id}/{route}", action="pay", amount="1", reason="x")
        assert answer.status_code in {403, 404}
    assert world.everything() == before


def test_names_of_fields_are_unique_on_the_page(visit: Visit, hosting: Order) -> None:
    """Labels lead to their controls only where no id stands twice."""
    page = visit("owner").get(f"/orders/{hosting.id}")
    ids = [e.attributes["id"] for e in elements(page) if "id" in e.attributes]
    assert len(ids) == len(set(ids))
