"""Whatever anybody does to real orders, in any of the five businesses, on a real database.

Orders are placed, moved by everybody's attempts and by what is offered, delivered, taken back (R9),
left alone for days; statuses are switched off and on. After each step all that must always be true
is looked up.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.core.plugins import load_plugins
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock, FixedClock
from billing_panel.kernel.values.money import POINTS
from billing_panel.runtime.open_panel import open_panel
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.consequences import Consequences, compare, look
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.settings.move_to_newest_version import move_to_latest
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.settlement.read_order_facts import facts_of, who_is
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderDeadline, OrderService
from plugins.orders.store.versions.workflow_store import (
    latest_version,
    status_rows,
    workflow_of,
)
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan_step import available
from plugins.orders.workflow.requirements import TAKEN_BACK
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.take_back_field import BACK, KEPT, written_for
from plugins.orders.workflow.vocabulary import ACTIONS
from plugins.orders.workflow.workflow import Step, Workflow
from tests.businesses import (
    ANTENNA,
    HOSTING,
    KIT,
    PROVIDER,
    ROUTER,
    SERVER,
    STOCK,
    Business,
    opened,
    pieces,
    wrongs,
)
from tests.conftest import NOON, Templates
from tests.property.test_workflows import FILLED
from tests.workflows import SHIPPED, shipped
from tests.world import World

PEOPLE = ("maria", "petar", "georgi", "olga", "buyer", "owner", "console")
MOVERS = ("maria", "petar", "buyer")
COUNTED = ("router", "server")
MOST_ORDERS = 3
SYSTEMS_OWN = (
    "payment_succeeded",
    "payment_failed",
    "payment_in_review",
    "left_for_gateway",
    "payment_overdue",
    "term_ended",
)


class Orders(RuleBasedStateMachine):
    """Of one business, which each example finds as it was opened."""

    fresh: Callable[[], Any]
    shipped: Workflow
    seen: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.opening = self.fresh()
        self.business: Business = self.opening.__enter__()
        self.statuses = [status.key for status in self.shipped.statuses]
        self.orders: list[int] = []
        self.entered: dict[int, str] = {}
        self.looked_at: tuple[Any, ...] = ()

    @override
    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)

    # what people do

    @initialize(by=st.sampled_from(["maria", "buyer"]))
    def begin(self, by: str) -> None:
        self.orders = [self.business.place(ROUTER, HOSTING, by=by)]

    @rule(
        lines=st.lists(st.sampled_from([ROUTER, SERVER, HOSTING, KIT, ANTENNA]), min_size=1),
        by=st.sampled_from(["maria", "buyer"]),
        method=st.sampled_from(["bank_transfer", "card_gateway", "cash", "balance"]),
    )
    @precondition(lambda self: len(self.orders) < MOST_ORDERS)
    def place(self, lines: list[Any], by: str, method: str) -> None:
        command = self.business.command(*lines[:3], method=method)
        placed = self._attempt(lambda: self.business.world.place(by, command))
        self.orders += [order.id for order in placed or ()]

    @rule(data=st.data(), times=st.integers(1, 4))
    def somebody_does_what_is_offered(self, data: st.DataObject, times: int) -> None:
        order_id = data.draw(st.sampled_from(self.orders))
        for _ in range(times):
            offers = [(by, step) for by in MOVERS for step in self._offered(order_id, by)]
            if offers:
                by, step = data.draw(st.sampled_from(offers))
                asked = {field.name for field in step.fields} & FILLED.keys()
                fields = {name: FILLED[name] for name in sorted(asked)}
                if any(field.name == TAKEN_BACK for field in step.fields):
                    fields[TAKEN_BACK] = self._taken_back(data, order_id)
                if "payment_method" in fields:
                    fields["payment_method"] = data.draw(st.sampled_from(["cash", "balance"]))
                trigger = step.trigger
                self._move(AdvanceOrder(order_id, trigger.action, trigger.to, fields), by)
                self.all_is_well()

    @rule(
        data=st.data(),
        by=st.sampled_from(PEOPLE),
        action=st.sampled_from(sorted(ACTIONS)),
        fields=st.dictionaries(st.sampled_from(sorted(FILLED)), st.sampled_from(["", "5"])),
    )
    def anybody_tries(
        self, data: st.DataObject, by: str, action: str, fields: dict[str, str]
    ) -> None:
        order_id = data.draw(st.sampled_from(self.orders))
        to = data.draw(st.sampled_from(self.statuses)) if action == BY_HAND else None
        command = AdvanceOrder(order_id, action, to, fields)
        self._attempt(lambda: self.business.act(advance_order, command, by))

    @rule(data=st.data(), some=st.booleans())
    def deliver(self, data: st.DataObject, some: bool) -> None:  # noqa: FBT001
        order_id = data.draw(st.sampled_from(self.orders))
        lines = self.business.order(order_id).lines[: 1 if some else None]
        self._attempt(lambda: self.business.deliver(order_id, *(line.id for line in lines)))

    @rule(data=st.data(), message=st.sampled_from(SYSTEMS_OWN))
    def the_system_learns(self, data: st.DataObject, message: str) -> None:
        order_id = data.draw(st.sampled_from(self.orders))
        self.business.happens(order_id, message)

    @rule(days=st.sampled_from([1, 4, 31]))
    def time_passes(self, days: int) -> None:
        self.business.wait(days=days)
        fired = self.business.fire()
        assert fired.broke_off == 0
        with self.business.world.database.reading() as session:
            latest = session.scalar(select(func.min(OrderDeadline.due_at)))
        assert latest is None or latest > self.business.world.clock.now()
        before = self._state()
        assert (self.business.fire().moved, self._state()) == (0, before)

    @rule(data=st.data())
    def a_deadline_is_cancelled(self, data: st.DataObject) -> None:
        command = ChangeDeadline(data.draw(st.sampled_from(self.orders)), None, "no hurry")
        self._attempt(lambda: self.business.act(change_deadline, command, "boss"))

    @rule(data=st.data(), move=st.booleans())
    def a_status_is_switched(self, data: st.DataObject, move: bool) -> None:  # noqa: FBT001
        key = data.draw(st.sampled_from(self.statuses))
        boss, clock = self.business.actor("boss"), self.business.world.clock

        def switch() -> None:
            with self.business.world.database.writing() as session:
                version = latest_version(session, self.business.provider_id)
                assert version is not None
                statuses = [
                    {**s, "enabled": not s["enabled"]} if s["key"] == key else s
                    for s in version.content["status"]
                ]
                file = WorkflowFile.model_validate({**version.content, "status": statuses})
                change_workflow(
                    session, PROVIDER, file, seen=version.number, actor=boss, clock=clock
                )
                if move:
                    move_to_latest(session, PROVIDER, {}, actor=boss, clock=clock)

        self._attempt(switch)

    # how it is done

    def _taken_back(self, data: st.DataObject, order_id: int) -> str:
        """Of each delivered line, whether it comes back."""
        lines = [line.id for line in self.business.order(order_id).lines if line.delivered_at]
        return written_for({line: data.draw(st.sampled_from([BACK, KEPT])) for line in lines})

    def _offered(self, order_id: int, by: str) -> list[Step]:
        """What is offered to them; all of it, if they may see the order."""
        actor = self.business.actor(by)
        with self.business.world.database.reading() as session:
            try:
                order = find_order(session, actor, order_id)
            except DomainError:
                return []
            found = available(workflow_of(order), facts_of(order), who_is(actor))
            return [offer.step for offer in found if offer.allowed]

    def _move(self, command: AdvanceOrder, by: str) -> None:
        """What is foretold is what happens (issue 12, item 20); foretelling changes nothing."""
        state, stood = self._state(), self.business.stands()
        foretold = self._attempt(lambda: self.business.act(preview_step, command, by))
        assert (self._state(), self.business.stands()) == (state, stood)
        happened = self._attempt(lambda: self.business.act(watched, command, by))
        assert (foretold.consequences if foretold else None) == happened
        if happened is not None and not happened.received:
            stands = self.business.stands()
            back = [one.sum for one in happened.given_back if one.is_to_balance]
            money = sum(one.minor for one in back if one.currency != POINTS)
            sums = [one.sum for one in happened.given_back]
            points = sum(one.minor for one in sums if one.currency == POINTS)
            covered = sum(paid.minor for _, paid in happened.covers)
            assert stands.balance - stood.balance == money - covered
            assert stands.points - stood.points == points - happened.points_lost
            owed_before, owed_after = (one.minor for one in happened.owed)
            assert stands.debt - stood.debt == owed_after - owed_before - covered

    def _attempt(self, act: Callable[[], Any]) -> Any:
        """What it gives; a refusal has its reasons and has changed nothing."""
        before = self._state()
        try:
            return act()
        except DomainError as refusal:
            self._has_reasons(refusal)
            assert self._state() == before
            return None

    @staticmethod
    def _has_reasons(refusal: DomainError) -> None:
        assert str(refusal.message)
        assert all(str(reason.message) and str(reason.remedy) for reason in refusal.reasons)
        assert refusal.reasons or refusal.code != "transition_refused"

    def _state(self) -> tuple[Any, ...]:
        with self.business.world.database.reading() as session:
            events = session.scalar(select(func.max(Event.id)))
            orders = session.execute(select(Order.id, Order.version, Order.paid, Order.held))
            return (events, *orders.all())

    # what is always true

    @invariant()
    @precondition(lambda self: self.orders)
    def all_is_well(self) -> None:
        """Looked up again when something was written, or time has passed."""
        world = self.business.world
        state = (world.clock.now(), world.everything())
        if state == self.looked_at:
            return
        self.looked_at = state
        assert wrongs(self.business.world) == []
        with self.business.world.database.reading() as session:
            self._stock_is_right(session)
            left = 0
            for order_id in self.orders:
                order = find_order(session, self.business.actor("console"), order_id)
                self._order_is_right(session, order)
                left += order.left
            self._money_is_right(left)

    def _stock_is_right(self, session: Session) -> None:
        assert pieces(session, COUNTED) == dict.fromkeys(COUNTED, STOCK)
        assert all((self.business.stock(key) or 0) >= 0 for key in COUNTED)

    def _money_is_right(self, left: int) -> None:
        stands = self.business.stands()
        assert 0 <= stands.debt <= left
        assert stands.balance >= 0
        assert stands.points >= 0

    def _order_is_right(self, session: Session, order: Order) -> None:
        workflow = workflow_of(order)
        status = workflow.status(order.status.key)
        rows = status_rows(session, order.provider_id)
        if self.entered.get(order.id) != status.key:
            # it has come here in this very step
            assert rows[status.key].enabled
            self.seen.add(status.key)
        self.entered[order.id] = status.key
        assert order.stage is rows[status.key].stage
        assert not (status.is_final and order.deadline)
        assert order.deadline is None or workflow.deadline(status.key)
        assert 0 <= order.paid <= order.total
        assert sum(not document.is_void for document in order.documents) <= 1
        self._history_is_right(order)
        self._services_are_right(session, order)

    def _history_is_right(self, order: Order) -> None:
        """Each step begins where the one before ended; none leads out of what is final."""
        steps = self.business.happened(order.id, "order.moved")
        ends = [*(step["from"] for step in steps[1:]), order.status.key]
        # of an order that has not moved there is no step
        for step, end in zip(steps, ends, strict=False):
            assert len(set(step["effects"])) == len(step["effects"])
            assert step["to"] == end
            stays = step["from"] == step["to"]
            assert stays or not self.shipped.status(step["from"]).is_final

    def _services_are_right(self, session: Session, order: Order) -> None:
        """Each delivered line has opened its services once; they end with it at the latest."""
        inside = {TariffKind.SERVICE: 1, TariffKind.BUNDLE: 1}
        delivered = sum(
            line.quantity * inside.get(line.tariff.kind, 0)
            for line in order.lines
            if line.delivered_at or line.taken_back_at
        )
        opened_by_it = select(func.count()).select_from(OrderService).filter_by(order_id=order.id)
        assert session.scalar(opened_by_it) == delivered
        if order.stage is Stage.LOST and not any(line.delivered_at for line in order.lines):
            assert set(self.business.services(order.id)) <= {"ended"}


def watched(session: Session, command: AdvanceOrder, *, actor: Actor, clock: Clock) -> Consequences:
    """The step itself, taken for good, and what differs then."""
    before = look(session, lock_for_change(session, actor, command.order_id))
    moved = advance_order(session, command, actor=actor, clock=clock)
    return compare(session, moved, before)


@contextmanager
def template_of(
    templates: Templates, folder: Path, workflow: str, engine: str = "sqlite"
) -> Iterator[Callable[[], AbstractContextManager[Business]]]:
    """What opens the business of ``workflow`` as it begins, each time again, for one panel."""
    url = templates.restore(engine, "demo")
    config = Config(home=folder, database_url=url, secret_key="only for tests")
    clock = FixedClock(NOON)
    panel = open_panel(config, load_plugins(), clock)
    make = partial(opened, World(panel, clock), workflow)

    @contextmanager
    def fresh() -> Iterator[Business]:
        clock.at = NOON
        templates.restore_made(engine, f"business_{workflow}", panel.database, make)
        yield Business(World(panel, clock))
        panel.database.close()

    yield fresh


@pytest.mark.parametrize("key", SHIPPED)
def test_whatever_is_done_to_orders_all_is_well(
    templates: Templates, tmp_path: Path, key: str
) -> None:
    """SQLite only: what is tested here are sequences, and many of them."""
    with template_of(templates, tmp_path, key) as fresh:
        seen: set[str] = set()
        own = {"shipped": shipped(key), "fresh": staticmethod(fresh), "seen": seen}
        machine = type(f"Orders_{key}", (Orders,), own)
        steps = settings(
            max_examples=5, stateful_step_count=20, suppress_health_check=[*HealthCheck]
        )
        run_state_machine_as_test(machine, settings=steps)
    # the examples are worth something: orders have moved
    assert len(seen) >= 2
