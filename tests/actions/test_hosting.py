"""The life of a hosting order on both databases (H-statuses)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.eligibility_facts import Tender
from plugins.orders.migrations.orders_0012_answer import with_answers
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.timeline.order_timeline import newest, question_of
from plugins.orders.workflow.requirements import FIELDS
from tests.actions.conftest import Opening
from tests.businesses import (
    ADVICE,
    BALANCE,
    HIS_POINTS,
    HOSTING,
    KIT,
    SERVER,
    STOCK,
    Business,
)
from tests.world import line

TOTAL = 8_000
WHY = {"reason": "as agreed"}
ANSWERED = FIELDS["answer"].title


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def active(hosting: Business) -> int:
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    hosting.move(order_id, "set_up")
    hosting.move(order_id, "deliver")
    return order_id


def test_h_statuses_from_placing_to_a_running_service(hosting: Business) -> None:
    order_id = hosting.place(SERVER)
    assert hosting.refused(order_id, "pay", by="georgi") == {"function_not_held"}
    assert "not_for_you" in hosting.refused(order_id, "payment_succeeded", by="buyer")
    hosting.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    assert (hosting.status(order_id), hosting.due(order_id)) == ("paid", None)
    hosting.move(order_id, "set_up")
    assert hosting.refused(order_id, "ask") == {"missing_fields", "fields.reason"}
    hosting.move(order_id, "ask", reason="Which domain?")
    hosting.move(order_id, "resume", by="buyer", answer="shop.example")
    hosting.move(order_id, "deliver")
    assert hosting.path(order_id) == [
        ("pay", "awaiting_payment"),
        ("payment_succeeded", "paid"),
        ("set_up", "setting_up"),
        ("ask", "action_needed"),
        ("resume", "setting_up"),
        ("deliver", "active"),
    ]
    assert (hosting.services(order_id), hosting.stands().debt) == (["active"], 0)


def test_the_client_answers_what_they_are_asked(hosting: Business) -> None:
    """Issue 12, item 19: and staff, who may have heard the answer otherwise, need not write it."""
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    for by, answer in (("buyer", {"answer": "shop.example"}), ("maria", {})):
        assert question(hosting, order_id) is None
        hosting.move(order_id, "ask", reason="Which domain?")
        assert question(hosting, order_id) == "Which domain?"
        assert hosting.refused(order_id, "resume", by="buyer") == {
            "missing_fields",
            "fields.answer",
        }
        hosting.move(order_id, "resume", by=by, **answer)
    with hosting.world.database.reading() as session:
        order = session.get_one(Order, order_id)
        entries = newest(session, order, hosting.world.actor("maria")).entries
        answers = [value for entry in entries for what, value in entry.details if what == ANSWERED]
        assert (answers, "answer" in order.fields) == (["shop.example"], False)


def question(hosting: Business, order_id: int) -> str | None:
    with hosting.world.database.reading() as session:
        return question_of(session, session.get_one(Order, order_id))


def test_versions_of_before_ask_for_the_answer_too() -> None:
    row = {
        "from": ["action_needed"],
        "to": "setting_up",
        "action": ["resume"],
        "by": ["client", "staff", "system"],
        "effects": ["notify_shop"],
    }
    other = {**row, "from": ["suspended"], "by": ["staff"]}
    assert with_answers({"transition": [other, row]})["transition"] == [
        other,
        {**row, "by": ["client"], "requires": ["answer"]},
        {**row, "by": ["staff", "system"], "asks": ["answer"]},
    ]
    today = shipped_file("hosting").model_dump(mode="json", by_alias=True)
    assert with_answers(today) == today


def test_h_statuses_suspended_resumed_and_expired(hosting: Business) -> None:
    order_id = active(hosting)
    assert hosting.happens(order_id, "payment_overdue")
    assert (hosting.status(order_id), hosting.services(order_id)) == ("suspended", ["suspended"])
    assert hosting.due(order_id) == hosting.world.clock.now() + timedelta(days=30)
    hosting.move(order_id, "resume", **WHY)
    assert (hosting.services(order_id), hosting.due(order_id)) == (["active"], None)
    hosting.move(order_id, "suspend", reason="not paid")
    hosting.wait(days=30)
    assert hosting.fire().moved == 1
    assert (hosting.status(order_id), hosting.services(order_id)) == ("expired", ["ended"])
    assert hosting.stock("server") == STOCK


def test_h_statuses_the_paid_term_ends(hosting: Business) -> None:
    order_id = active(hosting)
    assert hosting.happens(order_id, "term_ended")
    assert (hosting.status(order_id), hosting.services(order_id)) == ("expired", ["ended"])


def test_h_statuses_on_credit_then_suspended_then_paid(hosting: Business) -> None:
    order_id = hosting.place(SERVER)
    hosting.deliver(order_id)
    assert (hosting.status(order_id), hosting.stands().debt) == ("active", TOTAL)
    hosting.happens(order_id, "payment_overdue")
    hosting.move(order_id, "pay", by="petar", payment_method="balance")
    assert (hosting.status(order_id), hosting.services(order_id)) == ("active", ["active"])
    assert (hosting.stands().debt, hosting.stands().balance) == (0, BALANCE - TOTAL)


def test_h_statuses_unpaid_for_thirty_days_it_expires_and_what_was_delivered_is_owed(
    hosting: Business,
) -> None:
    order_id = hosting.place(HOSTING, SERVER)
    hosting.deliver(order_id, hosting.order(order_id).lines[0].id)
    assert (hosting.services(order_id), hosting.stands().debt) == (["active"], TOTAL + 500)
    hosting.wait(days=30)
    assert hosting.fire().moved == 1
    order = hosting.order(order_id)
    bills = [(document.total, document.is_void) for document in order.documents]
    assert (order.status.key, bills) == ("expired", [(TOTAL + 500, True), (500, False)])
    assert (hosting.services(order_id), hosting.stands().debt) == (["active"], 500)
    assert hosting.stock("server") == STOCK


def test_h_statuses_cancelling_a_paid_order_returns_the_payments(hosting: Business) -> None:
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="balance")
    assert hosting.stands().balance == BALANCE - TOTAL
    assert hosting.refused(order_id, "cancel", by="boss") == {"missing_fields", "fields.reason"}
    assert "not_for_you" in hosting.refused(order_id, "cancel", by="buyer", **WHY)
    hosting.move(order_id, "cancel", by="boss", **WHY)
    order = hosting.order(order_id)
    assert (order.status.key, order.paid) == ("cancelled", 0)
    assert (hosting.stands().balance, hosting.stock("server")) == (BALANCE, STOCK)
    assert [document.is_void for document in order.documents] == [True]


def test_h_statuses_the_client_cancels_while_it_is_unpaid(hosting: Business) -> None:
    order_id = hosting.place()
    hosting.move(order_id, "cancel", by="buyer")
    assert (hosting.status(order_id), hosting.stock()) == ("cancelled", STOCK)
    told = [notice["to"] for notice in hosting.happened(order_id, "notice.due")]
    assert told == ["shop", "client"]


# --- effects


def test_a_balance_that_does_not_reach_pays_nothing(hosting: Business) -> None:
    order_id = hosting.place(line("server", "1 month", 7), method="balance")
    assert hosting.order(order_id).total > BALANCE
    assert hosting.refused(order_id, "pay", by="petar") == {"insufficient_funds"}


def test_points_are_taken_in_kind_and_come_back(hosting: Business) -> None:
    order_id = hosting.place(line("router", "once", pay_with=Tender.POINTS), SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    order = hosting.order(order_id)
    assert (order.paid, order.paid_points) == (TOTAL, 300)
    assert (hosting.stands().points, hosting.stands().balance) == (HIS_POINTS - 300, BALANCE)
    hosting.move(order_id, "cancel", by="boss", **WHY)
    # money goes where the client can use it, whichever way it came
    assert (hosting.stands().points, hosting.stands().balance) == (HIS_POINTS, BALANCE + TOTAL)


def test_points_alone_pay_an_order_of_points(hosting: Business) -> None:
    order_id = hosting.place(line("router", "once", pay_with=Tender.POINTS), method="points")
    hosting.move(order_id, "pay", by="petar")
    assert (hosting.status(order_id), hosting.stands().points) == ("paid", HIS_POINTS - 300)


def test_points_pay_no_money(hosting: Business) -> None:
    order_id = hosting.place()
    assert "fields.payment_method" in hosting.refused(
        order_id, "pay", by="petar", payment_method="points"
    )


def test_what_costs_nothing_is_paid_when_it_is_placed(hosting: Business) -> None:
    order_id = hosting.place(ADVICE)
    assert hosting.path(order_id) == [("payment_succeeded", "paid")]
    assert hosting.due(order_id) is None


def test_a_bundle_returns_what_it_held_although_it_has_changed_meanwhile(
    hosting: Business,
) -> None:
    order_id = hosting.place(KIT)
    assert hosting.stock() == STOCK - 1
    with hosting.world.database.reading() as session:
        wanted = select(Tariff.key, Tariff.id).where(Tariff.key.in_(["router", "server"]))
        ids = {row.key: row.id for row in session.execute(wanted)}
    # the kit has a server inside now, and no router
    hosting.world.change(
        BundlePart, {"tariff_id": ids["router"]}, tariff_id=ids["server"], months=1
    )
    hosting.move(order_id, "cancel", by="buyer")
    assert (hosting.stock(), hosting.stock("server")) == (STOCK, STOCK)
