"""A bill not paid in time, a term that is over: the workflow is told of each once."""

from datetime import UTC, datetime, timedelta

import pytest

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.values.calendar_dates import months_after
from plugins.orders.deadlines.fire_deadlines import Fired
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import file_of, running_version
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.file.workflow_edit import change_status
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import HOSTING, PROVIDER, SERVER, Business
from tests.world import line

TERMS, WHY = 14, {"reason": "as agreed"}


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def on_credit(hosting: Business) -> int:
    """Active, not paid; its bill is to be paid in two weeks."""
    order_id = hosting.place(SERVER)
    hosting.deliver(order_id)
    return order_id


def paid(hosting: Business, *lines: object) -> int:
    order_id = hosting.place(*(lines or (SERVER,)))  # type: ignore[arg-type]
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.move(order_id, "deliver")
    return order_id


def nothing_happens(hosting: Business) -> bool:
    before = hosting.world.everything()
    return hosting.watch() == Fired() and hosting.world.everything() == before


# --- a bill not paid in time ------------------------------------------------------------------


def test_an_order_that_owes_past_its_bills_day_is_suspended_once(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS)
    assert nothing_happens(hosting)
    hosting.wait(days=1)
    assert hosting.watch() == Fired(moved=1)
    assert (hosting.status(order_id), hosting.services(order_id)) == ("suspended", ["suspended"])
    assert hosting.path(order_id)[-1] == ("payment_overdue", "suspended")
    assert nothing_happens(hosting)


def test_paid_it_works_again_by_itself(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    hosting.watch()
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    assert (hosting.status(order_id), hosting.services(order_id)) == ("active", ["active"])
    assert nothing_happens(hosting)


def test_not_paid_it_ends_when_its_time_is_up(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    hosting.watch()
    hosting.wait(days=30)
    assert hosting.fire() == Fired(moved=1)
    assert (hosting.status(order_id), hosting.services(order_id)) == ("expired", ["ended"])
    assert nothing_happens(hosting)


def test_what_staff_resume_stays_so_for_that_bill(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    hosting.watch()
    hosting.move(order_id, "resume", **WHY)
    hosting.wait(days=3)
    assert nothing_happens(hosting)
    assert hosting.status(order_id) == "active"


def test_what_staff_suspended_themselves_and_resume_stays_so_too(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.move(order_id, "suspend", **WHY)
    hosting.wait(days=TERMS + 1)
    assert nothing_happens(hosting)
    hosting.move(order_id, "resume", **WHY)
    assert nothing_happens(hosting)


def test_another_bill_is_another_date(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    hosting.watch()
    hosting.move(order_id, "resume", **WHY)
    (one,) = hosting.order(order_id).lines
    more = RaisePrice(order_id, one.id, "90.00", "a larger disk")
    hosting.act(raise_price, more, "boss")
    hosting.wait(days=TERMS)
    assert nothing_happens(hosting)
    hosting.wait(days=1)
    assert hosting.watch() == Fired(moved=1)
    assert hosting.status(order_id) == "suspended"


def test_the_day_is_over_where_the_provider_is(hosting: Business) -> None:
    hosting.world.change(Provider, {"key": PROVIDER}, timezone="Asia/Vladivostok")
    hosting.world.clock.at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    order_id = on_credit(hosting)
    *_, bill = hosting.order(order_id).documents
    midnight = datetime.combine(bill.due_on, datetime.min.time(), UTC) + timedelta(hours=24 - 10)
    hosting.world.clock.at = midnight - timedelta(seconds=1)
    assert nothing_happens(hosting)
    hosting.world.clock.at = midnight
    assert hosting.watch() == Fired(moved=1)


def test_what_is_no_debt_or_paid_or_has_no_bill_is_left_alone(hosting: Business) -> None:
    hosting.place(SERVER)
    paid(hosting, HOSTING)
    hosting.deliver(hosting.place(HOSTING, method="cash"))
    hosting.wait(days=TERMS + 1)
    assert nothing_happens(hosting)


@pytest.mark.parametrize("workflow", ["desk", "procurement", "webshop", "marketplace"])
def test_where_the_workflow_has_no_step_nothing_is_written(
    business: Opening, workflow: str
) -> None:
    shop = business(workflow)
    order_id = shop.place(HOSTING)
    if workflow in {"desk", "marketplace"}:
        shop.move(order_id, "accept")
    shop.deliver(order_id)
    shop.wait(days=100)
    before = shop.world.everything()
    assert shop.watch() == Fired()
    assert shop.world.everything() == before


# --- the end of the term ----------------------------------------------------------------------


def test_an_order_ends_when_the_term_of_all_its_services_is_over(hosting: Business) -> None:
    order_id = paid(hosting, SERVER, line("hosting", "1 month", 2))
    end = months_after(hosting.world.clock.now(), 1, "Europe/Sofia")
    hosting.world.clock.at = end - timedelta(seconds=1)
    assert nothing_happens(hosting)
    hosting.world.clock.at = end
    assert hosting.watch() == Fired(moved=1)
    assert (hosting.status(order_id), set(hosting.services(order_id))) == ("expired", {"ended"})
    assert hosting.path(order_id)[-1] == ("term_ended", "expired")
    assert nothing_happens(hosting)


def test_while_one_of_its_services_runs_it_goes_on(hosting: Business) -> None:
    order_id = hosting.place(HOSTING, SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    first, second = hosting.order(order_id).lines
    hosting.deliver(order_id, first.id)
    hosting.wait(days=20)
    hosting.deliver(order_id, second.id)
    hosting.wait(days=20)
    assert nothing_happens(hosting)
    hosting.wait(days=20)
    assert hosting.watch() == Fired(moved=1)


def test_a_term_that_ended_while_it_was_suspended_ends_it_once_it_is_active(
    hosting: Business,
) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    hosting.watch()
    hosting.wait(days=29)
    assert nothing_happens(hosting)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    assert hosting.watch() == Fired(moved=1)
    assert hosting.status(order_id) == "expired"


# --- both -------------------------------------------------------------------------------------


def test_after_a_standstill_with_three_workers_each_is_told_once(hosting: Business) -> None:
    owing = [on_credit(hosting) for _ in range(3)]
    over = [paid(hosting, HOSTING) for _ in range(3)]
    hosting.wait(days=60)
    told = at_once([hosting.watch] * 3)
    assert sum(one.moved for one in told if isinstance(one, Fired)) == len(owing + over)
    assert {hosting.status(order_id) for order_id in owing} == {"suspended"}
    assert {hosting.status(order_id) for order_id in over} == {"expired"}
    assert nothing_happens(hosting)


def switch(shop: Business, status: str, *, on: bool) -> None:
    owner = shop.actor("owner")
    with shop.world.database.writing() as session:
        now = running_version(session, find_provider(session, owner, PROVIDER))
        file = change_status(file_of(now), status, enabled=on)
        how = {"actor": owner, "clock": shop.world.clock}
        change_workflow(session, PROVIDER, file, seen=now.number, **how)  # type: ignore[arg-type]


def test_one_whose_status_is_switched_off_is_told_when_it_is_on_again(hosting: Business) -> None:
    order_id = on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    # switched off since the version the order runs by
    switch(hosting, "suspended", on=False)
    assert nothing_happens(hosting)
    switch(hosting, "suspended", on=True)
    assert hosting.watch() == Fired(moved=1)
    assert (hosting.status(order_id), hosting.services(order_id)) == ("suspended", ["suspended"])


def test_one_that_breaks_off_is_told_the_next_time_and_the_others_go_on(hosting: Business) -> None:
    broken, sound = on_credit(hosting), on_credit(hosting)
    hosting.wait(days=TERMS + 1)
    with hosting.world.database.writing() as session:
        running = session.get_one(Order, broken).workflow
        session.get_one(Order, broken).workflow = WorkflowVersion(
            provider_id=running.provider_id,
            number=99,
            key="spoiled",
            content={**running.content, "key": "Not a key"},
            made_at=running.made_at,
        )
    assert hosting.watch() == Fired(moved=1, broke_off=1)
    assert (hosting.status(broken), hosting.status(sound)) == ("active", "suspended")
    with hosting.world.database.writing() as session:
        session.get_one(Order, broken).workflow_id = running.id
    assert hosting.watch() == Fired(moved=1)
    assert hosting.status(broken) == "suspended"
