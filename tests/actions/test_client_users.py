"""The users of a client: who manages them, what is never taken away, and of two the second."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.sessions import find_session, open_session
from billing_panel.administration.clients.client_users import (
    ClientUserDetails,
    change_client_user,
    client_user_details,
    client_user_to_invite,
    client_users,
    find_client_user,
    invite_client_user,
)
from billing_panel.administration.details.concurrent_changes import state_of
from billing_panel.kernel.language.errors import (
    Conflict,
    DomainError,
    Forbidden,
    FunctionNotHeld,
    Invalid,
    NotFound,
)
from billing_panel.kernel.values.actor import Actor
from permissions.models import StaffFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from tests.actions.test_races import at_once
from tests.world import World, add_client_user, line

CLIENT = "stoyanova"
OWNER, BUYER = ClientRole.OWNER, ClientRole.BUYER
ACCOUNTANT, VIEWER = ClientRole.ACCOUNTANT, ClientRole.VIEWER


def act(world: World, action: Callable[..., Any], *args: Any, as_: Actor, **more: Any) -> Any:
    with world.database.writing() as session:
        return action(session, *args, actor=as_, clock=world.clock, **more)


def user_id(world: World, login: str) -> int:
    with world.database.reading() as session:
        return session.scalars(select(User.id).filter_by(login=login)).one()


def details(world: World, login: str) -> ClientUserDetails:
    with world.database.reading() as session:
        found = select(ClientUser).join(User).where(User.login == login)
        return client_user_details(session.scalars(found).one())


def change(
    world: World, login: str, as_: str | Actor, seen: str | None = None, **changes: Any
) -> None:
    now = details(world, login)
    where = world.client_id(CLIENT), user_id(world, login)
    after = replace(now, **changes)
    actor = world.actor(as_) if isinstance(as_, str) else as_
    act(world, change_client_user, *where, after, as_=actor, seen=seen)


def invite(world: World, login: str, role: ClientRole, as_: str, client: str = CLIENT) -> None:
    wanted = ClientUserDetails(login, role, "bg")
    act(world, invite_client_user, world.client_id(client), wanted, as_=world.actor(as_))


def refused(world: World, error: type[DomainError], code: str, attempt: Callable[[], None]) -> None:
    """The refusal, and that nothing is written."""
    before = world.everything()
    with pytest.raises(error) as refusal:
        attempt()
    assert refusal.value.code == code
    assert world.everything() == before


def test_a_clients_user_of_before_is_an_owner(world: World) -> None:
    assert details(world, CLIENT).role is OWNER
    assert world.actor(CLIENT).functions == ROLE_FUNCTIONS[OWNER]


@pytest.mark.parametrize("role", ClientRole)
def test_whom_the_owner_invites_acts_in_their_role_for_this_client(
    world: World, role: ClientRole
) -> None:
    invite(world, "new.one", role, as_=CLIENT)
    actor = world.actor("new.one")
    assert actor.functions == ROLE_FUNCTIONS[role]
    assert actor.client_id == world.client_id(CLIENT)


def test_a_link_lets_the_invited_choose_a_password_until_their_role_changes(world: World) -> None:
    invite(world, "new.one", VIEWER, as_=CLIENT)
    links = OneTimeLinks("secret")
    where = world.client_id(CLIENT), user_id(world, "new.one")
    owner = world.actor(CLIENT)
    with world.database.writing() as session:
        user = client_user_to_invite(session, *where, actor=owner, clock=world.clock)
        token = links.make(session, user, by=owner.user_id)
        assert links.user(session, token).login == "new.one"
    change(world, "new.one", CLIENT, role=ACCOUNTANT)
    with world.database.reading() as session, pytest.raises(NotFound):
        links.user(session, token)


@pytest.mark.parametrize("role", [BUYER, ACCOUNTANT, VIEWER])
def test_nobody_but_the_owner_manages_users(world: World, role: ClientRole) -> None:
    add_client_user(world, CLIENT, "colleague", role)
    add_client_user(world, CLIENT, "victim", VIEWER)
    for attempt in (
        partial(invite, world, "friend", OWNER, as_="colleague"),
        partial(change, world, "victim", "colleague", role=OWNER),
        partial(change, world, "colleague", "colleague", role=OWNER),
        partial(
            act,
            world,
            client_user_to_invite,
            world.client_id(CLIENT),
            user_id(world, CLIENT),
            as_=world.actor("colleague"),
        ),
    ):
        refused(world, FunctionNotHeld, "function_not_held", attempt)


def test_the_owner_manages_nobody_of_another_client(world: World) -> None:
    other = world.client_id("balkan.media")
    foreign = user_id(world, "balkan.media")
    owner = world.actor(CLIENT)
    for attempt in (
        partial(invite, world, "spy", OWNER, as_=CLIENT, client="balkan.media"),
        partial(act, world, client_user_to_invite, other, foreign, as_=owner),
        # through their own client, too
        partial(act, world, client_user_to_invite, world.client_id(CLIENT), foreign, as_=owner),
    ):
        refused(world, NotFound, "not_found", attempt)


def test_the_last_owner_stays_even_against_staff(world: World) -> None:
    for harm in ({"role": BUYER}, {"disabled": True}):
        refused(world, Forbidden, "last_owner", partial(change, world, CLIENT, "owner", **harm))
    add_client_user(world, CLIENT, "second", OWNER)
    change(world, CLIENT, "second", role=BUYER)
    refused(
        world, Forbidden, "last_owner", partial(change, world, "second", "owner", disabled=True)
    )


def test_a_disabled_owner_does_not_count_as_one(world: World) -> None:
    add_client_user(world, CLIENT, "second", OWNER)
    change(world, "second", CLIENT, disabled=True)
    refused(world, Forbidden, "last_owner", partial(change, world, CLIENT, "owner", role=VIEWER))


def test_nobody_changes_themselves_but_their_language(world: World) -> None:
    add_client_user(world, CLIENT, "second", OWNER)
    for harm in ({"role": BUYER}, {"disabled": True}):
        attempt = partial(change, world, CLIENT, CLIENT, **harm)
        refused(world, Forbidden, "own_rights", attempt)
    change(world, CLIENT, CLIENT, language="ru")
    assert details(world, CLIENT).language == "ru"


def test_disabling_ends_sessions_and_enabling_lets_them_in_again(world: World) -> None:
    invited = add_client_user(world, CLIENT, "second", BUYER)
    at = world.clock.now()
    with world.database.writing() as session:
        secret = open_session(session, session.get_one(User, invited), at=at)
    change(world, "second", CLIENT, disabled=True)
    with world.database.reading() as session:
        assert find_session(session, secret, at=at) is None
        user = session.get_one(User, invited)
        assert actor_of(session, user, world.panel.known) is None
    change(world, "second", CLIENT, disabled=False)
    assert world.actor("second").functions == ROLE_FUNCTIONS[BUYER]


def test_of_two_who_change_a_user_the_second_is_told(world: World) -> None:
    add_client_user(world, CLIENT, "second", VIEWER)
    seen = state_of(details(world, "second"))
    change(world, "second", CLIENT, seen=seen, role=BUYER)
    attempt = partial(change, world, "second", "owner", seen=seen, role=ACCOUNTANT)
    refused(world, Conflict, "changed_meanwhile", attempt)
    assert details(world, "second").role is BUYER


def test_two_owners_who_take_each_other_away_at_once_leave_one(world: World) -> None:
    add_client_user(world, CLIENT, "second", OWNER)
    # both are signed in before either acts
    first, second = world.actor(CLIENT), world.actor("second")
    results = at_once(
        [
            partial(change, world, "second", first, disabled=True),
            partial(change, world, CLIENT, second, disabled=True),
        ]
    )
    # the second finds themselves the last one, whoever they are
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert [refusal.code for refusal in refusals] == ["last_owner"]
    assert sum(not details(world, login).disabled for login in (CLIENT, "second")) == 1


def test_a_login_is_taken_once(world: World) -> None:
    refused(world, Invalid, "invalid", partial(invite, world, "maria", VIEWER, as_=CLIENT))


def test_a_token_that_holds_less_hands_out_no_more(world: World) -> None:
    narrowed = world.actor(CLIENT).narrowed_to({"clients:user:change", "clients:client:read"})
    wanted = ClientUserDetails("friend", OWNER)
    attempt = partial(act, world, invite_client_user, world.client_id(CLIENT), wanted, as_=narrowed)
    refused(world, Forbidden, "cannot_grant", attempt)


def test_staff_manage_users_by_their_own_functions_and_for_their_own_clients(world: World) -> None:
    refused(
        world,
        FunctionNotHeld,
        "function_not_held",
        partial(invite, world, "new.one", VIEWER, as_="georgi"),
    )
    with world.database.writing() as session:
        staff_id = world.actor("georgi").staff_id
        session.add(StaffFunction(staff_id=staff_id, function="clients:client:invite", on=True))
    invite(world, "new.one", VIEWER, as_="georgi")
    # inviting is not changing
    refused(
        world,
        FunctionNotHeld,
        "function_not_held",
        partial(change, world, "new.one", "georgi", role=OWNER),
    )
    attempt = partial(invite, world, "other", OWNER, as_="georgi", client="romashka")
    refused(world, Forbidden, "shared_client", attempt)


def test_users_are_listed_with_their_roles_in_the_order_they_came(world: World) -> None:
    add_client_user(world, CLIENT, "second", BUYER)
    with world.database.reading() as session:
        rows = client_users(session, world.actor(CLIENT), world.client_id(CLIENT))
        assert [(row.user.login, row.role) for row in rows] == [(CLIENT, OWNER), ("second", BUYER)]
        with pytest.raises(NotFound):
            find_client_user(session, world.actor(CLIENT), world.client_id(CLIENT), 10**9)


@pytest.mark.parametrize(
    ("role", "may_pay"), [(OWNER, True), (ACCOUNTANT, True), (BUYER, False), (VIEWER, False)]
)
def test_paying_an_order_takes_the_function_to_pay(
    world: World, role: ClientRole, *, may_pay: bool
) -> None:
    add_client_user(world, CLIENT, "colleague", role)
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    command = AdvanceOrder(order.id, "pay", fields={"payment_method": "balance", "amount": "1.00"})
    attempt = partial(act, world, advance_order, command, as_=world.actor("colleague"))
    if may_pay:
        assert attempt().paid == 100
    else:
        refused(world, FunctionNotHeld, "function_not_held", attempt)


@pytest.mark.parametrize(
    ("role", "may_act"), [(OWNER, True), (BUYER, True), (ACCOUNTANT, False), (VIEWER, False)]
)
def test_answering_for_an_order_takes_the_function_to_place_orders(
    world: World, role: ClientRole, *, may_act: bool
) -> None:
    add_client_user(world, CLIENT, "colleague", role)
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    pay = AdvanceOrder(order.id, "pay", fields={"payment_method": "cash"})
    for command in (
        pay,
        AdvanceOrder(order.id, "ask", fields={"reason": "Which domain?"}),
    ):
        act(world, advance_order, command, as_=world.actor("owner"))
    resume = AdvanceOrder(order.id, "resume", fields={"answer": "stoyanova.example"})
    attempt = partial(act, world, advance_order, resume, as_=world.actor("colleague"))
    if may_act:
        assert attempt().status.key == "setting_up"
    else:
        refused(world, FunctionNotHeld, "function_not_held", attempt)
