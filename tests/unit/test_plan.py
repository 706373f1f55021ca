"""Planning: what a trigger does to an order, who may pull it, and why nothing happens."""

import ast
from importlib.resources import files
from pathlib import Path

import pytest

from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.workflow.file.workflow_file import WorkflowMistakes, toml
from plugins.orders.workflow.order_facts import DEADLINE, SYSTEM, Trigger, Who
from plugins.orders.workflow.plan_step import Refusal, available, entry_for, plan
from plugins.orders.workflow.workflow import Workflow
from plugins.orders.workflow.workflow_build import build, parse
from tests.workflows import (
    CLIENT,
    SHIPPED,
    STAFF,
    TOTAL,
    by_hand,
    order,
    refused,
    shipped,
    step,
    vocabulary,
)

ORDERS = Path(__file__).parents[2] / "plugins" / "orders"


def without(key: str, *statuses: str) -> Workflow:
    """A shipped workflow with some of its statuses switched off."""
    file = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    written = toml(file.read_text(encoding="utf-8"))
    for status in written["status"]:
        status["enabled"] = status["key"] not in statuses
    return build(written, vocabulary())


def test_a_switched_off_status_cannot_be_entered_but_left() -> None:
    shop = without("webshop", "on_hold")
    assert refused(shop, order("new"), by_hand("on_hold"), STAFF) == ["status_off"]
    (offer,) = [o for o in available(shop, order("new"), STAFF) if o.step.target.key == "on_hold"]
    assert [reason.code for reason in offer.reasons] == ["status_off"]
    assert step(shop, order("on_hold"), by_hand("processing"), STAFF).target.key == "processing"


@pytest.mark.parametrize("status", [status.key for status in shipped("webshop").statuses])
def test_w1_any_predefined_status_may_be_switched_off_and_for_one_another_stands_in(
    status: str,
) -> None:
    """Which, is asked of the one that new and paid orders enter (tests of ``workflow_edit``)."""
    if status == shipped("webshop").entry.status.key:
        with pytest.raises(WorkflowMistakes, match="can’t start"):
            without("webshop", status)
        return
    assert not without("webshop", status).status(status).enabled


def test_what_a_switch_would_strand_is_refused() -> None:
    with pytest.raises(WorkflowMistakes, match="Nothing leads out of “Accepted”"):
        without("desk", "completed", "cancelled")


def test_an_order_in_a_switched_off_status_may_stay_there() -> None:
    shop = without("webshop", "on_hold")
    assert step(shop, order("on_hold"), "pay", STAFF).stays


def test_a_new_order_passes_over_an_entry_that_is_switched_off() -> None:
    shop = without("webshop", "incomplete")
    leaving = order("", pays_online=True, placed_by=ActorKind.CLIENT)
    assert entry_for(shop, leaving).status.key == "new"


def test_a_trigger_means_one_target_when_it_names_it() -> None:
    market = shipped("marketplace")
    facts = order("awaiting_payment", paid=TOTAL)
    paid = "payment_succeeded"
    named = step(market, facts, Trigger(paid, "preparing_for_dispatch"), SYSTEM)
    assert named is step(market, facts, paid, SYSTEM)
    assert refused(market, facts, Trigger(paid, "in_progress"), SYSTEM) == ["in_stock"]
    assert refused(market, facts, Trigger(paid, "received"), SYSTEM) == ["not_from_here"]
    assert refused(market, facts, Trigger("set"), STAFF) == ["not_by_hand"]
    assert refused(market, facts, Trigger("no such thing"), STAFF) == ["not_from_here"]


def test_everything_that_stands_in_the_way_is_told_at_once() -> None:
    market = shipped("marketplace")
    goods = order("in_progress", needs_delivery=True)
    assert refused(market, goods, "lines_delivered", SYSTEM) == ["to_be_sent", "not_delivered"]
    answer = plan(market, goods, Trigger("lines_delivered"), SYSTEM)
    assert isinstance(answer, Refusal)
    assert not answer.missing_fields


def test_a_status_the_workflow_does_not_know_is_no_refusal_but_a_bug() -> None:
    with pytest.raises(KeyError):
        plan(shipped("desk"), order("nowhere"), Trigger("accept"), STAFF)


def test_what_is_available_names_the_fields_to_ask_for() -> None:
    offers = available(shipped("marketplace"), order("in_progress"), STAFF)
    by_action = {offer.step.action: offer for offer in offers if offer.step.target.key == "sent"}
    assert by_action.keys() == {"send", "set"}
    assert by_action["send"].allowed
    assert [asked.name for asked in by_action["send"].step.fields] == [
        "delivery_service",
        "tracking_code",
    ]


def test_what_is_available_says_why_the_rest_is_not() -> None:
    clerk = Who(ActorKind.STAFF, frozenset({"orders:status:change"}))
    offers = available(shipped("hosting"), order("awaiting_payment"), clerk)
    told = {offer.step.action: [reason.code for reason in offer.reasons] for offer in offers}
    assert told == {
        "pay": ["function_not_held"],
        "refund": ["function_not_held"],
        "cancel": [],
    }


def test_what_is_the_systems_alone_is_offered_to_nobody_else() -> None:
    for key in SHIPPED:
        for status in shipped(key).statuses:
            for who in (CLIENT, STAFF):
                for offer in available(shipped(key), order(status.key), who):
                    assert offer.step.action != DEADLINE
                    assert {permit.kind for permit in offer.step.by} != {ActorKind.SYSTEM}


def test_one_of_several_targets_is_offered_the_one_that_would_be_taken() -> None:
    written = toml(SIXTH)
    for to, when in (("arrived", "in_stock"), ("handed_over", "on_order")):
        row = {"from": "secured", "to": to, "action": "set_up", "by": "staff", "when": when}
        written["transition"].append(row)
    offers = available(build(written, vocabulary()), order("secured", lines_on_order=2), STAFF)
    assert [o.step.target.key for o in offers if o.step.action == "set_up"] == ["handed_over"]


SIXTH = """
key = "preorder"
titles = { en = "Pre-orders", ru = "Предзаказы", bg = "Предварителни поръчки" }
status = [
  { key = "reserved", stage = "new", tone = "violet", shape = "ring", titles = { en = "Reserved", ru = "Забронирован", bg = "Запазена" } },
  { key = "secured", stage = "open", tone = "info", shape = "half", titles = { en = "Deposit paid", ru = "Внесён аванс", bg = "С капаро" } },
  { key = "arrived", stage = "open", tone = "warn", shape = "half", email_client = true, titles = { en = "Arrived", ru = "Поступил", bg = "Пристигнала" } },
  { key = "handed_over", stage = "done", tone = "ok", shape = "full", stock = "take", titles = { en = "Handed over", ru = "Выдан", bg = "Предадена" } },
  { key = "dropped", stage = "lost", tone = "mute", shape = "full", stock = "return", titles = { en = "Dropped", ru = "Снят", bg = "Отпаднала" } },
]
entry = { status = "reserved", effects = ["hold_stock", "issue_proforma"] }
action = [{ key = "announce", titles = { en = "It has arrived", ru = "Товар поступил", bg = "Пристигна" } }]
transition = [
  { from = "reserved", to = "secured", action = "payment_succeeded", by = "system", requires = "paid:30%" },
  { from = "reserved", to = "secured", action = "accept", by = "staff", requires = "paid:30%" },
  { from = "reserved", to = "dropped", after = "P2D", effects = "void_documents" },
  { from = "secured", to = "arrived", action = "announce", by = "staff" },
  { from = "arrived", to = "handed_over", action = "deliver", by = "staff", requires = "paid", effects = "deliver_lines" },
  { from = "arrived", to = "dropped", after = "P14D", effects = ["void_documents", "return_payments"] },
  { from = ["reserved", "secured"], to = "dropped", action = "cancel", by = ["client", "staff"], requires = "reason", effects = ["void_documents", "return_payments"] },
]
"""  # noqa: E501


def test_a_sixth_business_a_preorder_with_a_deposit_runs_without_a_line_of_code() -> None:
    assert len(SIXTH.splitlines()) < 40
    preorder = parse(SIXTH, vocabulary())
    placed = entry_for(preorder, order(""))
    assert (placed.status.key, placed.effects) == ("reserved", ("hold_stock", "issue_proforma"))
    assert placed.deadline is not None
    assert placed.deadline.written == "P2D"
    less, enough = Money(29_99, "EUR"), Money(30_00, "EUR")
    assert refused(preorder, order("reserved", paid=less), "accept", STAFF) == ["not_paid"]
    secured = step(preorder, order("reserved", paid=enough), "accept", STAFF)
    assert (secured.target.key, secured.deadline) == ("secured", None)
    arrived = step(preorder, order("secured", paid=enough), "announce", STAFF)
    assert arrived.effects == ("notify_client",)
    assert refused(preorder, order("arrived", paid=enough), "deliver", STAFF) == ["not_paid"]
    assert step(preorder, order("arrived", paid=TOTAL), "deliver", STAFF).target.is_final
    dropped = step(preorder, order("arrived", paid=enough), DEADLINE, SYSTEM)
    assert dropped.effects == ("void_documents", "return_payments", "return_stock")


# rooms in which orders move; the others show them, or have states of their own (a payment, say)
ENGINE = (
    "balance",
    "checkout",
    "deadlines",
    "drawing",
    "lifecycle",
    "payments",
    "settings",
    "settlement",
    "workflow",
)
# facts, a message of the payment system, a stage and what becomes of a service, all of which share
# their name with a status
WORDS_OF_ITS_OWN = {"paid", "unpaid", "payment_failed", "new", "suspended"}


def test_the_engine_knows_no_status_by_name() -> None:
    """No status of a shipped file is named in the code; the few other meanings are listed."""
    named = {status.key for key in SHIPPED for status in shipped(key).statuses}
    rooms = (module for room in ENGINE for module in (ORDERS / room).rglob("*.py"))
    # what the API asks and answers shows an order as an example
    engine = [module for module in rooms if not module.stem.endswith(("_json", "_api"))]
    assert len(engine) > 70
    for module in engine:
        written = {
            node.value
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert named & written <= WORDS_OF_ITS_OWN, module
