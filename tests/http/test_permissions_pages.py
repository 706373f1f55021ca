"""The pages of rights: nothing holds before it is saved, nothing switched is lost, no scripts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.web.shell.staged_matrix import mark_of
from permissions.models import DepartmentFunction, StaffFunction
from tests.http.engines import ON_SQLITE
from tests.http.form import fill, form_of
from tests.http.routes import READS, routes
from tests.http.visitor import Visitor, assert_nothing_inline, elements
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]

MATRIX, LOG, SEE_AS = "/permissions", "/permissions/log", "/permissions/see-as"
CREATE, CREDIT = "orders:order:create", "balance:balance:credit"
DESK_CREATES, DESK_CREDITS = f"order_desk>{CREATE}", f"order_desk>{CREDIT}"


def post(visitor: Visitor, fields: Any, path: str = MATRIX) -> TestResponse:
    return visitor.http.post(path, data=fields)


def matrix_form(visitor: Visitor) -> MultiDict[str, str]:
    return form_of(visitor.get(MATRIX), "matrix")[1]


def switched(fields: MultiDict[str, str], *, on: str = "", off: str = "") -> MultiDict[str, str]:
    fields = fields.copy()
    cells = {*fields.getlist("cell"), on} - {"", off}
    fields.setlist("cell", sorted(cells))
    return fields


def review(visitor: Visitor, fields: MultiDict[str, str]) -> TestResponse:
    return post(visitor, MultiDict([*fields.items(multi=True), ("do", "review")]))


def save(visitor: Visitor, reviewed: TestResponse) -> TestResponse:
    _, fields = form_of(reviewed, "matrix")
    return post(visitor, MultiDict([*fields.items(multi=True), ("do", "save")]))


def changed(page: TestResponse) -> list[str]:
    marked = (e for e in elements(page) if "data-changed" in e.attributes)
    return [e.attributes["value"] for e in marked if "value" in e.attributes]


def staff_id(world: World, login: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(Staff.id).join(User).filter_by(login=login)).one()


def give(world: World, login: str, *functions: str) -> None:
    with world.database.writing() as session:
        person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
        session.add_all(StaffFunction(staff_id=person.id, function=f, on=True) for f in functions)


# --- the matrix ---------------------------------------------------------------------------------


def test_every_function_is_a_row_with_a_sentence_and_every_department_a_column(
    visit: Visit, world: World
) -> None:
    page = visit("owner").get(MATRIX)
    rows = {
        e.attributes["data-function"] for e in elements(page) if "data-function" in e.attributes
    }
    assert rows == world.panel.known
    columns = {e.attributes.get("data-role") for e in elements(page) if e.tag == "th"} - {None}
    assert columns == {"order_desk", "support", "finance", "owner"}
    assert all(str(info.help) for info in world.panel.functions)
    assert_nothing_inline(page)


def test_a_function_whose_part_is_to_come_says_so(visit: Visit, world: World) -> None:
    owner = visit("owner")
    ahead = sum(info.is_ahead for info in world.panel.functions)
    for page in (MATRIX, f"/staff/{staff_id(world, 'maria')}/rights"):
        told = owner.get(page)
        assert told.status_code == 200
        assert (
            told.text.count("It will take effect once this part of the panel is available.")
            == ahead
            > 0
        )


def test_changes_are_looked_at_in_words_with_whom_they_concern_and_then_saved(
    visit: Visit, world: World
) -> None:
    owner = visit("owner")
    before = world.everything()
    told = review(owner, switched(matrix_form(owner), on=DESK_CREDITS, off=DESK_CREATES))
    assert world.everything() == before
    assert "Order desk: “Credit a balance” Off → On" in told.text
    assert "2 people would gain: “Credit a balance” (Maria Koleva, Ольга Смирнова)" in told.text
    assert "2 people would lose: “Place orders from the catalogue”" in told.text
    assert changed(told) == [DESK_CREDITS, DESK_CREATES]
    assert save(owner, told).status_code == 303
    held = world.actor("maria").functions
    assert CREDIT in held
    assert CREATE not in held


def test_a5_people_of_other_providers_are_counted_and_not_named(visit: Visit, world: World) -> None:
    hold_only(world, "georgi", "rights:department:change", DESK_CREDITS.partition(">")[2])
    georgi = visit("georgi")
    told = review(georgi, switched(matrix_form(georgi), on=DESK_CREDITS))
    expected = "2 people would gain: “Credit a balance” (Maria Koleva, 1 person of other providers)"
    assert expected in told.text
    assert "Смирнова" not in told.text


def test_a5_staff_pages_name_no_providers_of_others(visit: Visit, world: World) -> None:
    """Neither the list nor the form of a colleague, what it hides included."""
    hold_only(world, "georgi", "staff:member:read", "staff:member:change")
    georgi = visit("georgi")
    page = georgi.get(f"/staff/{staff_id(world, 'maria')}").text
    for shown in (georgi.get("/staff").text, page):
        assert "Maria Koleva" in shown
        assert "Север" not in shown
        assert "sever" not in shown.replace("several", "")
    owner = visit("owner")
    assert "sever" in owner.get(f"/staff/{staff_id(world, 'maria')}").text


def test_nothing_is_saved_that_was_not_looked_at(visit: Visit, world: World) -> None:
    owner = visit("owner")
    told = review(owner, switched(matrix_form(owner), off=DESK_CREATES))
    _, fields = form_of(told, "matrix")
    before = world.everything()
    more = MultiDict([*switched(fields, on=DESK_CREDITS).items(multi=True), ("do", "save")])
    answer = post(owner, more)
    assert answer.status_code == 200
    assert "Credit a balance” Off → On" in answer.text
    assert world.everything() == before


def test_what_is_switched_back_and_forth_changes_nothing(visit: Visit, world: World) -> None:
    owner = visit("owner")
    before = world.everything()
    told = review(owner, matrix_form(owner))
    assert "Nothing was changed." in told.text
    assert save(owner, told).status_code == 303
    assert world.everything() == before


def test_of_two_who_change_at_once_the_second_is_told_and_loses_nothing(
    visit: Visit, world: World
) -> None:
    first, second = visit("owner"), visit("owner")
    mine = review(first, switched(matrix_form(first), off=DESK_CREATES))
    yours = review(second, switched(matrix_form(second), on=DESK_CREDITS))
    assert save(first, mine).status_code == 303
    before = world.everything()
    told = save(second, yours)
    assert told.status_code == 409
    assert "Order desk: “Place orders from the catalogue” On → Off" in told.text
    assert changed(told) == [DESK_CREDITS]
    assert world.everything() == before
    assert save(second, told).status_code == 303
    held = world.actor("maria").functions
    assert CREDIT in held
    assert CREATE not in held


def test_what_was_tampered_with_is_no_save(visit: Visit, world: World) -> None:
    owner = visit("owner")
    told = review(owner, switched(matrix_form(owner), off=DESK_CREATES))
    _, fields = form_of(told, "matrix")
    before = world.everything()
    for seen in ("", "[]", "{", '{"functions": []}', '{"functions": {"order_desk": [1]}}'):
        sent = MultiDict([*fields.items(multi=True), ("do", "save")])
        sent["seen"] = seen
        assert post(owner, sent).status_code in {200, 409}
    assert world.everything() == before


def test_a_forged_cell_is_refused_and_says_why(visit: Visit, world: World) -> None:
    give(world, "petar", "rights:department:change")
    with world.database.writing() as session:
        night = Department(key="night", titles={"en": "Night"})
        session.add(night)
        session.flush()
        session.add(DepartmentFunction(department_id=night.id, function=CREDIT))
    petar = visit("petar")
    fields = matrix_form(petar)
    assert DESK_CREATES not in fields.getlist("cell")
    told = review(petar, switched(fields, on=f"night>{CREATE}"))
    _, sent = form_of(told, "matrix")
    # a page offers no such switch; whoever adds one to the form is told
    forged = switched(sent, on=f"night>{CREATE}")
    forged["reviewed"] = mark_of_cells(forged)
    before = world.everything()
    answer = post(petar, MultiDict([*forged.items(multi=True), ("do", "save")]))
    assert answer.status_code == 403
    assert "You don’t hold these functions yourself" in answer.text
    assert world.everything() == before


def mark_of_cells(fields: MultiDict[str, str]) -> str:
    cells = (value.partition(">") for value in fields.getlist("cell"))
    return mark_of((row, column) for row, _, column in cells)


def test_functions_are_found_and_what_is_hidden_stays_switched(visit: Visit) -> None:
    owner = visit("owner")
    sent = MultiDict(
        [
            *switched(matrix_form(owner), on=DESK_CREDITS).items(multi=True),
            ("query", "CART"),
            ("do", "look"),
        ]
    )
    sent.poplist("query")
    sent["query"] = "CART"
    page = post(owner, sent)
    shown = [
        e.attributes["data-function"]
        for e in elements(page)
        if "data-function" in e.attributes and "hidden" not in e.attributes
    ]
    assert {name for name in shown if name.startswith("orders:cart")} == {
        "orders:cart:read",
        "orders:cart:change",
        "orders:cart:checkout",
    }
    assert CREDIT not in shown
    assert DESK_CREDITS in form_of(page, "matrix")[1].getlist("cell")
    assert "No matching functions" in owner.get(f"{MATRIX}?query=zzz").text


def test_only_where_departments_differ(visit: Visit) -> None:
    page = visit("owner").get(f"{MATRIX}?differing=1")
    shown = {
        e.attributes["data-function"]
        for e in elements(page)
        if "data-function" in e.attributes and "hidden" not in e.attributes
    }
    assert CREATE in shown
    assert "clients:client:read" not in shown
    assert "staff:member:change" not in shown


def test_whoever_may_only_look_switches_nothing(visit: Visit, world: World) -> None:
    give(world, "georgi", "rights:department:read")
    georgi = visit("georgi")
    page = georgi.get(MATRIX)
    assert "Review the changes" not in page.text
    assert not [e for e in elements(page) if e.attributes.get("name") == "cell"]
    before = world.everything()
    assert georgi.http.post(MATRIX, data={"csrf_token": georgi.token("/")}).status_code == 403
    assert world.everything() == before


def test_the_log_shows_who_changed_what(visit: Visit) -> None:
    owner = visit("owner")
    save(owner, review(owner, switched(matrix_form(owner), off=DESK_CREATES)))
    page = owner.get(LOG)
    assert "Ada Owner" in page.text
    assert "“Place orders from the catalogue”: On → Off" in page.text
    assert_nothing_inline(page)


# --- a person -----------------------------------------------------------------------------------


def test_h4_from_staff_to_a_persons_rights_and_what_is_switched_there_holds(
    visit: Visit, world: World
) -> None:
    owner, maria = visit("owner"), staff_id(world, "maria")
    path = f"/staff/{maria}/rights"
    assert path in owner.get(f"/staff/{maria}").text
    page = owner.get(path)
    assert "from Order desk" in page.text
    assert_nothing_inline(page)
    action, fields = fill(page, "rights", **{f"switch__{CREATE}": "off"})
    assert post(owner, fields, action or path).status_code == 303
    assert CREATE not in world.actor("maria").functions
    page = owner.get(path)
    assert "set for this person" in page.text
    assert form_of(page, "rights")[1][f"switch-{CREATE}"] == "off"


def test_of_two_at_a_persons_rights_the_second_is_told_and_loses_nothing(
    visit: Visit, world: World
) -> None:
    first, second = visit("owner"), visit("owner")
    path = f"/staff/{staff_id(world, 'maria')}/rights"
    _, mine = fill(first.get(path), "rights", **{f"switch__{CREATE}": "off"})
    _, yours = fill(second.get(path), "rights", **{f"switch__{CREDIT}": "on"})
    assert post(first, mine, path).status_code == 303
    before = world.everything()
    told = post(second, yours, path)
    assert told.status_code == 409
    assert "“Place orders from the catalogue”: as set by the departments → Off" in told.text
    assert world.everything() == before
    _, both = form_of(told, "rights")
    assert (both[f"switch-{CREATE}"], both[f"switch-{CREDIT}"]) == ("off", "on")
    assert post(second, both, path).status_code == 303
    held = world.actor("maria").functions
    assert CREDIT in held
    assert CREATE not in held


@pytest.mark.parametrize("login", ["owner", "petar"])
def test_ones_own_rights_are_shown_and_cannot_be_switched(
    visit: Visit, world: World, login: str
) -> None:
    give(world, "petar", "rights:member:change")
    visitor, path = visit(login), f"/staff/{staff_id(world, login)}/rights"
    page = visitor.get(path)
    assert page.status_code == 200
    assert not [e for e in elements(page) if e.tag == "select"]
    before = world.everything()
    sent = {"csrf_token": visitor.token("/"), "seen": "", f"switch-{CREATE}": "on"}
    assert post(visitor, sent, path).status_code in {403, 409}
    assert world.everything() == before


# --- seeing as ----------------------------------------------------------------------------------


def walk_as(visitor: Visitor, whose: str) -> TestResponse:
    return visitor.http.post(SEE_AS, data={"csrf_token": visitor.token("/"), "whose": whose})


def go_back(visitor: Visitor) -> TestResponse:
    return visitor.http.post(f"{SEE_AS}/end", data={"csrf_token": visitor.token("/")})


def test_the_panel_is_seen_with_the_rights_of_a_person_and_back(visit: Visit, world: World) -> None:
    owner = visit("owner")
    assert walk_as(owner, f"staff:{staff_id(world, 'georgi')}").status_code == 303
    page = owner.get("/")
    assert "You see the panel with the rights of Georgi Dimitrov." in page.text
    assert owner.get("/tariffs").status_code == 403
    assert "with the rights of Georgi" in owner.get("/tariffs").text
    client = world.client_id("stoyanova")
    history = owner.get(f"/clients/{client}/orders")
    assert history.status_code == 200
    assert "Continue shopping" not in history.text
    assert go_back(owner).status_code == 303
    assert owner.get("/tariffs").status_code == 200
    assert "You see the panel with the rights of" not in owner.get("/").text


def test_a_person_stays_in_their_own_language_while_they_look(visit: Visit, world: World) -> None:
    world.change(User, {"login": "georgi"}, language="bg")
    owner = visit("owner")
    walk_as(owner, f"staff:{staff_id(world, 'georgi')}")
    assert '<html lang="en">' in owner.get("/").text


def test_nothing_is_written_by_any_route_while_somebody_only_looks(
    app: Flask, world: World, visit: Visit, places: dict[str, Any]
) -> None:
    """With all rights there are, of another owner, so that no guard but this one refuses."""
    with world.database.writing() as session:
        session.scalars(select(Staff).join(User).filter_by(login="maria")).one().owner = True
    owner = visit("owner")
    token = owner.token("/")
    walk_as(owner, f"staff:{staff_id(world, 'maria')}")
    before = world.everything()
    walked = [
        route
        for route in routes(app, api=False, **places)
        if route.rule not in {"/sign-out", "/permissions/see-as/end"}
    ]
    for route in walked:
        form = None if route.method in READS else {"csrf_token": token}
        answer = owner.http.open(route.path, method=route.method, data=form, buffered=True)
        assert answer.status_code < 500, route.name
        assert world.everything() == before, route.name
    assert len(walked) >= 60


@pytest.mark.parametrize("whose", ["staff", "department"])
def test_the_account_of_a_person_is_shown_to_nobody_who_only_looks(
    visit: Visit, world: World, whose: str
) -> None:
    owner = visit("owner")
    number = staff_id(world, "georgi") if whose == "staff" else 1
    walk_as(owner, f"{whose}:{number}")
    for path in ("/account", "/account/second-factor/set-up"):
        answer = owner.get(path)
        assert answer.status_code == 403
        assert "can see this" in answer.text


def test_a_form_sent_while_looking_is_refused_with_a_sentence_and_stays_filled(
    visit: Visit, world: World
) -> None:
    owner = visit("owner")
    with world.database.writing() as session:
        session.scalars(select(Staff).join(User).filter_by(login="maria")).one().owner = True
    walk_as(owner, f"staff:{staff_id(world, 'maria')}")
    before = world.everything()
    action, fields = fill(owner.get("/client-groups/1"), titles__en="Mine")
    answer = post(owner, fields, action)
    assert answer.status_code == 403
    assert "so nothing can be changed" in answer.text
    assert form_of(answer)[1]["titles-en"] == "Mine"
    told = owner.http.post("/language", data={"csrf_token": owner.token("/"), "language": "bg"})
    assert told.status_code == 403
    assert "so nothing can be changed" in told.text
    assert world.everything() == before


def test_whoever_loses_the_right_to_look_is_back_in_their_own_at_once(
    visit: Visit, world: World
) -> None:
    give(world, "petar", "rights:department:change", "messages:message:read")
    give(world, "petar", "messages:message:write", "messages:note:write")
    petar = visit("petar")
    with world.database.reading() as session:
        support = session.scalars(select(Department.id).filter_by(key="support")).one()
    assert walk_as(petar, f"department:{support}").status_code == 303
    assert "with the rights of Support" in petar.get("/").text
    person = {"staff_id": staff_id(world, "petar"), "function": "rights:department:change"}
    world.change(StaffFunction, person, on=False)
    page = petar.get("/")
    assert "You see the panel with your own rights again." in page.text
    assert "with the rights of Support" not in page.text


def test_signing_out_ends_the_walk(visit: Visit, world: World) -> None:
    owner = visit("owner")
    walk_as(owner, f"staff:{staff_id(world, 'georgi')}")
    assert owner.http.post("/sign-out", data={"csrf_token": owner.token("/")}).status_code == 302
    assert not owner.is_known()
    assert walks(world) == ["rights.seen_as", "signed_out"]


def walks(world: World) -> list[str]:
    """What the log says of looking: beginnings, and how each ended."""
    with world.database.reading() as session:
        events = session.scalars(
            select(Event).where(Event.kind.like("rights.seen%")).order_by(Event.id)
        ).all()
        assert len({(e.user_id, e.subject_kind, e.subject_id, e.actor_kind) for e in events}) == 1
    return [event.facts.get("how", event.kind) for event in events]


def test_the_end_of_a_walk_is_written_down_once_and_told(visit: Visit, world: World) -> None:
    owner = visit("owner")
    walk_as(owner, f"staff:{staff_id(world, 'georgi')}")
    assert owner.get("/").status_code == 200
    go_back(owner)
    assert walks(world) == ["rights.seen_as", "went_back"]
    go_back(owner)
    owner.get("/")
    assert walks(world) == ["rights.seen_as", "went_back"]
    told = owner.get(LOG).text
    assert "Viewing with these rights ended: they returned to their own." in told
    assert "Ada Owner" in told
    assert "Stopped viewing the panel with other rights" in owner.get("/audit").text


def test_an_old_cookie_begins_no_walk_and_ends_none(visit: Visit, world: World) -> None:
    owner = visit("owner")
    walk_as(owner, f"staff:{staff_id(world, 'georgi')}")
    old = owner.cookie()
    go_back(owner)
    owner.use_cookie(old)
    assert "with the rights of" not in owner.get("/").text
    assert walks(world) == ["rights.seen_as", "went_back"]
    owner.use_cookie(old)
    owner.send("/sign-out")
    owner.use_cookie(old)
    assert not owner.is_known()
    assert walks(world) == ["rights.seen_as", "went_back"]


def test_whoever_may_not_look_any_more_has_ended_their_walk(visit: Visit, world: World) -> None:
    give(world, "petar", "rights:department:change", "messages:message:read")
    give(world, "petar", "messages:message:write", "messages:note:write")
    petar = visit("petar")
    with world.database.reading() as session:
        support = session.scalars(select(Department.id).filter_by(key="support")).one()
    walk_as(petar, f"department:{support}")
    person = {"staff_id": staff_id(world, "petar"), "function": "rights:department:change"}
    world.change(StaffFunction, person, on=False)
    assert walks(world) == ["rights.seen_as"]
    petar.get("/")
    petar.get("/")
    assert walks(world) == ["rights.seen_as", "not_allowed"]


@pytest.mark.parametrize("over", ["ran out", "disabled"])
def test_a_session_that_is_over_ends_its_walk_when_its_browser_comes_again(
    visit: Visit, world: World, clock: FixedClock, over: str
) -> None:
    owner = visit("owner")
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', owner.get("/").text)
    assert sheet is not None
    walk_as(owner, f"staff:{staff_id(world, 'georgi')}")
    if over == "ran out":
        clock.at += timedelta(hours=13)
    else:
        world.change(User, {"login": "owner"}, disabled_at=clock.now())
    assert owner.get(sheet[1]).status_code == 200
    assert walks(world) == ["rights.seen_as"]
    assert not owner.is_known()
    assert not owner.is_known()
    assert walks(world) == ["rights.seen_as", "session_over"]


@pytest.mark.parametrize(
    "whose", ["", "staff:", "staff:x", "client:1", f"staff:{2**63}", "staff:99"]
)
def test_nobody_is_seen_as_who_is_not_there(visit: Visit, world: World, whose: str) -> None:
    owner = visit("owner")
    before = world.everything()
    assert walk_as(owner, whose).status_code == 404
    assert world.everything() == before
    assert "You see the panel with the rights of" not in owner.get("/").text


def test_the_list_of_whose_rights_tells_why_some_cannot_be_put_on(
    visit: Visit, world: World
) -> None:
    give(world, "georgi", "rights:department:change")
    georgi = visit("georgi")
    page = georgi.get(SEE_AS)
    assert "See the panel as Support" in page.text
    assert "See the panel as Finance" not in page.text
    assert "You don’t hold these functions yourself" in page.text
    before = world.everything()
    assert walk_as(georgi, f"staff:{staff_id(world, 'maria')}").status_code == 403
    assert world.everything() == before
