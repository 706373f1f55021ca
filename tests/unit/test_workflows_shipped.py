"""The five businesses of SYSTEMS.md run on five files; each row of it by its id."""

from typing import Any

import pytest

from billing_panel.catalog.rules.eligibility_facts import Availability
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.checkout.split_checkout import split
from plugins.orders.workflow.order_facts import DEADLINE, SYSTEM, Trigger, Who
from plugins.orders.workflow.plan_step import Refusal, available, entry_for, plan
from plugins.orders.workflow.statuses.stage import SetBy, Stage, StockMove
from plugins.orders.workflow.workflow import Workflow
from tests.property.facts import choice, tariff
from tests.workflows import (
    CLIENT,
    EVERYBODY,
    NOTHING,
    PARCEL,
    SHIPPED,
    STAFF,
    TOTAL,
    by_hand,
    order,
    refused,
    shipped,
    step,
)

HOSTING, PROCUREMENT, MARKETPLACE = (
    shipped("hosting"),
    shipped("procurement"),
    shipped("marketplace"),
)
DESK, WEBSHOP = shipped("desk"), shipped("webshop")


def keys(workflow: Workflow) -> list[str]:
    return [status.key for status in workflow.statuses]


def titles(workflow: Workflow) -> list[str]:
    return [status.title.in_language("en") for status in workflow.statuses]


def offers(workflow: Workflow, status: str, who: Who, **facts: Any) -> set[tuple[str, str]]:
    """(action, target) of what is allowed now."""
    return {
        (offer.step.action, offer.step.target.key)
        for offer in available(workflow, order(status, **facts), who)
        if offer.allowed
    }


def test_there_are_five() -> None:
    assert SHIPPED == ["desk", "hosting", "marketplace", "procurement", "webshop"]


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_workflow_is_called_as_its_file_and_speaks_three_languages(key: str) -> None:
    workflow = shipped(key)
    assert workflow.key == key
    titled = [workflow.titles, *(s.titles for s in workflow.statuses)]
    for written in (*titled, *(s.titles for s in workflow.line_statuses)):
        assert all(written[language].strip() for language in LANGUAGES)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_workflow_can_win_and_lose_an_order(key: str) -> None:
    assert {status.stage for status in shipped(key).statuses} == set(Stage)


# --- hosting ------------------------------------------------------------------------------------


def test_h_statuses_are_the_natural_life_of_a_hosting_order() -> None:
    assert titles(HOSTING) == [
        "Awaiting payment",
        "Paid",
        "Being set up",
        "Action needed",
        "Active",
        "Suspended for non-payment",
        "Cancelled",
        "Expired",
    ]


def test_h_statuses_lead_from_placing_to_a_running_service() -> None:
    entry = entry_for(HOSTING, order(""))
    assert (entry.status.key, entry.effects) == (
        "awaiting_payment",
        ("hold_stock", "issue_proforma"),
    )
    assert entry.deadline is not None
    assert (entry.deadline.written, entry.deadline.target.key) == ("P30D", "expired")
    paid = step(HOSTING, order("awaiting_payment", paid=TOTAL), "payment_succeeded", SYSTEM)
    assert paid.target.key == "paid"
    assert step(HOSTING, order("paid"), "set_up", SYSTEM).target.key == "setting_up"
    asked = step(HOSTING, order("setting_up", fields={"reason": "Which domain?"}), "ask", STAFF)
    assert asked.target.key == "action_needed"
    answered = order("action_needed", fields={"answer": "shop.example"})
    assert step(HOSTING, answered, "resume", CLIENT).target.key == "setting_up"
    assert step(HOSTING, order("action_needed"), "resume", STAFF).target.key == "setting_up"
    active = step(HOSTING, order("setting_up"), "deliver", STAFF)
    assert (active.target.key, active.effects) == (
        "active",
        ("deliver_lines", "take_stock", "notify_client"),
    )


def test_h_statuses_lead_from_an_active_order_to_its_end() -> None:
    suspended = step(HOSTING, order("active"), "payment_overdue", SYSTEM)
    assert (suspended.target.key, suspended.effects) == (
        "suspended",
        ("suspend_services", "notify_client"),
    )
    assert suspended.deadline is not None
    assert suspended.deadline.written == "P30D"
    back = step(HOSTING, order("suspended"), "payment_succeeded", SYSTEM)
    assert (back.target.key, back.effects[0]) == ("active", "resume_services")
    assert step(HOSTING, order("active"), "term_ended", SYSTEM).target.key == "expired"
    assert step(HOSTING, order("suspended"), DEADLINE, SYSTEM).target.key == "expired"
    why = {"reason": "moved away"}
    assert step(HOSTING, order("active", fields=why), "cancel", STAFF).target.key == "cancelled"


def test_h3_a_client_cannot_declare_their_own_order_paid() -> None:
    # what they pay is taken from what they have with the provider
    own = step(HOSTING, order("awaiting_payment"), "pay", CLIENT)
    assert (own.stays, own.effects) == (True, ("take_payment",))
    assert refused(HOSTING, order("awaiting_payment"), "payment_succeeded", CLIENT) == [
        "not_for_you"
    ]
    assert refused(HOSTING, order("awaiting_payment"), "payment_succeeded", SYSTEM) == ["not_paid"]


def test_h3_staff_take_money_only_with_the_function_for_it() -> None:
    desk = Who(ActorKind.STAFF, frozenset({"orders:status:change"}))
    assert refused(HOSTING, order("awaiting_payment"), "pay", desk) == ["function_not_held"]
    paid = step(HOSTING, order("awaiting_payment"), "pay", STAFF)
    assert (paid.stays, paid.effects) == (True, ("take_payment",))
    moved = step(HOSTING, order("awaiting_payment", paid=TOTAL), "payment_succeeded", SYSTEM)
    assert (moved.target.key, moved.effects) == ("paid", ("notify_client",))


# --- procurement --------------------------------------------------------------------------------

P1 = """
AP awaiting_payment                Awaiting payment
AS awaiting_surcharge              Awaiting surcharge
PD paid                            Paid
PR in_processing                   In processing
RO additional_order                Additional order
WH in_processing_at_the_warehouse  In processing at the warehouse
RP ready_for_packing               Ready for packing
RD ready_for_dispatch              Ready for dispatch
SE sent                            Sent
CO completed                       Completed
CA cancelled                       Cancelled
"""
P2 = """
        AP AS PD PR RO WH RP RD SE CO CA
AP      +  +  +  +  +  +  +  +  -  -  -
AS      +  -  +  +  +  +  +  +  -  -  -
PD      -  +  -  +  +  +  +  +  -  -  -
PR      +  +  +  +  +  +  +  +  -  -  -
RO      +  +  +  +  +  +  +  +  -  -  -
WH      +  +  +  +  +  +  +  +  -  -  -
RP      +  +  +  +  +  +  -  +  -  -  -
RD      +  +  +  +  +  +  +  +  -  -  -
SE      -  -  -  -  -  -  -  -  -  -  -
CO      -  -  -  -  -  -  -  -  -  -  -
CA      -  -  -  -  -  -  -  -  -  -  -
"""
NAMED = dict(line.split()[:2] for line in P1.strip().splitlines())
CODES, *ROWS = [line.split() for line in P2.strip().splitlines()]
CELLS = [
    (source, target, mark)
    for source, *marks in ROWS
    for target, mark in zip(CODES, marks, strict=True)
]


def test_p1_eleven_statuses_in_this_order() -> None:
    assert titles(PROCUREMENT) == [line.split(maxsplit=2)[2] for line in P1.strip().splitlines()]
    assert keys(PROCUREMENT) == [*NAMED.values()]


def test_p2_has_121_cells() -> None:
    assert len(CELLS) == 121


@pytest.mark.parametrize(("source", "target", "mark"), CELLS)
def test_p2_by_hand(source: str, target: str, mark: str) -> None:
    facts, trigger = order(NAMED[source]), by_hand(NAMED[target])
    offered = ("set", NAMED[target]) in offers(PROCUREMENT, NAMED[source], STAFF)
    assert offered == (mark == "+")
    if mark == "-":
        assert refused(PROCUREMENT, facts, trigger, STAFF) == ["not_by_hand"]
        return
    taken = step(PROCUREMENT, facts, trigger, STAFF)
    assert (taken.source.key, taken.target.key) == (NAMED[source], NAMED[target])
    assert taken.requires == ()
    for who in (CLIENT, SYSTEM):
        assert refused(PROCUREMENT, facts, trigger, who) == ["not_for_you"]


@pytest.mark.parametrize(
    "source", [code for code, target, mark in CELLS if (code, mark) == (target, "+")]
)
def test_p2_a_status_set_again_changes_nothing(source: str) -> None:
    again = step(PROCUREMENT, order(NAMED[source]), by_hand(NAMED[source]), STAFF)
    assert again.stays
    assert (again.effects, again.deadline) == ((), None)


@pytest.mark.parametrize(
    ("action", "target"), [("send", "sent"), ("complete", "completed"), ("cancel", "cancelled")]
)
def test_p2_the_ends_are_reached_by_their_actions(action: str, target: str) -> None:
    for source in keys(PROCUREMENT)[:8]:
        assert step(PROCUREMENT, order(source), action, STAFF).target.key == target
    for end in ("sent", "completed", "cancelled"):
        assert refused(PROCUREMENT, order(end), action, STAFF) == ["not_from_here"]


@pytest.mark.parametrize("end", ["sent", "completed", "cancelled"])
def test_p2_nothing_leaves_the_ends(end: str) -> None:
    offered = [offer.step for who in EVERYBODY for offer in available(PROCUREMENT, order(end), who)]
    assert all(step.stays for step in offered)
    # what was sent unpaid is a debt, which can still be paid (P7); what was paid can go back
    more = {"take_back"} if end == "cancelled" else set()
    assert {step.action for step in offered} == {"pay", "refund"} | more


def test_p4_lines_have_statuses_of_their_own() -> None:
    assert [status.key for status in PROCUREMENT.line_statuses] == [
        "waiting",
        "ordered",
        "at_the_warehouse",
        "packed",
        "delivered",
        "unavailable",
    ]
    assert PROCUREMENT.line_statuses[0].stage is Stage.NEW
    assert [s.key for s in PROCUREMENT.line_statuses if s.stage is Stage.DONE] == ["delivered"]


@pytest.mark.parametrize("source", ["awaiting_payment", "awaiting_surcharge"])
def test_p7_paying_changes_the_order(source: str) -> None:
    paid = step(PROCUREMENT, order(source, paid=TOTAL), "payment_succeeded", SYSTEM)
    assert paid.target.key == "paid"
    taken = step(PROCUREMENT, order(source), "pay", STAFF)
    assert (taken.stays, taken.effects) == (True, ("take_payment",))
    assert refused(PROCUREMENT, order(source, paid=TOTAL), "pay", STAFF) == ["already_paid"]


@pytest.mark.parametrize("source", ["paid", "in_processing", "ready_for_dispatch"])
def test_p1_a_price_raised_after_payment_awaits_the_surcharge(source: str) -> None:
    raised = step(PROCUREMENT, order(source, paid=NOTHING), "price_raised", SYSTEM)
    assert raised.target.key == "awaiting_surcharge"
    assert refused(PROCUREMENT, order(source, paid=TOTAL), "price_raised", SYSTEM) == [
        "already_paid"
    ]


@pytest.mark.parametrize("key", SHIPPED)
def test_money_goes_back_with_a_reason_by_whoever_may_refund(key: str) -> None:
    workflow, facts = shipped(key), order("cancelled", paid=TOTAL, fields={"reason": "broken"})
    if key == "webshop":
        facts = order("returned", paid=TOTAL, fields={"reason": "broken"})
    back = step(workflow, facts, "refund", STAFF)
    assert (back.stays, back.effects) == (True, ("refund",))
    clerk = Who(ActorKind.STAFF, frozenset({"orders:status:change", "orders:order:pay"}))
    assert refused(workflow, facts, "refund", clerk) == ["function_not_held"]
    unpaid = order(facts.status, fields={"reason": "broken"})
    assert refused(workflow, unpaid, "refund", STAFF) == ["nothing_paid"]
    unsaid = order(facts.status, paid=TOTAL)
    assert refused(workflow, unsaid, "refund", STAFF) == ["missing_field"]


# --- marketplace --------------------------------------------------------------------------------


def test_m2_in_stock_and_on_order_never_share_an_order() -> None:
    shelf = choice(tariff("router", availability=Availability.IN_STOCK))
    later = choice(tariff("server", availability=Availability.ON_ORDER))
    parts = split([later, shelf], by_availability=MARKETPLACE.split_by_availability)
    assert parts == [[shelf], [later]]


@pytest.mark.parametrize("who", [ActorKind.CLIENT, ActorKind.STAFF])
def test_m3_every_new_order_awaits_confirmation(who: ActorKind) -> None:
    entry = entry_for(MARKETPLACE, order("", placed_by=who, pays_online=True))
    assert (entry.status.key, entry.effects) == ("awaiting_confirmation", ("hold_stock",))
    assert entry.deadline is None


def test_m4_the_shop_asks_for_payment_within_three_days() -> None:
    new = order("awaiting_confirmation")
    for trigger in (by_hand("awaiting_payment"), Trigger("accept")):
        billed = step(MARKETPLACE, new, trigger, STAFF)
        assert billed.target.key == "awaiting_payment"
        assert billed.effects == ("issue_proforma", "notify_client")
        assert billed.deadline is not None
        assert (billed.deadline.written, billed.deadline.after.days) == ("P3D", 3)
        assert refused(MARKETPLACE, new, trigger, CLIENT) == ["not_for_you"]


@pytest.mark.parametrize("source", keys(MARKETPLACE))
@pytest.mark.parametrize("who", [CLIENT, STAFF])
def test_m5_either_side_cancels_before_payment_only(source: str, who: Who) -> None:
    facts = order(source)
    if source not in {"awaiting_confirmation", "awaiting_payment"}:
        assert refused(MARKETPLACE, facts, "cancel", who) == ["not_from_here"]
        assert refused(MARKETPLACE, facts, by_hand("cancelled"), who) == ["not_by_hand"]
        return
    cancelled = step(MARKETPLACE, facts, "cancel", who)
    assert (cancelled.target.key, cancelled.target.stage) == ("cancelled", Stage.LOST)
    assert {"void_documents", "return_stock"} <= set(cancelled.effects)


def test_m6_unpaid_by_itself_after_three_days() -> None:
    late = step(MARKETPLACE, order("awaiting_payment"), DEADLINE, SYSTEM)
    assert (late.target.key, late.target.is_final) == ("unpaid", True)
    assert late.after == MARKETPLACE.deadline("awaiting_payment")
    assert {"void_documents", "return_stock"} <= set(late.effects)
    assert refused(MARKETPLACE, order("awaiting_payment"), DEADLINE, STAFF) == ["not_for_you"]
    assert refused(MARKETPLACE, order("awaiting_payment"), by_hand("unpaid"), STAFF) == [
        "not_by_hand"
    ]


@pytest.mark.parametrize(
    ("on_order", "target"), [(0, "preparing_for_dispatch"), (1, "in_progress")]
)
def test_m7_paid_is_a_button_and_goes_on_by_availability(on_order: int, target: str) -> None:
    facts = order("awaiting_payment", lines_on_order=on_order)
    taken = step(MARKETPLACE, facts, "pay", STAFF)
    assert (taken.stays, taken.effects) == (True, ("take_payment",))
    assert refused(MARKETPLACE, facts, by_hand(target), STAFF) == ["not_by_hand"]
    by_itself = order("awaiting_payment", paid=TOTAL, lines_on_order=on_order)
    assert step(MARKETPLACE, by_itself, "payment_succeeded", SYSTEM).target.key == target


@pytest.mark.parametrize("source", ["preparing_for_dispatch", "in_progress"])
def test_m8_sending_takes_the_service_and_the_code_of_the_parcel(source: str) -> None:
    for trigger in (Trigger("send"), by_hand("sent")):
        bare = plan(MARKETPLACE, order(source), trigger, STAFF)
        assert isinstance(bare, Refusal)
        assert bare.missing_fields
        assert [reason.place for reason in bare.reasons] == [
            "fields.delivery_service",
            "fields.tracking_code",
        ]
        blank = order(source, fields={**PARCEL, "tracking_code": "  "})
        assert refused(MARKETPLACE, blank, trigger, STAFF) == ["missing_field"]
        sent = step(MARKETPLACE, order(source, fields=PARCEL), trigger, STAFF)
        assert (sent.target.key, sent.effects) == ("sent", ("take_stock", "notify_client"))


def test_m8_after_sent_the_shop_can_change_nothing() -> None:
    steps = [step for step in MARKETPLACE.steps if step.source.key == "sent" and not step.stays]
    assert {permit.kind for step in steps for permit in step.by} == {
        ActorKind.CLIENT,
        ActorKind.SYSTEM,
    }
    (explained,) = {
        reason.code
        for offer in available(MARKETPLACE, order("sent"), STAFF)
        for reason in offer.reasons
        if not offer.step.stays
    }
    assert explained == "not_for_you"


@pytest.mark.parametrize("source", ["preparing_for_dispatch", "in_progress"])
def test_m9_the_shop_chooses_awaiting_pickup(source: str) -> None:
    chosen = step(MARKETPLACE, order(source), by_hand("awaiting_pickup"), STAFF)
    assert chosen.target.key == "awaiting_pickup"
    assert refused(MARKETPLACE, order(source), by_hand("awaiting_pickup"), CLIENT) == [
        "not_for_you"
    ]


@pytest.mark.parametrize(
    ("source", "target"), [("sent", "received"), ("awaiting_pickup", "pickup_successful")]
)
def test_m10_the_client_ends_it_and_rates_it(source: str, target: str) -> None:
    for trigger in (Trigger("receive"), by_hand(target)):
        ended = step(MARKETPLACE, order(source), trigger, CLIENT)
        assert (ended.target.key, ended.target.is_final) == (target, True)
        assert refused(MARKETPLACE, order(source), trigger, STAFF) == ["not_for_you"]
    assert refused(MARKETPLACE, order(target), "review", CLIENT) == ["missing_field"]
    six = order(target, fields={"rating": "6"})
    assert refused(MARKETPLACE, six, "review", CLIENT) == ["invalid_field"]
    rated = step(MARKETPLACE, order(target, fields={"rating": "5"}), "review", CLIENT)
    assert rated.stays
    assert [asked.name for asked in rated.fields] == ["rating", "review"]
    assert refused(MARKETPLACE, order(source), "review", CLIENT) == ["not_from_here"]


@pytest.mark.parametrize(
    ("source", "days", "target"),
    [("awaiting_pickup", 5, "pickup_successful"), ("sent", 35, "received")],
)
def test_m11_by_themselves(source: str, days: int, target: str) -> None:
    deadline = MARKETPLACE.deadline(source)
    assert deadline is not None
    assert (deadline.after.days, deadline.target.key) == (days, target)
    assert step(MARKETPLACE, order(source), DEADLINE, SYSTEM).target.key == target
    into = [step for step in MARKETPLACE.steps if step.target.key == source]
    assert into
    assert all(step.deadline == deadline for step in into if not step.stays)


def test_m14_cash_on_delivery_is_paid_at_once() -> None:
    billed = step(MARKETPLACE, order("awaiting_confirmation"), by_hand("awaiting_payment"), STAFF)
    taken = step(MARKETPLACE, order(billed.target.key), "pay", STAFF)
    assert taken.effects == ("take_payment",)
    paid = step(MARKETPLACE, order("awaiting_payment", paid=TOTAL), "payment_succeeded", SYSTEM)
    assert paid.target.key == "preparing_for_dispatch"


def test_m15_every_status_staff_or_client_choose_is_in_the_drop_down() -> None:
    people = {ActorKind.CLIENT, ActorKind.STAFF}
    for taken in MARKETPLACE.steps:
        if taken.stays or not any(p.kind in people for p in taken.by):
            continue
        kinds = {permit.kind for permit in taken.by}
        twins = [
            twin
            for twin in MARKETPLACE.steps_for(taken.source.key, by_hand(taken.target.key))
            if kinds & {permit.kind for permit in twin.by}
        ]
        of_this_action = f"orders:order:{taken.action}"
        by = tuple(permit for permit in taken.by if permit.function != of_this_action)
        assert [twin.by for twin in twins] == [by], (taken.source.key, taken.action)


def test_services_alone_need_no_parcel() -> None:
    done = order("preparing_for_dispatch", lines_delivered=2)
    assert step(MARKETPLACE, done, "lines_delivered", SYSTEM).target.key == "received"
    goods = order("preparing_for_dispatch", lines_delivered=2, needs_delivery=True)
    assert refused(MARKETPLACE, goods, "lines_delivered", SYSTEM) == ["to_be_sent"]


# --- desk ---------------------------------------------------------------------------------------


def test_d8_accepting_makes_an_unpaid_invoice() -> None:
    accepted = step(DESK, order("new"), "accept", STAFF)
    assert accepted.target.key == "accepted"
    assert accepted.effects == ("issue_bill", "open_debt", "notify_client")


def test_d9_cancelling_is_declining_before_it_was_accepted() -> None:
    declined = step(DESK, order("new"), "cancel", STAFF)
    assert (declined.target.key, declined.effects) == (
        "cancelled",
        ("take_back_lines", "void_documents", "return_payments", "return_stock", "notify_client"),
    )
    for status in ("accepted", "completed", "cancelled"):
        assert refused(DESK, order(status), "cancel", STAFF) == ["not_from_here"]


def test_d10_voiding_annuls_after_it_was_accepted() -> None:
    voided = step(DESK, order("accepted"), "void", STAFF)
    assert voided.target.key == "cancelled"
    assert voided.effects[:3] == ("take_back_lines", "void_documents", "return_payments")
    for status in ("new", "completed", "cancelled"):
        assert refused(DESK, order(status), "void", STAFF) == ["not_from_here"]


@pytest.mark.parametrize("status", ["accepted", "completed"])
def test_d11_paying_pays_what_accept_made_by_any_method(status: str) -> None:
    paid = step(DESK, order(status), "pay", STAFF)
    assert paid.stays
    assert paid.effects == ("take_payment",)
    assert [asked.name for asked in paid.asks] == ["payment_method", "amount", "reference"]
    assert refused(DESK, order(status, paid=TOTAL), "pay", STAFF) == ["already_paid"]
    assert refused(DESK, order("new"), "pay", STAFF) == ["not_from_here"]


def test_d12_completing_delivers_and_leaves_the_debt() -> None:
    completed = step(DESK, order("accepted"), "complete", STAFF)
    assert (completed.target.key, completed.through) == ("completed", None)
    assert completed.effects == ("deliver_lines", "take_stock")


def test_d12_complete_before_accept_accepts_first() -> None:
    completed = step(DESK, order("new"), "complete", STAFF)
    assert completed.target.key == "completed"
    assert completed.through is DESK.status("accepted")
    accepted = step(DESK, order("new"), "accept", STAFF)
    later = step(DESK, order("accepted"), "complete", STAFF)
    assert completed.effects == (*accepted.effects, *later.effects)


def test_d7_what_is_delivered_and_paid_is_finished_of_itself() -> None:
    half = order("accepted", lines_delivered=1, paid=TOTAL)
    assert refused(DESK, half, "lines_delivered", SYSTEM) == ["not_delivered"]
    owed = order("accepted", lines_delivered=2)
    assert refused(DESK, owed, "lines_delivered", SYSTEM) == ["not_paid"]
    both = order("accepted", lines_delivered=2, paid=TOTAL)
    for message in ("lines_delivered", "payment_succeeded"):
        assert step(DESK, both, message, SYSTEM).target.key == "completed"


def test_d13_the_operator_reviews_first_and_colours_tell_the_statuses_apart() -> None:
    assert offers(DESK, "new", STAFF) == {
        ("accept", "accepted"),
        ("cancel", "cancelled"),
        ("complete", "completed"),
    }
    assert len({status.tone for status in DESK.statuses}) == len(DESK.statuses)


# --- webshop ------------------------------------------------------------------------------------

BY_SYSTEM = ["incomplete", "payment_failed", "awaiting_payment", "new"]
BY_STAFF = ["processing", "refused", "on_hold", "delivered", "returned", "pending"]


def test_w1_ten_predefined_statuses() -> None:
    assert titles(WEBSHOP) == [
        "Incomplete",
        "Payment failed",
        "Awaiting payment",
        "New",
        "Processing",
        "Refused",
        "On hold",
        "Delivered",
        "Returned",
        "Pending",
    ]
    assert all(status.predefined and status.enabled for status in WEBSHOP.statuses)


def test_w2_the_drop_down_follows_the_order_of_the_list() -> None:
    listed = [
        offer.step.target.key
        for offer in available(WEBSHOP, order("new"), STAFF)
        if offer.step.action == "set"
    ]
    assert listed == sorted(listed, key=keys(WEBSHOP).index)
    assert listed == ["processing", "refused", "on_hold", "delivered", "pending"]


def test_w3_four_are_the_systems_and_nobody_sets_them_by_hand() -> None:
    assert [s.key for s in WEBSHOP.statuses if s.set_by is SetBy.SYSTEM] == BY_SYSTEM
    for source in keys(WEBSHOP):
        for target in BY_SYSTEM:
            assert refused(WEBSHOP, order(source), by_hand(target), STAFF) == ["not_by_hand"]


def test_w3_a_client_who_pays_online_leaves_an_incomplete_order() -> None:
    leaving = order("", pays_online=True, placed_by=ActorKind.CLIENT)
    assert entry_for(WEBSHOP, leaving).status.key == "incomplete"
    for source in keys(WEBSHOP):
        if WEBSHOP.status(source).stage is Stage.LOST:
            codes = refused(WEBSHOP, order(source), "left_for_gateway", SYSTEM)
            assert codes == ["not_from_here"]
            continue
        again = step(WEBSHOP, order(source, pays_online=True), "left_for_gateway", SYSTEM)
        assert again.target.key == "incomplete"
    paid = order("new", pays_online=True, paid=TOTAL)
    assert refused(WEBSHOP, paid, "left_for_gateway", SYSTEM) == ["already_paid"]


@pytest.mark.parametrize(
    ("pays_online", "placed_by"), [(True, ActorKind.STAFF), (False, ActorKind.CLIENT)]
)
def test_w3_every_other_order_is_new(pays_online: bool, placed_by: ActorKind) -> None:  # noqa: FBT001
    entry = entry_for(WEBSHOP, order("", pays_online=pays_online, placed_by=placed_by))
    assert (entry.status.key, entry.effects) == (
        "new",
        ("issue_proforma", "hold_stock", "notify_client"),
    )


def test_w4_the_payment_system_moves_orders() -> None:
    def moved(source: str, message: str) -> str:
        return step(WEBSHOP, order(source, paid=TOTAL), message, SYSTEM).target.key

    assert moved("incomplete", "payment_succeeded") == "new"
    assert moved("incomplete", "payment_in_review") == "awaiting_payment"
    assert moved("awaiting_payment", "payment_succeeded") == "new"
    assert moved("awaiting_payment", "payment_failed") == "payment_failed"
    assert refused(WEBSHOP, order("incomplete"), "payment_succeeded", SYSTEM) == ["not_paid"]
    # from wherever the client left; what is paid otherwise stays where it is
    for source in ("processing", "on_hold", "pending", "delivered"):
        online = order(source, paid=TOTAL, came_by_gateway=True)
        assert step(WEBSHOP, online, "payment_succeeded", SYSTEM).target.key == "new"
        cash = order(source, paid=TOTAL)
        assert refused(WEBSHOP, cash, "payment_succeeded", SYSTEM) == ["not_by_gateway"]
        # where the order stayed as the client left
        stayed = order(source, left_from_here=True)
        for message, target in (
            ("payment_failed", "payment_failed"),
            ("payment_in_review", "awaiting_payment"),
        ):
            assert step(WEBSHOP, stayed, message, SYSTEM).target.key == target
            moved_since = refused(WEBSHOP, order(source), message, SYSTEM)
            assert moved_since == ["not_left_from_here"]


def test_w5_from_incomplete_staff_may_go_on() -> None:
    listed = [to for action, to in sorted(offers(WEBSHOP, "incomplete", STAFF)) if action == "set"]
    assert listed == ["on_hold", "pending", "processing", "refused"]


def test_w4_payment_failed_takes_a_message_of_the_payment_system() -> None:
    into = [s for s in WEBSHOP.steps if s.target.key == "payment_failed" and not s.stays]
    assert {step.action for step in into} == {"payment_failed"}
    assert {permit.kind for step in into for permit in step.by} == {ActorKind.SYSTEM}
    assert all(WEBSHOP.deadline(key) is None for key in keys(WEBSHOP))


def test_w5_six_are_the_staffs_and_the_system_never_sets_them() -> None:
    assert [s.key for s in WEBSHOP.statuses if s.set_by is SetBy.STAFF] == BY_STAFF
    into = [step for step in WEBSHOP.steps if step.target.key in BY_STAFF and not step.stays]
    assert {step.target.key for step in into} == set(BY_STAFF)
    assert {permit.kind for step in into for permit in step.by} == {ActorKind.STAFF}


def test_w5_what_was_delivered_may_be_returned() -> None:
    returned = step(WEBSHOP, order("delivered"), by_hand("returned"), STAFF)
    assert returned.target.is_final
    assert returned.effects[0] == "take_back_lines"
    assert returned.effects[1:] == ("void_documents", "return_payments", "return_stock")
    assert refused(WEBSHOP, order("new"), by_hand("returned"), STAFF) == ["not_by_hand"]


def test_w6_a_status_says_whether_it_emails_and_what_stock_does() -> None:
    effects = {StockMove.HOLD: "hold_stock", StockMove.TAKE: "take_stock"}
    effects[StockMove.RETURN] = "return_stock"
    for taken in WEBSHOP.steps:
        enters = not taken.stays
        if taken.action == "take_back":
            continue
        assert ("notify_client" in taken.effects) == (enters and taken.target.email_client)
        wanted = {effects[taken.target.stock]} if enters and taken.target.stock else set()
        assert wanted == set(effects.values()) & set(taken.effects)


def test_w7_statuses_tell_of_payment_delivery_and_stock() -> None:
    assert WEBSHOP.status("payment_failed").stage is Stage.NEW
    assert WEBSHOP.status("delivered").stage is Stage.DONE
    assert (WEBSHOP.status("delivered").is_final, WEBSHOP.status("returned").is_final) == (
        False,
        True,
    )
    assert {s.stock for s in WEBSHOP.statuses} == {None, *StockMove}


# --- a reason says what would change it ---------------------------------------------------------


def test_a_refusal_says_where_the_action_belongs() -> None:
    answer = plan(DESK, order("completed"), Trigger("void"), STAFF)
    assert isinstance(answer, Refusal)
    (reason,) = answer.reasons
    assert isinstance(reason, Reason)
    assert str(reason.message) == "“Void” does nothing to an order that is “Completed”."
    assert str(reason.remedy) == "It is for orders that are: Accepted."


def test_an_order_that_costs_nothing_is_paid() -> None:
    free = order("awaiting_payment", total=NOTHING)
    assert step(HOSTING, free, "payment_succeeded", SYSTEM).target.key == "paid"


def test_points_have_to_be_paid_too() -> None:
    facts = order("awaiting_payment", paid=TOTAL, points=50, paid_points=49)
    assert refused(HOSTING, facts, "payment_succeeded", SYSTEM) == ["not_paid"]
