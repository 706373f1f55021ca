"""Each event is told once to each person it concerns, by each way (M1, P7, W6)."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.kernel.database.rows_written_at_commit import write_late
from plugins.notices.making.log_near_deadlines import watch_deadlines
from plugins.notices.store.find_notices import newest, unread, unread_count
from plugins.notices.surface.live_notices import NOBODY, NOTICE_FEED, after
from plugins.notices.surface.unseen_orders import new_orders
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import HOSTING, SERVER, Business
from tests.notices import Telling
from tests.world import World, add_client_user, hold_only, proposed


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


@pytest.fixture
def told(hosting: Business) -> Telling:
    telling = Telling(hosting.world)
    telling.follow()
    return telling


def seen(world: World, login: str) -> list[str]:
    """Kinds of what this person reads on the page of notices, newest first."""
    with world.database.reading() as session:
        return [row.kind for row in newest(session, world.actor(login), limit=50)]


# --- whom it concerns ---------------------------------------------------------------------------


def test_a_new_order_is_told_to_the_providers_staff_and_to_its_client(
    hosting: Business, told: Telling
) -> None:
    hosting.place(HOSTING, by="maria")
    told.follow()
    assert told.screens("petar") == ["order.placed"]
    assert told.screens("buyer") == ["order.received"]
    # she placed it, and Olga works elsewhere
    assert told.screens("maria") == told.screens("olga") == []


def test_of_their_own_order_a_client_gets_a_receipt_by_mail_alone(
    hosting: Business, told: Telling
) -> None:
    told.give_address("buyer", "buyer@example.test")
    add_client_user(hosting.world, "buyer", "partner", ClientRole.BUYER)
    hosting.place(HOSTING, by="buyer")
    told.follow()
    assert told.screens("buyer") == []
    assert told.kinds_of_letters("buyer@example.test") == ["order.received"]
    assert told.screens("partner") == ["order.received"]


def test_who_may_not_read_orders_is_told_nothing_of_them(hosting: Business, told: Telling) -> None:
    hold_only(hosting.world, "petar", "orders:history:read")
    hosting.place(HOSTING)
    told.follow()
    assert told.screens("petar") == []


def test_a_question_to_the_client_and_the_answer_each_reach_the_other_side(
    hosting: Business, told: Telling
) -> None:
    order_id = hosting.place(SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.wait(hours=1)
    told.follow()
    hosting.move(order_id, "ask", reason="Which system?")
    hosting.wait(hours=1)
    told.follow()
    assert told.screens("buyer")[-1] == "answer.needed"
    assert told.screens("petar")[-1] != "answer.needed"
    hosting.move(order_id, "resume", by="buyer", answer="Debian")
    told.follow()
    assert told.screens("maria")[-1] == told.screens("georgi")[-1] == "client.answered"
    assert "client.answered" not in told.screens("buyer")


def test_a_cancelled_order_is_told_as_that_and_not_twice(hosting: Business, told: Telling) -> None:
    order_id = hosting.place(HOSTING)
    hosting.wait(hours=1)
    told.follow()
    before = told.screens("maria")
    hosting.move(order_id, "cancel", by="buyer", reason="no more")
    told.follow()
    assert told.screens("maria") == [*before, "order.cancelled"]


def test_a_status_with_its_mail_switch_on_is_told_to_the_client(
    hosting: Business, told: Telling
) -> None:
    """W6."""
    told.give_address("buyer", "buyer@example.test")
    order_id = hosting.place(HOSTING)
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    hosting.wait(hours=1)
    told.follow()
    hosting.move(order_id, "set_up")
    hosting.wait(hours=1)
    assert told.follow() == 0
    hosting.move(order_id, "deliver")
    told.follow()
    assert told.kinds_of_letters("buyer@example.test")[-1] == "order.changed"
    letter = told.letters("buyer@example.test")[-1]
    assert letter.values["status"] == "Active"
    assert letter.thread == f"order-{order_id}"


def test_an_exception_asks_whoever_may_approve_it_and_answers_who_proposed_it(
    world: World,
) -> None:
    told = Telling(world)
    told.follow()
    proposed(world, "stoyanova", "vps-pro-4", by="owner")
    told.follow()
    approvers = {
        login for login in ("maria", "petar", "georgi", "olga") if "exception.proposed"
        in told.screens(login)
    }  # fmt: skip
    with_right = {
        login
        for login in ("maria", "petar", "georgi")
        if "orders:exception:approve" in world.actor(login).functions
    }
    assert approvers == with_right
    assert "exception.proposed" not in told.screens("owner")


def test_of_one_step_each_gets_one_notice_by_each_way(hosting: Business, told: Telling) -> None:
    """The order is placed, its bill is issued, and its status tells of itself: one letter."""
    told.give_address("buyer", "buyer@example.test")
    hosting.place(HOSTING)
    told.follow()
    (letter,) = told.letters("buyer@example.test")
    assert letter.kind == "order.received"
    assert letter.attachments is not None
    assert [noun for noun, _ in letter.attachments] == ["document"]
    assert letter.values["bill"]


# --- once ---------------------------------------------------------------------------------------


def test_told_again_from_the_beginning_nobody_gets_anything_twice(
    hosting: Business, told: Telling
) -> None:
    told.give_address("buyer", "buyer@example.test")
    hosting.place(HOSTING)
    told.follow()
    before = hosting.world.everything()
    told.begin_anew()
    assert told.follow() == 0
    assert hosting.world.everything() == before


def test_a_worker_that_breaks_off_has_told_nothing_and_the_next_tells_all(
    hosting: Business, told: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosting.place(HOSTING)
    before = hosting.world.everything()
    kill_at_commit(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        told.follow()
    monkeypatch.undo()
    assert hosting.world.everything() == before
    told.follow()
    assert told.screens("petar") == ["order.placed"]


def kill_at_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_session: Session) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "commit", killed)
    monkeypatch.setattr("sqlalchemy.orm.session.SessionTransaction.commit", killed)


def test_two_workers_at_once_tell_each_event_once(hosting: Business, told: Telling) -> None:
    told.give_address("buyer", "buyer@example.test")
    for _ in range(5):
        hosting.place(HOSTING)
        hosting.wait(minutes=1)
    at_once([told.follow, told.follow, told.follow])
    kinds = Counter((one.event_id, one.recipient, one.route) for one in told.notices())
    assert max(kinds.values()) == 1
    assert told.screens("petar") == ["order.placed"] * 5
    assert told.kinds_of_letters("buyer@example.test") == ["order.received"] * 5


def test_an_event_whose_transaction_commits_late_is_not_left_out(
    hosting: Business, told: Telling, engine: str
) -> None:
    """Its id is lower than that of an event that was told before: both are told."""
    if engine == "sqlite":
        pytest.skip("one writer at a time")
    order_id = hosting.place(HOSTING)
    told.follow()
    written, may_commit = Signal(), Signal()
    slow = Thread(target=lambda: late(hosting, order_id, written, may_commit))
    slow.start()
    assert written.wait(20)
    hosting.place(HOSTING)
    assert told.follow() == 0, "an event ahead of it was told while it could still come"
    may_commit.set()
    slow.join(20)
    told.follow()
    assert told.screens("buyer") == ["order.received", "lines.delivered", "order.received"]


def late(hosting: Business, order_id: int, written: Signal, may_commit: Signal) -> None:
    """Writes an event of the order and commits when it may; no lock of it is taken."""
    boss, world = hosting.actor("boss"), hosting.world
    with world.database.writing() as session:
        order = session.get_one(Order, order_id)
        facts: Mapping[str, object] = {"lines": [1]}
        note(session, "order.lines_delivered", order, facts, boss, world.clock.now())
        write_late(session)
        written.set()
        assert may_commit.wait(20)


# --- rights that were lost ----------------------------------------------------------------------


def test_who_has_lost_a_right_reads_no_more_of_what_it_told(
    hosting: Business, told: Telling
) -> None:
    world = hosting.world
    hosting.place(HOSTING)
    told.follow()
    assert seen(world, "petar") == ["order.placed"]
    hold_only(world, "petar", "orders:history:read")
    assert seen(world, "petar") == []
    petar = world.actor("petar")
    with world.database.reading() as session:
        assert unread_count(session, petar) == 0
        sent = after(session, 0, 100)
    assert [one.id for one in sent] == [one.id for one in told.notices()]
    assert petar.user_id not in {one.user_id for one in sent}
    assert {one.user_id for one in sent if not one.data} == {NOBODY}


def test_the_feed_says_a_notice_in_the_words_of_whom_it_is_for(
    hosting: Business, told: Telling
) -> None:
    world = hosting.world
    hold_only(world, "georgi", "orders:order:read")
    with world.database.reading() as session:
        place = session.scalar(select(func.max(NOTICE_FEED.ids))) or 0
    hosting.place(HOSTING)
    told.follow()
    with world.database.reading() as session:
        sent = {one.user_id: one.data for one in after(session, place, 100)}
    georgi, petar = (sent[world.actor(login).user_id or 0] for login in ("georgi", "petar"))
    assert georgi["title"] == "New order № 10001 from Buyer OOD: —"
    assert petar["title"] == "New order № 10001 from Buyer OOD: €5.00"
    assert petar["address"] == f"/notices/{petar['id']}"
    assert (petar["sound"], petar["desktop"]) == (False, False)


# --- deadlines ----------------------------------------------------------------------------------


def test_a_deadline_is_told_a_day_before_once(business: Opening) -> None:
    shop = business("marketplace")
    told, world = Telling(shop.world), shop.world
    order_id = shop.place()
    shop.put(order_id, "awaiting_payment")
    told.follow()
    shop.wait(days=1)
    assert watched(shop) == 0
    shop.wait(days=1, minutes=1)
    assert watched(shop) == 1
    assert watched(shop) == 0
    told.follow()
    assert told.screens("buyer")[-1] == "deadline.approached"
    assert "deadline.approached" not in told.screens("maria")
    shop.wait(days=1)
    shop.fire()
    told.follow()
    assert told.screens("buyer")[-1] == "deadline.passed"
    assert told.screens("maria")[-1] == "order.reported"
    assert world.everything()["notice_date_told"]


def test_two_workers_write_a_deadline_once(business: Opening) -> None:
    shop = business("marketplace")
    order_id = shop.place()
    shop.put(order_id, "awaiting_payment")
    shop.wait(days=2, hours=1)
    assert sorted(at_once([lambda: watched(shop)] * 2)) == [0, 1]  # type: ignore[type-var]
    assert len(shop.happened(order_id, "deadline.approached")) == 1


def test_a_bill_to_be_paid_tomorrow_is_told_in_the_morning(business: Opening) -> None:
    shop = business("desk")
    order_id = shop.place()
    shop.move(order_id, "accept")
    due_on = max(document.due_on for document in shop.order(order_id).documents)
    shop.world.clock.at = shop.world.clock.at.replace(
        year=due_on.year, month=due_on.month, day=due_on.day, hour=5
    ) - timedelta(days=1)
    assert watched(shop) == 0, "it is five in the morning"
    shop.wait(hours=4)
    assert watched(shop) == 1
    shop.wait(days=2)
    assert watched(shop) == 1
    (near,) = shop.happened(order_id, "deadline.approached")
    (gone,) = shop.happened(order_id, "deadline.passed")
    assert near == gone == {"day": due_on.isoformat(), "to_pay": True}


def watched(business: Business) -> int:
    world = business.world
    return watch_deadlines(world.database, actor=business.actor("console"), clock=world.clock)


def test_one_that_has_no_deadline_is_told_of_none(hosting: Business) -> None:
    hosting.place(HOSTING)
    before = hosting.world.everything()
    assert watched(hosting) == 0
    assert hosting.world.everything() == before


@pytest.mark.parametrize("login", ["maria", "owner"])
def test_new_orders_are_counted_by_an_index(world: World, login: str) -> None:
    """Every page counts them: what there is beside them must cost nothing."""
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many rows there are")
    plan = plan_of(world, new_orders(world.actor(login)))
    assert any("ix_orders_progress" in step for step in plan), plan
    assert not any(step.startswith("SCAN orders") for step in plan), plan


@pytest.mark.parametrize("login", ["maria", "owner", "balkan.media"])
def test_what_is_unread_is_counted_by_an_index_of_it_alone(world: World, login: str) -> None:
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many rows there are")
    plan = plan_of(world, unread(world.actor(login)))
    assert any("ix_notice_unread" in step for step in plan), plan


def plan_of(world: World, statement: Select[Any]) -> list[str]:
    with world.database.reading() as session:
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        return [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
