"""Exceptions: off by default; one proposes, another approves; used once; nobody for themselves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.check_and_change_password import use_link
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.second_factor import SecondFactor
from billing_panel.accounts.signing_in.sign_in import Browser
from billing_panel.administration.staff.change_staff import (
    StaffDetails,
    create_staff,
    reset_second_factor,
    user_to_invite,
)
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import (
    Conflict,
    DomainError,
    Forbidden,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from permissions.models import StaffFunction
from permissions.panel_functions import PanelFunction
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exception_models import Decision, OrderException, State
from plugins.orders.exceptions.propose_exception import ProposeException, propose_exception
from plugins.orders.store.models import Order
from plugins.orders.timeline.order_timeline import for_client, newest
from tests.actions.test_races import at_once
from tests.overtaking import overtaking
from tests.world import World, codes, line, proposed

PROPOSE, APPROVE = "orders:exception:propose", "orders:exception:approve"
GPU = line("gpu-a16", "1 month")
CLIENT = "stoyanova"


@pytest.fixture(autouse=True)
def makers(world: World) -> None:
    """Maria proposes, Georgi approves; their departments give up to 20 and 10 percent."""
    switch(world, "maria", PROPOSE, on=True)
    switch(world, "georgi", APPROVE, on=True)
    with world.database.writing() as session:
        for login, cap in (("maria", 20), ("georgi", 10)):
            person = session.scalars(select(Staff).join(User).filter_by(login=login)).one()
            department = Department(
                key=f"of_{login}", titles={"en": login}, discount_cap=Decimal(cap)
            )
            person.departments.append(department)


def switch(world: World, login: str, function: str, *, on: bool) -> None:
    staff_id = world.actor(login).staff_id
    with world.database.writing() as session:
        session.merge(StaffFunction(staff_id=staff_id, function=function, on=on))


def decide(world: World, number: int, by: str = "georgi", *, approve: bool = True) -> None:
    decision = Decision.APPROVED if approve else Decision.REFUSED
    actor = world.actor(by)
    with world.database.writing() as session:
        command = DecideException(number, decision, "It was our mistake")
        decide_exception(session, command, actor=actor, clock=world.clock)


def approved(world: World, **what: Any) -> int:
    number = proposed(world, CLIENT, what.pop("tariff", "gpu-a16"), by="maria", **what)
    decide(world, number)
    return number


def order_by(world: World, *ids: int, lines: Sequence[Any] = (GPU,), **more: Any) -> PlaceOrder:
    client = more.pop("client", CLIENT)
    return world.order(client, *lines, provider="nordvik", exceptions=ids, **more)


def refused(world: World, error: type[DomainError], code: str, attempt: Callable[[], Any]) -> Any:
    """The refusal, and that nothing is written."""
    before = world.everything()
    with pytest.raises(error) as refusal:
        attempt()
    assert refusal.value.code == code
    assert world.everything() == before
    return refusal.value


def unusable(world: World, command: PlaceOrder, reason: str, by: str = "maria") -> None:
    refusal = refused(world, Refused, "exception_unusable", partial(world.place, by, command))
    assert codes(refusal.reasons) == {reason}


def state(world: World, number: int) -> State:
    with world.database.reading() as session:
        return session.get_one(OrderException, number).state(world.clock.now())


def test_providers_make_no_exceptions_unless_they_say_so(world: World) -> None:
    with world.database.reading() as session:
        assert not any(session.scalars(select(Provider.exceptions_allowed)))
    number = approved(world)
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=False)
    unusable(world, order_by(world, number), "exceptions_off")


def test_approved_it_lifts_the_restriction_once_and_stands_in_the_history(world: World) -> None:
    plain = partial(world.place, "maria", order_by(world))
    refused(world, Refused, "not_orderable", plain)
    number = approved(world)
    # being approved is not being used
    refused(world, Refused, "not_orderable", plain)
    (order,) = world.place("maria", order_by(world, number))
    assert state(world, number) is State.USED
    unusable(world, order_by(world, number), "exception_used")
    refused(world, Refused, "not_orderable", plain)
    with world.database.reading() as session:
        found = newest(session, session.get_one(Order, order.id), world.actor("owner")).entries
        (entry,) = (e for e in found if e.kind == "order.exception_used")
        assert str(entry.said) == (
            "By exception: GPU A-16 without the restriction “Only for other client groups”"
        )
        assert [(str(who), why) for who, why in entry.details] == [
            ("Proposed by Maria Koleva", "A promise of ours"),
            ("Approved by Georgi Dimitrov", "It was our mistake"),
        ]
        # a client is not told who of the staff, and why
        (seen,) = (e for e in for_client(found, "Nordvik") if e.kind == "order.exception_used")
        assert (seen.details, seen.who) == ((), "Nordvik")


def test_a_discount_takes_the_place_of_a_smaller_one_and_no_more(world: World) -> None:
    (full,) = world.place("maria", order_by(world, lines=[line("web-business", "1 month")]))
    number = approved(world, tariff="web-business", percent=Decimal("7.5"))
    (less,) = world.place("maria", order_by(world, number, lines=[line("web-business", "1 month")]))
    unit = full.lines[0].unit_price
    assert full.discount < less.discount == round(unit * Decimal("0.075"))


NEVER = (
    "client_blocked",
    "out_of_stock",
    "archived",
    "country_not_allowed",
    "payment_method_forbidden",
    "wrong_provider",
)


@pytest.mark.parametrize("restriction", NEVER)
def test_what_can_never_be_lifted_cannot_be_proposed(world: World, restriction: str) -> None:
    assert restriction not in LIFTABLE
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    attempt = partial(proposed, world, CLIENT, "gpu-a16", by="maria", restriction=restriction)
    refused(world, Invalid, "invalid", attempt)


def test_what_else_stands_against_the_line_still_does(world: World) -> None:
    number = approved(world)
    world.change(Membership, {"client_id": world.client_id(CLIENT)}, blocked_reason="fraud")
    refusal = refused(
        world, Refused, "not_orderable", partial(world.place, "maria", order_by(world, number))
    )
    assert codes(refusal.reasons) == {"client_blocked"}
    assert state(world, number) is State.APPROVED


def test_it_is_for_this_client_this_tariff_and_no_more_of_it(world: World) -> None:
    number = approved(world)
    web = line("web-start", "1 month")
    unusable(world, order_by(world, number, lines=[web]), "exception_not_ordered")
    two = line("gpu-a16", "1 month", 2)
    unusable(world, order_by(world, number, lines=[two]), "exception_too_many")
    unusable(world, order_by(world, number, lines=[GPU, GPU]), "exception_too_many")
    other = order_by(world, number, client="balkan.media")
    refused(world, Invalid, "invalid", partial(world.place, "maria", other))


def test_a_client_uses_none_themselves(world: World) -> None:
    number = approved(world)
    for command in (order_by(world, number), order_by(world)):
        before = world.everything()
        with pytest.raises(Refused):
            world.place(CLIENT, command)
        assert world.everything() == before


def test_only_an_approved_one_in_its_time_is_used(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="maria")
    unusable(world, order_by(world, number), "exception_open")
    turned_down = proposed(world, CLIENT, "gpu-a16", by="maria")
    decide(world, turned_down, approve=False)
    unusable(world, order_by(world, turned_down), "exception_refused")
    decide(world, number)
    world.clock.at += timedelta(days=7)
    unusable(world, order_by(world, number), "exception_expired")
    late = proposed(world, CLIENT, "gpu-a16", by="maria")
    world.clock.at += timedelta(days=7)
    refused(world, Conflict, "already_decided", partial(decide, world, late))


def test_each_step_takes_its_own_function(world: World) -> None:
    attempt = partial(proposed, world, CLIENT, "gpu-a16", by="georgi")
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    refused(world, FunctionNotHeld, "function_not_held", attempt)
    number = proposed(world, CLIENT, "gpu-a16", by="maria")
    refused(world, FunctionNotHeld, "function_not_held", partial(decide, world, number, by="maria"))


def test_nobody_decides_on_their_own_proposal_whatever_they_hold(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="owner")
    for approve in (True, False):
        attempt = partial(decide, world, number, by="owner", approve=approve)
        refused(world, Forbidden, "own_exception", attempt)
    # not after they were given the right, either
    own = proposed(world, CLIENT, "gpu-a16", by="maria")
    switch(world, "maria", APPROVE, on=True)
    refused(world, Forbidden, "own_exception", partial(decide, world, own, by="maria"))


def test_who_is_a_user_of_the_client_has_no_hand_in_it(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="maria")
    own = {"user_id": world.actor("georgi").user_id, "client_id": world.client_id(CLIENT)}
    with world.database.writing() as session:
        session.add(ClientUser(**own))
    refused(world, Forbidden, "own_exception", partial(decide, world, number))


def test_discounts_are_capped_for_either_hand(world: World) -> None:
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    too_much = partial(proposed, world, CLIENT, "gpu-a16", by="maria", percent=Decimal("20.01"))
    refused(world, Forbidden, "over_cap", too_much)
    number = proposed(world, CLIENT, "gpu-a16", by="maria", percent=Decimal(15))
    refused(world, Forbidden, "over_cap", partial(decide, world, number))
    world.change(Department, {"key": "of_georgi"}, discount_cap=None)
    small = proposed(world, CLIENT, "gpu-a16", by="maria", percent=Decimal(1))
    refused(world, Forbidden, "over_cap", partial(decide, world, small))
    # an owner's is whole
    decide(world, number, by="owner")
    assert state(world, number) is State.APPROVED


def lose_the_function(world: World) -> None:
    switch(world, "georgi", APPROVE, on=False)


def be_disabled(world: World) -> None:
    world.change(User, {"login": "georgi"}, disabled_at=world.clock.now())


def work_elsewhere(world: World) -> None:
    with world.database.writing() as session:
        session.scalars(select(Staff).join(User).filter_by(login="georgi")).one().providers = []


def proposer_loses(world: World) -> None:
    switch(world, "maria", PROPOSE, on=False)


@pytest.mark.parametrize("lapse", [lose_the_function, be_disabled, work_elsewhere, proposer_loses])
def test_it_lapses_when_either_could_not_do_it_any_more(
    world: World, lapse: Callable[[World], None]
) -> None:
    number = approved(world)
    lapse(world)
    unusable(world, order_by(world, number), "exception_lapsed", by="owner")


def test_it_lapses_when_a_cap_is_lowered(world: World) -> None:
    number = approved(world, tariff="web-business", percent=Decimal(10))
    world.change(Department, {"key": "of_georgi"}, discount_cap=Decimal(5))
    command = order_by(world, number, lines=[line("web-business", "1 month")])
    unusable(world, command, "exception_lapsed")


def test_a_proposal_is_not_approved_after_its_proposer_lost_the_right(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="maria")
    proposer_loses(world)
    refused(world, Forbidden, "proposer_may_not", partial(decide, world, number))
    decide(world, number, approve=False)


def test_what_is_outside_the_scope_does_not_exist(world: World) -> None:
    number = proposed(world, "romashka", "gpu-a16", by="owner")
    switch(world, "olga", APPROVE, on=True)
    refused(world, NotFound, "not_found", partial(decide, world, number, by="olga"))


def test_an_order_that_comes_to_nothing_uses_none(world: World) -> None:
    number = approved(world)
    command = order_by(world, number, expected_total=Money(1, "EUR"))
    refused(world, Conflict, "price_changed", partial(world.place, "maria", command))
    world.place("maria", order_by(world, number))


def test_of_many_orders_at_once_one_uses_it(world: World) -> None:
    number = approved(world)
    command = order_by(world, number)
    results = at_once([partial(world.place, "maria", command)] * 8)
    placed = [result for result in results if not isinstance(result, DomainError)]
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert (len(placed), len(refusals)) == (1, 7)
    assert {code for r in refusals for code in codes(r.reasons)} == {"exception_used"}
    with world.database.reading() as session:
        used = session.scalars(select(Event).filter_by(kind="order.exception_used")).all()
        assert [event.subject_id for event in used] == [placed[0][0].id]


def test_of_two_who_decide_at_once_one_does(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="maria")
    results = at_once(
        [partial(decide, world, number), partial(decide, world, number, by="owner", approve=False)]
    )
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert [refusal.code for refusal in refusals] == ["already_decided"]


def test_a_limit_is_lifted_for_so_many_and_stock_never(world: World) -> None:
    world.change(Tariff, {"key": "sfp-10g"}, per_client_limit=1, stock=2)
    number = approved(world, tariff="sfp-10g", restriction="limit_reached", quantity=5)
    three = order_by(world, number, lines=[line("sfp-10g", "once", 3)])
    refusal = refused(world, Refused, "not_orderable", partial(world.place, "maria", three))
    assert codes(refusal.reasons) == {"out_of_stock"}
    world.place("maria", order_by(world, number, lines=[line("sfp-10g", "once", 2)]))
    assert world.stock("sfp-10g") == 0


def test_nobody_puts_others_where_larger_discounts_are_given_than_their_own(world: World) -> None:
    switch(world, "georgi", "staff:member:change", on=True)
    georgi = world.actor("georgi")

    def enter(login: str, department: str) -> None:
        details = StaffDetails(login, "A friend", departments=[department], providers=["nordvik"])
        with world.database.writing() as session:
            create_staff(session, details, actor=georgi, clock=world.clock)

    refused(world, Forbidden, "cannot_grant", partial(enter, "friend", "of_maria"))
    enter("colleague", "of_georgi")


def test_the_command_of_the_same_request_with_another_exception_is_another(world: World) -> None:
    number = approved(world)
    (order,) = world.place("maria", order_by(world, number, request_key="k"))
    (again,) = world.place("maria", order_by(world, number, request_key="k"))
    assert again.id == order.id
    other = partial(world.place, "maria", order_by(world, request_key="k"))
    refused(world, Conflict, "idempotency_key_reused", other)


# --- issue 11, R12: one person is not two ---------------------------------------------------------


def chief(world: World) -> Actor:
    """Georgi, who may approve, enters staff, and holds what whoever they enter shall hold."""
    switch(world, "georgi", PanelFunction.STAFF_CHANGE, on=True)
    return world.actor("georgi")


def puppet(world: World, login: str, by: Actor) -> None:
    """A colleague entered by ``by``, in whose department exceptions are proposed and approved."""
    details = StaffDetails(login, login, departments=["of_georgi"], providers=["nordvik"])
    with world.database.writing() as session:
        create_staff(session, details, actor=by, clock=world.clock)
    for function in (PROPOSE, APPROVE):
        switch(world, login, function, on=True)


def test_r12_who_entered_a_colleague_is_no_second_person_to_them(world: World) -> None:
    puppet(world, "puppet", chief(world))
    number = proposed(world, CLIENT, "web-start", by="puppet", percent=Decimal(5))
    refused(world, Forbidden, "not_two_people", partial(decide, world, number))
    # refusing gives nobody anything
    decide(world, number, approve=False)
    switch(world, "georgi", PROPOSE, on=True)
    number = proposed(world, CLIENT, "web-start", by="georgi", percent=Decimal(5))
    refused(world, Forbidden, "not_two_people", partial(decide, world, number, by="puppet"))
    # somebody else is
    switch(world, "maria", APPROVE, on=True)
    decide(world, number, by="maria")


def test_r12_two_colleagues_of_one_hand_are_no_two_people(world: World) -> None:
    by = chief(world)
    puppet(world, "one", by)
    puppet(world, "other", by)
    number = proposed(world, CLIENT, "web-start", by="one", percent=Decimal(5))
    refused(world, Forbidden, "not_two_people", partial(decide, world, number, by="other"))


@pytest.mark.parametrize("act", [user_to_invite, reset_second_factor])
def test_r12_a_link_or_a_factor_reset_is_a_hand_too(
    world: World, act: Callable[..., object]
) -> None:
    """Made after approving, it ends what was approved and not used."""
    number = approved(world, tariff="web-start", percent=Decimal(5))
    maria = world.actor("maria")
    with world.database.writing() as session:
        session.add(
            SecondFactor(
                user_id=maria.user_id or 0,
                sealed_secret="sealed",
                last_step=0,
                begun_at=world.clock.now(),
                confirmed_at=world.clock.now(),
            )
        )
    switch(world, "georgi", PanelFunction.STAFF_CHANGE, on=True)
    for function in sorted(maria.functions):
        switch(world, "georgi", function, on=True)
    world.change(Department, {"key": "of_maria"}, discount_cap=Decimal(10))
    with world.database.writing() as session:
        nordvik = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        session.get_one(Staff, maria.staff_id).providers = [nordvik]
    with world.database.writing() as session:
        act(session, maria.staff_id, actor=world.actor("georgi"), clock=world.clock)
    command = order_by(world, number, lines=[line("web-start", "1 month")])
    unusable(world, command, "exception_lapsed", by="maria")


def test_r12_a_password_by_a_link_from_other_hands_frees_the_account(world: World) -> None:
    puppet(world, "puppet", chief(world))
    signing_in = world.panel.signing_in
    number = proposed(world, CLIENT, "web-start", by="puppet", percent=Decimal(5))
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login="puppet")).one()
        link = OneTimeLinks(signing_in.secret_key).make(session, user, by=None)
    use_link(signing_in, link, "correct horse battery", Browser())
    # what was proposed before stays of one person
    refused(world, Forbidden, "not_two_people", partial(decide, world, number))
    world.clock.at += timedelta(minutes=1)
    later = proposed(world, CLIENT, "web-start", by="puppet", percent=Decimal(5))
    decide(world, later)


def choose_password(world: World, login: str, *, by: str) -> None:
    """They choose one by a link that ``by`` made, whoever that is."""
    signing_in, maker = world.panel.signing_in, world.actor(by).user_id
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login=login)).one()
        link = OneTimeLinks(signing_in.secret_key).make(session, user, by=maker)
    use_link(signing_in, link, "correct horse battery", Browser())


def give_link(world: World, login: str, *, by: str) -> None:
    with world.database.writing() as session:
        staff_id = world.actor(login).staff_id or 0
        user_to_invite(session, staff_id, actor=world.actor(by), clock=world.clock)


def test_r12_nobody_frees_themselves_by_a_link_of_their_own(world: World) -> None:
    puppet(world, "puppet", chief(world))
    switch(world, "puppet", PanelFunction.STAFF_CHANGE, on=True)
    switch(world, "georgi", PROPOSE, on=True)
    own = partial(give_link, world, "puppet", by="puppet")
    refused(world, Forbidden, "own_rights", own)
    # one that was made before this was refused frees from nobody either
    choose_password(world, "puppet", by="puppet")
    world.clock.at += timedelta(days=3)
    number = proposed(world, CLIENT, "web-start", by="georgi", percent=Decimal(5))
    refused(world, Forbidden, "not_two_people", partial(decide, world, number, by="puppet"))


def test_r12_two_puppets_do_not_free_each_other(world: World) -> None:
    by = chief(world)
    switch(world, "georgi", PROPOSE, on=True)
    pair = ("one", "other")
    for login in pair:
        puppet(world, login, by)
        switch(world, login, PanelFunction.STAFF_CHANGE, on=True)
    for maker, login in (pair, pair[::-1], pair):
        give_link(world, login, by=maker)
        choose_password(world, login, by=maker)
        world.clock.at += timedelta(days=3)
    for login in pair:
        number = proposed(world, CLIENT, "web-start", by="georgi", percent=Decimal(5))
        refused(world, Forbidden, "not_two_people", partial(decide, world, number, by=login))


def test_r12_a_link_kept_from_a_puppets_time_frees_nobody(world: World) -> None:
    """Georgi, signed in as one, makes the other a link; then one is freed, and the link used."""
    by = chief(world)
    switch(world, "georgi", PROPOSE, on=True)
    for login in ("one", "other"):
        puppet(world, login, by)
    signing_in, maker = world.panel.signing_in, world.actor("one").user_id
    with world.database.reading() as session:
        user = session.scalars(select(User).filter_by(login="other")).one()
        kept = OneTimeLinks(signing_in.secret_key).make(session, user, by=maker)
    choose_password(world, "one", by="owner")
    world.clock.at += timedelta(hours=1)
    use_link(signing_in, kept, "correct horse battery", Browser())
    world.clock.at += timedelta(minutes=1)
    number = proposed(world, CLIENT, "web-start", by="georgi", percent=Decimal(5))
    refused(world, Forbidden, "not_two_people", partial(decide, world, number, by="other"))
    # who was freed by a link from other hands is a second person
    decide(world, number, by="one")


def test_r1_an_exception_is_decided_once_and_used_once(world: World) -> None:
    number = proposed(world, CLIENT, "gpu-a16", by="maria")

    def deciding(decision: Decision, database: Database) -> object:
        actor = world.actor("georgi")
        with database.writing() as session:
            command = DecideException(number, decision, "so")
            decide_exception(session, command, actor=actor, clock=world.clock)
        return "done"

    def using(database: Database) -> object:
        actor = world.actor("maria")
        with database.writing() as session:
            place_order(session, order_by(world, number), actor=actor, clock=world.clock)
        return "done"

    acts = partial(deciding, Decision.APPROVED), partial(deciding, Decision.REFUSED)
    assert overtaking(world.database, *acts) == ("done", "already_decided")
    assert overtaking(world.database, using, using) == ("done", "exception_unusable")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"restriction": None}, "one_thing"),
        ({"percent": Decimal(5)}, "one_thing"),
        ({"restriction": None, "percent": Decimal(0)}, "percent"),
        ({"quantity": 0}, "quantity"),
        ({"reason": " "}, "required"),
        ({"reason": "x" * 501}, "length"),
        ({"tariff": "no-such-tariff"}, "unknown_tariff"),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused(
    world: World, wrong: Mapping[str, Any], code: str
) -> None:
    proposed(world, CLIENT, "gpu-a16", by="maria")
    command = ProposeException(
        **{
            "client_id": world.client_id(CLIENT),
            "provider": "nordvik",
            "tariff": "gpu-a16",
            "reason": "A promise of ours",
            "restriction": "group_not_allowed",
            **wrong,
        }
    )
    maria, before = world.actor("maria"), world.everything()
    with world.database.writing() as session, pytest.raises(Invalid) as refusal:
        propose_exception(session, command, actor=maria, clock=world.clock)
    assert [error.code for error in refusal.value.errors] == [code]
    assert world.everything() == before
