"""The pages that shape a workflow: nothing holds before it is saved, nothing typed is lost."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.accounts.access.scope import find_provider
from billing_panel.kernel.language.errors import Conflict
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import (
    file_of,
    running_version,
    shipped_file,
    workflow_of,
)
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.file.set_by_hand_matrix import cells, set_cells
from plugins.orders.workflow.file.workflow_edit import add_status, change_status
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import Status
from tests.http.engines import ON_SQLITE
from tests.http.form import fill, form_of
from tests.http.visitor import Visitor, assert_nothing_inline, elements
from tests.world import World, hold_only, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]

LIST = "/order-statuses/nordvik"
NEW = f"{LIST}/new"
TRANSITIONS = f"{LIST}/transitions"
OLDER = f"{LIST}/older-orders"
PACKED = {"titles__en": "Packed", "titles__ru": "Упакован", "titles__bg": "Опакована"}
PACKED_WAYS = {"sources": ["processing"], "targets": ["delivered"]}


def run(world: World, file: WorkflowFile) -> None:
    """As if somebody else had saved it."""
    actor = world.actor("owner")
    with world.database.writing() as session:
        number = running_version(session, find_provider(session, actor, "nordvik")).number
        change_workflow(session, "nordvik", file, seen=number, actor=actor, clock=world.clock)


def running(world: World) -> WorkflowFile:
    with world.database.reading() as session:
        provider = find_provider(session, world.actor("owner"), "nordvik")
        return file_of(running_version(session, provider))


@pytest.fixture(autouse=True)
def webshop(world: World) -> None:
    """Nordvik is a web shop here."""
    run(world, shipped_file("webshop"))


def post(visitor: Visitor, action: str, fields: Any) -> TestResponse:
    return visitor.http.post(action, data=fields)


def statuses_form(visitor: Visitor) -> MultiDict[str, str]:
    return form_of(visitor.get(LIST), "statuses")[1]


def matrix_form(visitor: Visitor) -> MultiDict[str, str]:
    return form_of(visitor.get(TRANSITIONS), "matrix")[1]


def with_value(fields: MultiDict[str, str], name: str, *values: str) -> MultiDict[str, str]:
    fields = fields.copy()
    fields.setlist(name, [*fields.getlist(name), *values])
    return fields


def without(fields: MultiDict[str, str], name: str, *values: str) -> MultiDict[str, str]:
    fields = fields.copy()
    fields.setlist(name, [value for value in fields.getlist(name) if value not in values])
    return fields


def keys(file: WorkflowFile) -> list[str]:
    return [status.key for status in file.status]


def of(file: WorkflowFile, key: str) -> Any:
    return next(status for status in file.status if status.key == key)


def changed(page: TestResponse) -> list[str]:
    """The values of the controls that are marked as not saved."""
    return [
        e.attributes.get("value", e.attributes.get("name", ""))
        for e in elements(page)
        if "data-changed" in e.attributes
    ]


def order_with(world: World, statuses: Iterable[str]) -> int:
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    for status in statuses:
        advance(world, order.id, status)
    return order.id


def advance(world: World, order_id: int, to: str) -> None:
    with world.database.writing() as session:
        command = AdvanceOrder(order_id, "set", to)
        advance_order(session, command, actor=world.actor("maria"), clock=world.clock)


# --- whose places they are ----------------------------------------------------------------------


def test_who_may_change_the_list_alone_is_shown_the_list_alone(world: World, visit: Visit) -> None:
    hold_only(world, "maria", "orders:status_list:change")
    maria = visit("maria")
    assert 'href="/order-statuses"' in maria.get("/").text
    assert maria.get("/order-statuses").location == LIST
    page = maria.get(LIST).text
    assert TRANSITIONS not in page
    assert OLDER not in page
    assert "section-sources" not in page
    for place in (TRANSITIONS, OLDER, "/providers/nordvik/workflow"):
        assert maria.get(place).status_code == 403
    form = maria.get(NEW).text
    assert "Someone who may change transitions" in form
    assert 'name="sources"' not in form
    assert 'name="targets"' not in form


def test_who_may_change_the_list_alone_makes_a_status_that_others_lead_to(
    world: World, visit: Visit
) -> None:
    hold_only(world, "maria", "orders:status_list:change")
    maria = visit("maria")
    before = world.everything()
    assert post(maria, *fill(maria.get(NEW), **PACKED, enabled="y")).status_code == 422
    assert world.everything() == before
    assert post(maria, *fill(maria.get(NEW), **PACKED)).status_code == 303
    page = maria.get(f"{LIST}/status/packed")
    assert "someone who may change transitions" in page.text
    action, fields = form_of(page)
    post(maria, action, {**fields, "sources": "processing"})
    assert of(running(world), "packed").titles["en"] == "Packed"
    assert cells(running(world)) == cells(shipped_file("webshop"))


def test_who_may_change_transitions_alone_is_led_to_them(world: World, visit: Visit) -> None:
    hold_only(world, "maria", "orders:transition:change")
    maria = visit("maria")
    assert 'href="/order-statuses"' in maria.get("/").text
    assert maria.get("/order-statuses").location == TRANSITIONS
    page = maria.get(TRANSITIONS).text
    assert f'href="{LIST}"' not in page
    assert OLDER in page
    for place in (LIST, NEW, f"{LIST}/status/paid"):
        assert maria.get(place).status_code == 403
    assert maria.get("/providers/nordvik/workflow").location == TRANSITIONS


# --- the list -----------------------------------------------------------------------------------


def test_the_place_in_the_menu_leads_to_a_provider_and_on_to_the_others(visit: Visit) -> None:
    owner = visit("owner")
    assert 'href="/order-statuses"' in owner.get("/").text
    assert 'href="/order-statuses"' not in visit("maria").get("/").text
    assert owner.get("/order-statuses").location == LIST
    page = owner.get(LIST)
    assert '<option value="sever">' in page.text
    assert owner.get("/order-statuses?provider=sever").location == "/order-statuses/sever"
    assert owner.get("/order-statuses?provider=nobody").location == LIST
    assert_nothing_inline(page)


def test_w1_w6_switches_are_saved_together_as_one_version(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    fields = without(statuses_form(visitor), "enabled", "pending")
    fields = with_value(fields, "emailed", "processing")
    fields["stock-processing"] = "take"
    assert post(visitor, LIST, fields).status_code == 303
    now = running(world)
    assert not of(now, "pending").enabled
    assert (of(now, "processing").email_client, of(now, "processing").stock) == (True, "take")
    assert "version 3" in visitor.get(LIST).text
    assert post(visitor, LIST, statuses_form(visitor)).status_code == 303
    assert "version 3" in visitor.get(LIST).text


def test_w2_a_status_moved_up_stays_up_and_nothing_is_saved_before_save(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = without(statuses_form(visitor), "enabled", "pending")
    page = post(visitor, LIST, with_value(fields, "up", "on_hold"))
    page = post(visitor, LIST, with_value(form_of(page, "statuses")[1], "up", "on_hold"))
    assert world.everything() == before
    assert "pending" in changed(page)
    buttons = [e.attributes for e in elements(page) if e.tag == "button"]
    pressed = [(one["name"], one["value"]) for one in buttons if "autofocus" in one]
    assert pressed == [("up", "on_hold")]
    assert post(visitor, LIST, form_of(page, "statuses")[1]).status_code == 303
    now = running(world)
    assert keys(now)[4:7] == ["on_hold", "processing", "refused"]
    assert not of(now, "pending").enabled


def test_w2_the_statuses_to_choose_follow_the_order(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    page = post(visitor, LIST, with_value(statuses_form(visitor), "up", "pending"))
    post(visitor, LIST, form_of(page, "statuses")[1])
    order_id = order_with(world, ["processing"])
    with world.database.reading() as session:
        by_hand = [
            trigger.to
            for trigger in workflow_of(session.get_one(Order, order_id)).steps_from("processing")
            if trigger.action == "set"
        ]
    assert by_hand == ["processing", "refused", "on_hold", "delivered", "pending"]
    assert keys(running(world))[-2:] == ["pending", "returned"]


def test_w1_what_is_switched_off_cannot_be_entered_and_orders_in_it_can_leave(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    inside, outside = order_with(world, ["on_hold"]), order_with(world, ["processing"])
    fields = without(statuses_form(visitor), "enabled", "on_hold")
    assert post(visitor, LIST, fields).status_code == 303
    assert "2 orders" in follow(visitor, visitor.send(OLDER))
    with pytest.raises(Conflict):
        advance(world, outside, "on_hold")
    advance(world, inside, "processing")


def follow(visitor: Visitor, answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return visitor.get(answer.location).text


def test_what_would_strand_orders_is_refused_with_the_reasons(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = without(statuses_form(visitor), "enabled", "new", "incomplete")
    page = post(visitor, LIST, fields)
    assert page.status_code == 422
    assert "Orders couldn’t run like that" in page.text
    assert "A new order can’t start as “New”." in page.text
    assert set(changed(page)) == {"new", "incomplete"}
    assert world.everything() == before


def test_the_second_of_two_is_told_and_both_keep_their_changes(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    fields = without(statuses_form(visitor), "enabled", "pending")
    run(world, change_status(running(world), "processing", email_client=True))
    before = world.everything()
    page = post(visitor, LIST, fields)
    assert page.status_code == 409
    assert world.everything() == before
    assert "The client is notified when an order becomes “Processing”." in page.text
    assert "Ada Owner" in page.text
    assert changed(page) == ["pending"]
    assert post(visitor, LIST, form_of(page, "statuses")[1]).status_code == 303
    now = running(world)
    assert of(now, "processing").email_client
    assert not of(now, "pending").enabled


def test_a_crafted_list_neither_deletes_nor_invents_a_status(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    fields = without(statuses_form(visitor), "order", "pending", "new")
    fields = with_value(fields, "order", "invented", "<script>")
    fields = with_value(fields, "enabled", "invented")
    fields["stock-invented"] = "take"
    fields["stock-processing"] = "burn"
    assert post(visitor, LIST, fields).status_code == 303
    now = running(world)
    assert sorted(keys(now)) == sorted(keys(shipped_file("webshop")))
    assert all(status.enabled for status in now.status)


@pytest.mark.parametrize("seen", ["", "0", "99", "-1", "9" * 40, "x"])
def test_a_version_nobody_saw_is_no_version(visit: Visit, world: World, seen: str) -> None:
    visitor = visit("owner")
    fields = without(statuses_form(visitor), "enabled", "pending")
    fields["seen"] = seen
    before = world.everything()
    assert post(visitor, LIST, fields).status_code == 409
    assert world.everything() == before


# --- one status ---------------------------------------------------------------------------------


def test_w1_a_status_is_made_switched_off_then_given_ways_and_switched_on(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get(NEW), **PACKED)
    made = post(visitor, action, fields)
    assert made.location == f"{LIST}/status/packed"
    page = visitor.get(made.location)
    assert "no order can reach it" in page.text
    assert "No order can reach it yet." in visitor.get(LIST).text
    assert (of(running(world), "packed").enabled, of(running(world), "packed").predefined) == (
        False,
        False,
    )
    before = world.everything()
    action, fields = fill(page, enabled="y")
    refused = post(visitor, action, fields)
    assert refused.status_code == 422
    assert "No order can reach “Packed”." in refused.text
    assert world.everything() == before
    action, fields = fill(refused, **PACKED_WAYS)
    assert post(visitor, action, fields).status_code == 303
    order_id = order_with(world, ["processing", "packed"])
    advance(world, order_id, "delivered")


def test_w1_a_status_is_made_with_everything_at_once(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    action, fields = fill(
        visitor.get(NEW), **PACKED, **PACKED_WAYS, enabled="y", tone="violet", stock="hold"
    )
    assert post(visitor, action, fields).status_code == 303
    packed = of(running(world), "packed")
    assert (packed.enabled, packed.tone, packed.stock) == (True, "violet", "hold")
    assert {("processing", "packed"), ("packed", "delivered")} <= cells(running(world))


def test_a_status_is_renamed_in_three_languages(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    order_id = order_with(world, ["processing"])
    action, fields = fill(
        visitor.get(f"{LIST}/status/processing"),
        titles__en="Getting ready",
        titles__ru="Готовится",
        titles__bg="Подготвя се",
        tone="ok",
    )
    assert post(visitor, action, fields).status_code == 303
    processing = of(running(world), "processing")
    assert (processing.titles["bg"], processing.tone) == ("Подготвя се", "ok")
    assert "Getting ready" in visit("maria").get(f"/orders/{order_id}").text


def test_25_a_title_in_one_language_is_asked_beside_its_field(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    page = post(visitor, *fill(visitor.get(NEW), titles__en=""))
    assert page.status_code == 422
    assert 'id="titles-en-error"' in page.text
    assert world.everything() == before
    assert post(visitor, *fill(visitor.get(NEW), titles__ru="Упакован")).status_code == 303
    assert "Упакован" in visitor.get(LIST).text


def test_saving_a_status_as_it_is_changes_nothing(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    for key in keys(running(world)):
        action, fields = form_of(visitor.get(f"{LIST}/status/{key}"))
        assert post(visitor, action, fields).status_code == 303, key
    assert world.everything() == before


def test_the_second_of_two_at_one_status_sees_the_difference(visit: Visit, world: World) -> None:
    first, second = visit("owner"), visit("owner")
    path = f"{LIST}/status/pending"
    action, mine = fill(first.get(path), titles__en="Mine")
    _, yours = fill(second.get(path), titles__en="Yours")
    assert post(first, action, mine).status_code == 303
    before = world.everything()
    answer = post(second, action, yours)
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert world.everything() == before
    assert post(second, action, form_of(answer)[1]).status_code == 303
    assert of(running(world), "pending").titles["en"] == "Yours"


def test_w1_a_predefined_status_has_no_button_and_a_crafted_post_is_refused(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    path = f"{LIST}/status/pending"
    page = visitor.get(path)
    assert f'action="{path}/delete"' not in page.text
    before = world.everything()
    refused = visitor.send(f"{path}/delete", seen="2")
    assert refused.status_code == 422
    assert "A predefined status can’t be deleted" in refused.text
    action, fields = fill(page, stage="done", shape="full")
    assert post(visitor, action, fields).status_code == 422
    assert world.everything() == before
    assert visitor.get(f"{LIST}/status/nothing").status_code == 404


def test_w1_an_own_status_is_deleted_once_its_orders_have_another(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    ways = {"sources": ["processing"], "targets": ["delivered", "on_hold"]}
    action, fields = fill(visitor.get(NEW), **PACKED, **ways, enabled="y")
    path = post(visitor, action, fields).location
    order_id = order_with(world, ["processing", "packed"])
    page = visitor.get(path)
    assert "1 order is “Packed”" in page.text
    assert f'action="{path}/delete"' not in page.text
    before = world.everything()
    refused = visitor.send(f"{path}/delete", seen="3")
    assert refused.status_code == 422
    assert "Orders that are “Packed”: 1." in refused.text
    refused = visitor.send(f"{path}/give", instead="on_hold", reason="")
    assert refused.status_code == 422
    assert world.everything() == before
    told = follow(visitor, visitor.send(f"{path}/give", instead="on_hold", reason="a mistake"))
    assert "1 order has a new status." in told
    with world.database.reading() as session:
        order = session.get_one(Order, order_id)
        assert (order.status.key, order.version) == ("on_hold", 4)
    action, fields = form_of(visitor.get(path), f"{path}/delete")
    assert post(visitor, action, fields).location == LIST
    assert keys(running(world)) == keys(shipped_file("webshop"))
    assert cells(running(world)) == cells(shipped_file("webshop"))
    assert visitor.get(path).status_code == 404


def test_a_status_changed_meanwhile_is_not_deleted_unseen(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    action, fields = fill(visitor.get(NEW), **PACKED)
    path = post(visitor, action, fields).location
    action, fields = form_of(visitor.get(path), f"{path}/delete")
    run(world, change_status(running(world), "packed", tone="bad"))
    before = world.everything()
    answer = post(visitor, action, fields)
    assert answer.status_code == 409
    assert world.everything() == before
    assert post(visitor, action, form_of(answer, action)[1]).status_code == 303


def test_a_title_is_escaped(visit: Visit) -> None:
    visitor = visit("owner")
    attack = "<img src=x onerror=alert(1)>"
    titles = {f"titles__{language}": attack for language in ("en", "ru", "bg")}
    action, fields = fill(visitor.get(NEW), **titles, **PACKED_WAYS, enabled="y")
    assert post(visitor, action, fields).status_code == 303
    for path in (LIST, TRANSITIONS, OLDER):
        page = visitor.get(path)
        assert attack not in page.text
        assert_nothing_inline(page)


# --- transitions --------------------------------------------------------------------------------


def test_the_matrix_is_reviewed_in_words_and_then_saved(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = without(matrix_form(visitor), "cell", "new>processing")
    fields = with_value(fields, "cell", "delivered>on_hold")
    page = post(visitor, TRANSITIONS, with_value(fields, "do", "review"))
    assert page.status_code == 200
    assert "From “New” staff can no longer set: “Processing”." in page.text
    assert "From “Delivered” staff can set: “On hold”." in page.text
    assert set(changed(page)) == {"new>processing", "delivered>on_hold"}
    assert world.everything() == before
    reviewed = form_of(page, "matrix")[1]
    assert post(visitor, TRANSITIONS, with_value(reviewed, "do", "save")).status_code == 303
    original = cells(shipped_file("webshop"))
    assert cells(running(world)) == original - {("new", "processing")} | {("delivered", "on_hold")}


def test_nothing_is_saved_that_was_not_reviewed(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = without(matrix_form(visitor), "cell", "new>processing")
    page = post(visitor, TRANSITIONS, with_value(fields, "do", "save"))
    assert "can no longer set" in page.text
    after_review = without(form_of(page, "matrix")[1], "cell", "new>on_hold")
    page = post(visitor, TRANSITIONS, with_value(after_review, "do", "save"))
    assert "“Processing” and “On hold”" in page.text
    assert world.everything() == before


def test_what_a_change_would_strand_is_shown_before_saving_and_refused(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = matrix_form(visitor)
    to_pending = [c for c in fields.getlist("cell") if c.endswith(">pending")]
    fields = without(fields, "cell", *to_pending)
    page = post(visitor, TRANSITIONS, with_value(fields, "do", "review"))
    assert page.status_code == 422
    assert "No order can reach “Pending”." in page.text
    assert 'value="save"' not in page.text
    crafted = with_value(form_of(page, "matrix")[1], "do", "save")
    assert post(visitor, TRANSITIONS, crafted).status_code == 422
    assert world.everything() == before


def test_w3_a_crafted_cell_to_a_status_of_the_system_is_refused(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    before = world.everything()
    fields = with_value(matrix_form(visitor), "cell", "processing>new")
    page = post(visitor, TRANSITIONS, with_value(fields, "do", "review"))
    crafted = with_value(form_of(page, "matrix")[1], "cell", "processing>new", "no>where")
    assert post(visitor, TRANSITIONS, with_value(crafted, "do", "save")).status_code in {200, 422}
    assert world.everything() == before


def test_the_second_of_two_at_the_matrix_is_told_and_both_are_kept(
    visit: Visit, world: World
) -> None:
    visitor = visit("owner")
    fields = without(matrix_form(visitor), "cell", "new>processing")
    page = post(visitor, TRANSITIONS, with_value(fields, "do", "review"))
    now = running(world)
    run(world, set_cells(now, cells(now) | {("delivered", "on_hold")}))
    before = world.everything()
    reviewed = form_of(page, "matrix")[1]
    page = post(visitor, TRANSITIONS, with_value(reviewed, "do", "save"))
    assert page.status_code == 409
    assert "From “Delivered” staff can set: “On hold”." in page.text
    assert changed(page) == ["new>processing"]
    assert world.everything() == before
    again = with_value(form_of(page, "matrix")[1], "do", "save")
    assert post(visitor, TRANSITIONS, again).status_code == 303
    original = cells(shipped_file("webshop"))
    assert cells(running(world)) == original - {("new", "processing")} | {("delivered", "on_hold")}


def test_the_graph_and_every_other_way_stand_on_the_page(visit: Visit) -> None:
    page = visit("owner").get(TRANSITIONS)
    assert 'class="graph"' in page.text
    assert "Payment succeeded" in page.text
    assert "staff who may: Pay orders from balances" in page.text
    assert_nothing_inline(page)


# --- orders on an older version -----------------------------------------------------------------


def test_orders_of_an_older_version_are_shown_and_moved(visit: Visit, world: World) -> None:
    visitor = visit("owner")
    assert "All orders follow the newest version" in visitor.get(OLDER).text
    action, fields = fill(visitor.get(NEW), **PACKED, **PACKED_WAYS, enabled="y")
    path = post(visitor, action, fields).location
    order_id = order_with(world, ["processing"])
    action, fields = form_of(visitor.get(path), f"{path}/delete")
    post(visitor, action, fields)
    # nothing enters a status that is gone; an order can only have been left in it
    with world.database.reading() as session:
        gone = session.scalars(select(OrderStatus).filter_by(key="packed")).one()
    world.change(Order, {"id": order_id}, status_id=gone.id)
    page = visitor.get(OLDER)
    assert "Packed" in page.text
    before = world.everything()
    action, fields = form_of(page, "older")
    refused = post(visitor, OLDER, fields)
    assert refused.status_code == 422
    assert "Choose a status for these." in refused.text
    assert world.everything() == before
    fields["instead.packed"] = "on_hold"
    assert "1 order now follows the newest version." in follow(
        visitor, post(visitor, OLDER, fields)
    )
    with world.database.reading() as session:
        order = session.scalars(select(Order).filter_by(id=order_id)).one()
        assert (order.status.key, order.workflow.number) == ("on_hold", 4)


def test_a_provider_without_a_workflow_chooses_one_first(visit: Visit) -> None:
    visitor = visit("owner")
    new = {
        "key": "acme",
        "name": "Acme",
        "legal_name": "Acme OOD",
        "address": "1 Main St",
        "city": "Sofia",
        "vat_number": "BG204512345",
    }
    action, fields = fill(visitor.get("/providers/new"), **new, country="BG")
    post(visitor, action, fields)
    assert visitor.get("/order-statuses/acme").location == "/providers/acme/workflow"
    chosen = visitor.send("/providers/acme/workflow", workflow="desk")
    assert chosen.location == "/order-statuses/acme"
    assert visitor.get("/providers/acme/workflow").location == "/order-statuses/acme"


def test_w1_switching_off_new_asks_which_own_status_orders_enter_instead(
    world: World, visit: Visit
) -> None:
    """Without one, with one chosen, and the places its page names (Settings → …)."""
    boss = visit("owner")
    assert "Settings → Store configuration" in boss.get("/").text
    assert "Orders need another status instead" in boss.get(LIST).text
    own = Status(
        key="received",
        titles={"en": "Received", "ru": "Принят", "bg": "Приета"},
        stage=Stage.OPEN,
        tone=Tone.INFO,
        shape=Shape.HALF,
    )
    file = add_status(running(world), own)
    run(world, set_cells(file, cells(file) | {("new", "received"), ("received", "processing")}))
    fields = without(statuses_form(boss), "enabled", "new")
    before = world.everything()
    asked = post(boss, LIST, fields)
    assert asked.status_code == 422
    assert "choose which of your own statuses orders enter instead" in asked.text
    assert "Orders that would enter it enter instead:" in asked.text
    assert world.everything() == before
    fields["instead-new"] = "received"
    assert post(boss, LIST, fields).status_code == 303
    assert (of(running(world), "new").enabled, of(running(world), "new").instead) == (
        False,
        "received",
    )
    # the form shows it again, and the status's own page changes it
    assert statuses_form(boss)["instead-new"] == "received"
    assert 'name="instead"' in boss.get(f"{LIST}/status/new").text
    # what stands in is not switched off itself
    refused = post(boss, LIST, without(statuses_form(boss), "enabled", "received"))
    assert refused.status_code == 422
