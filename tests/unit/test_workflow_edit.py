"""What an owner changes of their workflow: each change is that one, and the rest stays."""

import pytest

from billing_panel.kernel.language.text import say
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.workflow.file.apply_status_list import as_listed
from plugins.orders.workflow.file.change_status_list import merged, status_list, with_list
from plugins.orders.workflow.file.set_by_hand_matrix import cells, fixed_cells, set_cells, settable
from plugins.orders.workflow.file.version_difference_sentences import changes
from plugins.orders.workflow.file.workflow_edit import (
    add_status,
    change_status,
    delete_status,
    moved,
    new_key,
    put_in_order,
    status_of,
)
from plugins.orders.workflow.file.workflow_file import WorkflowFile, WorkflowMistakes
from plugins.orders.workflow.file.workflow_in_words import ways
from plugins.orders.workflow.order_facts import SYSTEM
from plugins.orders.workflow.plan_step import entry_for
from plugins.orders.workflow.review.status_substitutes import indispensable
from plugins.orders.workflow.statuses.stage import Shape, Stage, StockMove, Tone
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.workflow_build import build, rebuild
from tests.workflows import SHIPPED, TOTAL, order, shipped, step, vocabulary

SHOP = shipped_file("webshop")
PACKED = Status(
    key="packed",
    titles={"en": "Packed", "ru": "Упакован", "bg": "Опакована"},
    stage=Stage.OPEN,
    tone=Tone.INFO,
    shape=Shape.HALF,
    enabled=False,
)
WAYS = {("processing", "packed"), ("packed", "delivered")}


def keys(file: WorkflowFile) -> list[str]:
    return [status.key for status in file.status]


def mistakes(file: WorkflowFile) -> set[str]:
    with pytest.raises(WorkflowMistakes) as refusal:
        build(file, vocabulary())
    return {reason.code for reason in refusal.value.reasons}


def said(before: WorkflowFile, after: WorkflowFile) -> list[str]:
    return [say(change, "en") for change in changes(before, after)]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_read_and_set_again_is_the_same(name: str) -> None:
    file = shipped_file(name)
    assert set_cells(file, cells(file)) == file
    assert put_in_order(file, keys(file)) == file
    assert with_list(file, status_list(file)) == file
    assert changes(file, file) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_the_statuses_in_another_order_have_the_same_ways(name: str) -> None:
    file = shipped_file(name)
    turned = put_in_order(file, keys(file)[::-1])
    assert keys(turned) == keys(file)[::-1]
    assert cells(turned) == cells(file)
    assert len(build(turned, vocabulary()).steps) == len(build(file, vocabulary()).steps)


def test_w1_a_status_is_switched_off_and_on_again() -> None:
    off = change_status(SHOP, "pending", enabled=False)
    assert not build(off, vocabulary()).status("pending").enabled
    assert said(SHOP, off) == ["“Pending” is switched off; no order can enter it."]
    assert change_status(off, "pending", enabled=True) == SHOP


def test_w1_an_own_status_begins_switched_off_and_is_switched_on_with_its_ways() -> None:
    added = add_status(SHOP, PACKED.model_copy(update={"predefined": True}))
    assert not status_of(added, "packed").predefined
    build(added, vocabulary())
    assert mistakes(change_status(added, "packed", enabled=True)) == {"unreachable", "no_way_out"}
    reached = set_cells(added, cells(added) | WAYS)
    running = build(change_status(reached, "packed", enabled=True), vocabulary())
    onward = [s for s in running.steps if s.source.key == "packed" and not s.stays]
    assert [s.target.key for s in onward if s.action == "set"] == ["delivered"]


def without_new(**received: object) -> WorkflowFile:
    """The shop with “New” switched off, and an own status that orders enter instead."""
    row = {**PACKED.model_dump(), "key": "received", "enabled": True, **received}
    file = add_status(SHOP, Status.model_validate(row))
    file = set_cells(file, cells(file) | {("received", "processing")})
    return change_status(file, "new", enabled=False, instead="received")


def test_w1_new_is_switched_off_when_it_is_said_what_orders_enter_instead() -> None:
    asked = change_status(without_new(), "new", instead=None)
    assert mistakes(asked) == {"bad_entry", "happening_stuck", "unreachable"}
    assert indispensable(SHOP) == {"new"}
    shop = build(without_new(), vocabulary())
    assert {entry.status.key for entry in shop.entries} == {"incomplete", "received"}
    succeeded = {s.source.key: s.target.key for s in shop.steps if s.action == "payment_succeeded"}
    assert set(succeeded.values()) == {"received"}
    # those in New since before go on too, and those that are lost stay so
    assert succeeded.keys() == {*keys(without_new())} - {"received", "refused", "returned"}
    assert "Orders that would enter “New” enter “Received” instead." in said(
        add_status(SHOP, status_of(without_new(), "received")),
        without_new(titles={"en": "Received", "ru": "Принят", "bg": "Приета"}),
    )
    # switched on again it is entered again, and remembers
    on = change_status(
        set_cells(
            without_new(), cells(SHOP) | {("new", "received")} | {("received", "processing")}
        ),
        "new",
        enabled=True,
    )
    assert {entry.status.key for entry in build(on, vocabulary()).entries} == {"incomplete", "new"}
    assert status_of(on, "new").instead == "received"


@pytest.mark.parametrize(
    "received", [{"enabled": False}, {"stage": "new"}, {"stage": "done"}, {"predefined": True}]
)
def test_w1_only_an_own_status_of_the_same_stage_that_is_on_stands_in(
    received: dict[str, object],
) -> None:
    file = without_new()
    changed = change_status(file, "received", **received)
    assert "bad_instead" in mistakes(changed)
    assert "unknown_status" in mistakes(change_status(file, "new", instead="nothing"))
    assert status_of(delete_status(file, "received"), "new").instead is None
    assert "bad_entry" in mistakes(delete_status(file, "received"))


def test_w1_all_ten_are_switched_off_beside_own_ones() -> None:
    closed = PACKED.model_copy(update={"key": "closed", "stage": Stage.DONE, "enabled": True})
    file = add_status(without_new(), closed)
    open_ones = {"new", "processing", "on_hold", "pending"}
    ways = {(key, "received") for key in open_ones} | {("received", "closed")}
    file = set_cells(file, cells(file) | ways)
    for key in keys(SHOP):
        file = change_status(file, key, enabled=False)
    shop = build(file, vocabulary())
    assert [s.key for s in shop.statuses if s.enabled] == ["received", "closed"]
    assert entry_for(shop, order("", pays_online=True)).status.key == "received"


def test_an_older_version_has_the_list_of_today_and_all_else_as_promised() -> None:
    before = change_status(SHOP, "processing", stock="take")
    now = put_in_order(without_new(), ["pending", "received", *keys(SHOP)])
    now = change_status(now, "on_hold", enabled=False)
    file = as_listed(delete_status(before, "refused"), now.status)
    left = [key for key in keys(SHOP) if key not in {"pending", "refused"}]
    assert keys(file) == ["pending", "received", *left]
    assert (status_of(file, "new").instead, status_of(file, "on_hold").enabled) == (
        "received",
        False,
    )
    assert status_of(file, "processing").stock is StockMove.TAKE
    succeeded = step(
        rebuild(file, vocabulary()), order("incomplete", paid=TOTAL), "payment_succeeded", SYSTEM
    )
    assert succeeded.target.key == "received"
    # what the newest has no more is closed
    gone = as_listed(before, delete_status(now, "refused").status)
    assert not status_of(gone, "refused").enabled
    assert keys(gone)[-1] == "refused"


def test_w1_from_an_own_status_an_order_does_all_that_it_does_from_others() -> None:
    """Refused gives back what was paid wherever the order comes from, Delivered delivers."""
    added = set_cells(add_status(SHOP, PACKED), WAYS | {("packed", "refused")} | cells(SHOP))
    running = build(change_status(added, "packed", enabled=True), vocabulary())
    for target in ("refused", "delivered"):
        ways_to = {
            step.source.key: step.effects for step in running.steps if step.target.key == target
        }
        assert ways_to["packed"] == ways_to["on_hold"]
    assert ("packed", "refused") in cells(added)
    assert ("on_hold", "refused") in fixed_cells(added)
    assert set_cells(added, cells(SHOP) | WAYS).transition != added.transition
    assert set_cells(added, cells(SHOP)).transition == SHOP.transition


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("webshop", ("payment_failed", "delivered")),
        ("hosting", ("paid", "cancelled")),
        ("marketplace", ("packed", "received")),
    ],
)
def test_nothing_is_set_by_hand_past_what_the_ways_to_it_do(
    name: str, cell: tuple[str, str]
) -> None:
    """Received is the client's to say (M8, M10); the others have what they do and ask."""
    file = add_status(shipped_file(name), PACKED)
    assert cell not in settable(file)
    assert set_cells(file, cells(file) | {cell}) == file


def test_an_action_is_taken_from_an_own_status_too() -> None:
    file = set_cells(add_status(shipped_file("hosting"), PACKED), {("packed", "cancelled")})
    (step,) = [
        s
        for s in build(change_status(file, "packed", enabled=False), vocabulary()).steps
        if s.source.key == "packed" and not s.stays
    ]
    assert (step.action, step.target.key) == ("cancel", "cancelled")
    assert "return_payments" in step.effects


def test_w1_an_own_status_is_deleted_with_every_way_to_it_and_from_it() -> None:
    added = add_status(SHOP, PACKED)
    file = set_cells(added, cells(added) | WAYS)
    assert said(file, delete_status(file, "packed"))[0] == "“Packed” is deleted."
    assert cells(delete_status(file, "packed")) == cells(SHOP)
    assert delete_status(file, "packed").transition == SHOP.transition
    build(delete_status(file, "packed"), vocabulary())


def test_a_deleted_status_leaves_the_rows_that_name_others_too() -> None:
    rows = delete_status(SHOP, "payment_failed").transition
    assert [row.from_ for row in rows if row.action == ("payment_succeeded",)] == [
        ("stage:new", "stage:open", "stage:done"),
        ("incomplete", "awaiting_payment"),
    ]
    assert not any(row.to == "payment_failed" for row in rows)


def test_w2_a_status_moves_up_and_the_matrix_with_it() -> None:
    up = put_in_order(SHOP, moved(keys(SHOP), "on_hold", -2))
    assert keys(up)[3:6] == ["new", "on_hold", "processing"]
    assert up.by_hand is not None
    assert up.by_hand.to[0] == "on_hold"
    assert said(SHOP, up) == ["The order of the statuses has changed."]


@pytest.mark.parametrize(
    ("key", "by", "there"),
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 5, "abc"), ("x", 1, "abc")],
)
def test_w2_a_status_moves_no_further_than_the_ends(key: str, by: int, there: str) -> None:
    assert "".join(moved("abc", key, by)) == there


def test_w6_email_and_stock_are_switched() -> None:
    file = change_status(SHOP, "processing", email_client=True, stock="take")
    assert build(file, vocabulary()).status("processing").on_entering == (
        "take_stock",
        "notify_client",
    )
    assert said(SHOP, file) == [
        "The client is notified when an order becomes “Processing”.",
        "Stock effect of “Processing”: goes down.",
    ]


def test_cells_are_said_in_words() -> None:
    file = set_cells(SHOP, cells(SHOP) - {("new", "processing")} | {("delivered", "on_hold")})
    assert said(SHOP, file) == [
        "From “New” staff can no longer set: “Processing”.",
        "From “Delivered” staff can set: “On hold”.",
    ]


def test_a_matrix_of_nothing_is_none_and_a_workflow_without_one_gets_one() -> None:
    assert set_cells(SHOP, ()).by_hand is None
    hosting = set_cells(shipped_file("hosting"), {("paid", "awaiting_payment")})
    assert hosting.by_hand is not None
    assert cells(hosting) == {("paid", "awaiting_payment")}
    assert set_cells(SHOP, cells(SHOP) | {("new", "nowhere")}) == SHOP


def test_a_way_by_hand_that_asks_something_is_no_cell() -> None:
    row = {"from": "paid", "to": "cancelled", "by": "staff", "requires": "reason"}
    data = shipped_file("hosting").model_dump(mode="json", by_alias=True, exclude_none=True)
    file = WorkflowFile.model_validate({**data, "transition": [*data["transition"], row]})
    assert fixed_cells(file) == {("paid", "cancelled")}
    assert cells(file) == frozenset()


def test_a_title_gives_a_key_that_no_other_status_ever_had() -> None:
    assert new_key("Ready for pickup!", {"ready"}) == "ready_for_pickup"
    assert new_key("Packed", {"packed", "packed_2"}) == "packed_3"
    assert new_key("Готово", set()) == "status"
    assert new_key("2nd check", set()) == "status_2nd_check"
    assert len(new_key("x" * 200, set())) <= 63


def test_two_people_who_change_different_things_both_keep_them() -> None:
    base = status_list(SHOP)
    mine = status_list(change_status(SHOP, "pending", enabled=False))
    theirs = status_list(
        put_in_order(
            change_status(add_status(SHOP, PACKED), "new", stock=None, email_client=False),
            ["packed", *keys(SHOP)],
        )
    )
    both = merged(base, mine, theirs)
    assert both.order == ("packed", *keys(SHOP))
    assert "pending" not in both.enabled
    assert "new" not in both.emailed
    assert both.stock["new"] is None
    assert both.stock["incomplete"] is StockMove.HOLD


def test_of_two_who_change_the_same_the_later_is_kept() -> None:
    base = status_list(SHOP)
    mine = status_list(
        put_in_order(change_status(SHOP, "new", stock="take"), moved(keys(SHOP), "new", -1))
    )
    theirs = status_list(
        put_in_order(change_status(SHOP, "new", stock=None), moved(keys(SHOP), "pending", -9))
    )
    both = merged(base, mine, theirs)
    assert both.order == mine.order
    assert both.stock["new"] is StockMove.TAKE


@pytest.mark.parametrize("name", SHIPPED)
def test_every_way_of_a_shipped_workflow_has_words(name: str) -> None:
    workflow = shipped(name)
    told = ways(workflow, {})
    assert told
    for way in told:
        assert way.sources
        assert way.by
