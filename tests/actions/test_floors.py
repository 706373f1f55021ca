"""How far a balance goes below zero: the provider's switch and the client's credit limit."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import (
    MembershipDetails,
    membership_details,
)
from billing_panel.administration.providers.change_provider import change_provider
from billing_panel.administration.providers.provider_details import provider_details
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, CLIENT, PROVIDER, Business

LIMIT = 10_000


@pytest.fixture
def desk(business: Opening) -> Business:
    desk = business("desk")
    limit(desk, "100")
    return desk


def limit(desk: Business, amount: str) -> None:
    world = desk.world
    owner = world.actor("owner")
    with world.database.writing() as session:
        client = find_client(session, owner, login=CLIENT)
        (membership,) = client.memberships
        details = replace(membership_details(membership), credit_limit=amount)
        change_membership(session, client.id, PROVIDER, details, actor=owner, clock=world.clock)


def rule(desk: Business, **values: object) -> None:
    world = desk.world
    owner = world.actor("owner")
    with world.database.writing() as session:
        now = provider_details(find_provider(session, owner, PROVIDER))
        details = replace(now, **values)  # type: ignore[arg-type]
        change_provider(session, PROVIDER, details, actor=owner, clock=world.clock)


def debit(desk: Business, amount: str) -> None:
    desk.act(debit_balance, ChangeBalance(desk.client_id, amount, "agreed"), by="boss")


def test_a_balance_stops_at_zero_unless_the_provider_lets_it_go_below(desk: Business) -> None:
    assert desk.refusal(lambda: debit(desk, "500.01")) == {"insufficient_funds"}
    rule(desk, balance_may_go_below=True)
    debit(desk, "600")
    stands = desk.stands()
    assert (stands.balance, stands.floor, stands.can_spend) == (BALANCE - 60_000, -LIMIT, 0)
    assert desk.refusal(lambda: debit(desk, "0.01")) == {"insufficient_funds"}


def test_the_floor_goes_with_the_credit_limit(desk: Business) -> None:
    rule(desk, balance_may_go_below=True)
    limit(desk, "250.50")
    assert desk.stands().floor == -25_050
    limit(desk, "0")
    assert desk.stands().floor == 0


def test_a_limit_is_not_lowered_under_what_is_used_of_it(desk: Business) -> None:
    rule(desk, balance_may_go_below=True)
    debit(desk, "580")
    assert desk.refusal(lambda: limit(desk, "79.99")) == {"below_floor", "credit_limit"}
    limit(desk, "80")
    assert desk.stands().can_spend == 0


def test_balances_below_zero_are_made_good_before_the_switch_goes_off(desk: Business) -> None:
    rule(desk, balance_may_go_below=True)
    debit(desk, "580")
    said = desk.refusal(lambda: rule(desk, balance_may_go_below=False))
    assert said == {"below_floor", "balance_may_go_below"}
    desk.act(credit_balance, ChangeBalance(desk.client_id, "80", "paid"), by="boss")
    rule(desk, balance_may_go_below=False)
    assert desk.refusal(lambda: debit(desk, "0.01")) == {"insufficient_funds"}


def test_where_balances_stay_above_zero_a_limit_moves_no_floor(desk: Business) -> None:
    limit(desk, "900")
    assert desk.stands().floor == 0
    assert desk.refusal(lambda: debit(desk, "500.01")) == {"insufficient_funds"}


def test_an_order_is_paid_from_the_balance_down_to_the_limit(desk: Business) -> None:
    rule(desk, balance_may_go_below=True)
    debit(desk, "541")
    order_id = desk.place()
    desk.move(order_id, "accept")
    said = desk.refused(order_id, "pay", by="petar", payment_method="balance")
    assert said == {"insufficient_funds"}
    desk.move(order_id, "pay", by="petar", payment_method="balance", amount="59")
    assert desk.stands().balance == -LIMIT


def test_money_for_a_point_is_an_amount_and_days_are_days(desk: Business) -> None:
    rule(desk, points_for="2.50", points_last_days=90)
    with desk.world.database.reading() as session:
        shop = session.scalars(select(Provider).filter_by(key=PROVIDER)).one()
        assert (shop.points_for, shop.points_last_days) == (250, 90)
        assert provider_details(shop).points_for == "2.50"
    for wrong, field in (
        ({"points_for": "0"}, "points_for"),
        ({"points_for": "-1"}, "points_for"),
        ({"points_for": "0.001"}, "points_for"),
        ({"points_last_days": 0}, "points_last_days"),
    ):
        assert field in desk.refusal(lambda: rule(desk, **wrong))  # noqa: B023
    rule(desk, points_for="")
    with desk.world.database.reading() as session:
        assert session.scalars(select(Provider.points_for).filter_by(key=PROVIDER)).one() is None


def test_what_nobody_changes_is_not_asked(desk: Business) -> None:
    """A limit stays as it is when only the group changes, however the balance stands."""
    rule(desk, balance_may_go_below=True)
    debit(desk, "600")
    world = desk.world
    with world.database.writing() as session:
        details = MembershipDetails(credit_limit="100", blocked_reason="late")
        actor = world.actor("owner")
        change_membership(
            session, desk.client_id, PROVIDER, details, actor=actor, clock=world.clock
        )
    assert desk.stands().floor == -LIMIT
