"""Whatever is told of a top-up, in whatever order and however often: the balance agrees with it."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.kernel.extension.gateways import Outcome
from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.values.money import Money
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import cancel_top_up
from plugins.orders.top_ups.receive_top_up import record_top_up
from plugins.orders.top_ups.top_up_checks import booked
from tests.actions.test_top_ups import act, ask, balance, now, tell
from tests.world import World

EVENTS = count(1)
CANCEL, RECORD = "cancel", "record"
TOLD = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.IN_REVIEW, Outcome.DISPUTE_LOST)
steps = st.lists(
    st.tuples(st.sampled_from((CANCEL, RECORD, *TOLD)), st.sampled_from((0, 0, 0, 1))), max_size=7
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.integers(100, 10**8), taken=steps)
def test_what_is_on_the_balance_is_what_came_and_was_not_taken_back(
    world: World, amount: int, taken: list[tuple[str, int]]
) -> None:
    world.change(PaymentMethod, {"kind": MethodKind.CARD_GATEWAY}, gateway="sandbox")
    before = balance(world)
    top_up = ask(world, method="card_gateway", amount=str(Money(amount, "EUR")))
    is_paid = is_lost = False
    for step, too_much in taken:
        take(world, top_up, step, too_much)
        is_lost = is_lost or (step is Outcome.DISPUTE_LOST and not too_much)
        is_paid = is_paid or is_lost or (step is Outcome.SUCCEEDED and not too_much)
    assert (now(world, top_up).state is TopUpState.PAID) is is_paid
    assert balance(world) == before + amount * is_paid - amount * is_lost
    with world.database.reading() as session:
        assert [*booked(session)] == []
    if now(world, top_up).state is TopUpState.WAITING:
        act(world, cancel_top_up, top_up)


def take(world: World, top_up: TopUp, step: str, too_much: int) -> None:
    """By hand it may be refused; a message never is."""
    if not isinstance(step, Outcome):
        try:
            act(world, cancel_top_up if step == CANCEL else record_top_up, top_up)
        except Conflict:
            return
    else:
        money = Money(top_up.amount + too_much, top_up.currency)
        about = {"money": money, "dispute": "d" if step is Outcome.DISPUTE_LOST else ""}
        tell(world, top_up, step, event_id=f"event-{next(EVENTS)}", **about)
