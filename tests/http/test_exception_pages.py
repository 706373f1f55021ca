"""The pages of exceptions without a script: settings, proposing, deciding, ordering."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.staff_models import Department
from permissions.models import StaffFunction
from plugins.orders.exceptions.exception_models import Decision, OrderException
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.visitor import Visitor
from tests.world import World, proposed

Visit = Callable[..., Visitor]


def may_approve(world: World, login: str) -> None:
    staff_id = world.actor(login).staff_id
    with world.database.writing() as session:
        function = "orders:exception:approve"
        session.add(StaffFunction(staff_id=staff_id, function=function, on=True))


def stored(world: World, column: Any) -> list[Any]:
    with world.database.reading() as session:
        return list(session.scalars(select(column)))


@ON_SQLITE
def test_an_owner_switches_exceptions_on_and_caps_discounts(world: World, visit: Visit) -> None:
    owner = visit("owner")
    action, fields = fill(owner.get("/providers/nordvik"), exceptions_allowed="y")
    assert owner.http.post(action, data=fields).status_code == 303
    with world.database.reading() as session:
        on = select(Provider.key).where(Provider.exceptions_allowed)
        assert session.scalars(on).all() == ["nordvik"]
    action, fields = fill(owner.get("/permissions/departments/1"), discount_cap="12,5")
    assert owner.http.post(action, data=fields).status_code == 303
    assert [str(cap) for cap in stored(world, Department.discount_cap) if cap] == ["12.5"]
    action, fields = fill(owner.get("/permissions/departments/1"), discount_cap="101")
    assert owner.http.post(action, data=fields).status_code == 422
    assert [str(cap) for cap in stored(world, Department.discount_cap) if cap] == ["12.5"]


@ON_SQLITE
def test_a_refused_proposal_loses_nothing_that_was_typed(world: World, visit: Visit) -> None:
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    owner, path = visit("owner"), f"/clients/{world.client_id('stoyanova')}/exceptions/new"
    before = world.everything()
    answer = owner.send(
        path,
        provider="nordvik",
        tariff="web-business",
        what="discount",
        percent="200",
        quantity="3",
        reason="Ten years with us",
    )
    assert answer.status_code == 422
    assert "Use a percentage above 0" in answer.text
    for typed in ("Ten years with us", 'value="200"', 'value="3"', 'value="web-business" selected'):
        assert typed in answer.text
    assert world.everything() == before


@ON_SQLITE
def test_deciding_takes_a_reason_and_another_person(world: World, visit: Visit) -> None:
    number = proposed(world, "stoyanova", "gpu-a16")
    may_approve(world, "georgi")
    client_id = world.client_id("stoyanova")
    path = f"/clients/{client_id}/exceptions/{number}"
    owner, georgi = visit("owner"), visit("georgi")
    before = world.everything()
    own = owner.send(path, decision="approved", reason="Why not")
    assert own.status_code == 403
    assert "You can’t approve your own proposal" in own.text
    # a button is not even offered
    assert 'value="approved"' not in owner.get(f"/clients/{client_id}/exceptions").text
    silent = georgi.send(path, decision="approved", reason=" ")
    assert silent.status_code == 422
    assert "Give a reason." in silent.text
    assert world.everything() == before
    assert georgi.send(path, decision="approved", reason="Agreed").status_code == 303
    assert stored(world, OrderException.decision) == [Decision.APPROVED]
    late = owner.send(path, decision="refused", reason="Too late")
    assert late.status_code == 409
    assert stored(world, OrderException.decision) == [Decision.APPROVED]


@ON_SQLITE
def test_the_menu_counts_what_waits_for_those_who_have_a_hand_in_it(
    world: World, visit: Visit
) -> None:
    assert "/exceptions" not in visit("owner").get("/").text
    proposed(world, "stoyanova", "gpu-a16")
    assert "Exceptions (1)" in visit("owner").get("/").text
    assert "/exceptions" not in visit("maria").get("/").text
    listed = visit("owner").get("/exceptions").text
    assert "A promise of ours" in listed


@ON_SQLITE
def test_a_client_is_shown_none_of_it(world: World, visit: Visit) -> None:
    proposed(world, "stoyanova", "gpu-a16")
    client_id = world.client_id("stoyanova")
    visitor = visit("stoyanova")
    for path in ("/exceptions", f"/clients/{client_id}/exceptions"):
        assert visitor.get(path).status_code == 403
    assert "exceptions" not in visitor.get(f"/clients/{client_id}/orders").text
