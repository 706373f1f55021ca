"""D13: a payment method is switched off for a time; nobody pays by it until that is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.administration.providers.switch_payment_method import (
    LONGEST,
    SwitchMethodOff,
    switch_method_off,
    switch_method_on,
)
from billing_panel.kernel.language.errors import DomainError, FunctionNotHeld, Invalid, NotFound
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from tests.actions.conftest import Opening
from tests.businesses import PROVIDER, Business

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def off(
    desk: Business,
    method: str = "card_at_desk",
    *,
    lasts: timedelta = HOUR,
    by: str = "boss",
    reason: str = "The terminal is offline",
) -> None:
    until = desk.world.clock.at + lasts
    command = SwitchMethodOff(PROVIDER, method, until, reason, "The bank is called")
    desk.act(switch_method_off, command, by)


def code(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    errors = caught.value.errors
    return errors[0].code if errors else caught.value.code


def test_what_is_off_is_not_chosen(desk: Business) -> None:
    off(desk, "cash")
    assert code(lambda: desk.place(method="cash")) == "method_off"
    desk.place(method="card_at_desk")
    desk.wait(hours=1)
    desk.place(method="cash")


def test_what_is_off_is_not_taken_and_the_reason_is_told(desk: Business) -> None:
    order_id = desk.place(method="card_at_desk")
    desk.move(order_id, "accept")
    off(desk)
    for fields in ({"payment_method": "card_at_desk"}, {}):
        refused = desk.refused(order_id, "pay", by="petar", **fields)
        assert refused == {"method_off", "fields.payment_method"}
    with pytest.raises(Invalid) as told:
        desk.move(order_id, "pay", by="petar", payment_method="card_at_desk")
    # staff read what is for them
    assert "The bank is called" in str(told.value.errors[0].message)
    desk.move(order_id, "pay", by="petar", payment_method="cash")
    assert desk.order(order_id).is_paid


def test_it_comes_back_by_itself_or_by_hand(desk: Business) -> None:
    order_id = desk.place(method="card_at_desk")
    desk.move(order_id, "accept")
    off(desk)
    boss = desk.actor("boss")
    with desk.world.database.writing() as session:
        switch_method_on(session, PROVIDER, "card_at_desk", actor=boss, clock=desk.world.clock)
    desk.move(order_id, "pay", by="petar", payment_method="card_at_desk")
    other = desk.place(method="card_at_desk")
    desk.move(other, "accept")
    off(desk)
    desk.wait(hours=1)
    desk.move(other, "pay", by="petar", payment_method="card_at_desk")


def test_nor_does_a_balance_take_by_it(desk: Business) -> None:
    off(desk, "cash")
    command = ChangeBalance(desk.client_id, "5.00", "brought", method="cash", provider=PROVIDER)
    actor, clock = desk.actor("boss"), desk.world.clock

    def credit() -> None:
        with desk.world.database.writing() as session:
            credit_balance(session, command, actor=actor, clock=clock)

    assert code(credit) == "method_not_allowed"
    desk.wait(hours=1)
    credit()


def test_it_says_why_until_when_and_by_whom(desk: Business) -> None:
    for wrong in (
        {"lasts": -HOUR},
        {"lasts": LONGEST + HOUR},
        {"reason": " "},
        {"reason": "x" * 201},
    ):
        before = desk.world.everything()
        with pytest.raises(Invalid):
            off(desk, **wrong)
        assert desk.world.everything() == before
    before = desk.world.everything()
    with pytest.raises(FunctionNotHeld):
        off(desk, by="maria")
    with pytest.raises(NotFound):
        off(desk, "barter")
    assert desk.world.everything() == before


def test_of_one_that_is_on_nothing_is_written(desk: Business) -> None:
    before, boss = desk.world.everything(), desk.actor("boss")
    with desk.world.database.writing() as session:
        switch_method_on(session, PROVIDER, "cash", actor=boss, clock=desk.world.clock)
    assert desk.world.everything() == before
    row = PaymentMethod(key="cash")
    assert not row.is_off(desk.world.clock.at)
