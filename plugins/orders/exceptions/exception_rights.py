"""Who may propose or approve an exception, checked at each step and again when it is used."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.discount_caps import discount_cap
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.really_two_people import Hands, read_hands
from billing_panel.kernel.language.errors import Forbidden, FunctionNotHeld
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.guard import allows
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of


def refuse_hand(
    session: Session, exception: OrderException, actor: Actor, function: OrdersFunction
) -> None:
    """Raise Forbidden when ``actor`` may not propose or approve it, as things are now."""
    for refusal in _against(session, exception, actor, function):
        raise refusal


def still_stands(session: Session, exception: OrderException) -> bool:
    """Two made it, and each of them might do now what they did then."""
    hands = (
        (exception.proposed_by_id, OrdersFunction.EXCEPTION_PROPOSE),
        (exception.decided_by_id, OrdersFunction.EXCEPTION_APPROVE),
    )
    return not is_one_person(read_hands(session), exception, exception.decided_by_id) and all(
        may_still(session, exception, user_id, function) for user_id, function in hands
    )


def is_one_person(hands: Hands, exception: OrderException, user_id: int | None) -> bool:
    """Whether whoever decides may be whoever proposed, behind another login since then."""
    proposer, since = exception.proposed_by_id, exception.proposed_at
    return user_id is None or hands.may_be_one(proposer, user_id, since=since)


def may_still(
    session: Session, exception: OrderException, user_id: int | None, function: OrdersFunction
) -> bool:
    """Whether the user behind ``user_id`` might have a hand in it now."""
    user = session.get(User, user_id or 0, populate_existing=True)
    actor = actor_of(session, user, vocabulary_of(session).functions) if user else None
    return actor is not None and not any(_against(session, exception, actor, function))


def _against(
    session: Session, exception: OrderException, actor: Actor, function: OrdersFunction
) -> Iterator[Forbidden]:
    person = session.scalar(select(Staff).filter_by(user_id=actor.user_id))
    if actor.kind is not ActorKind.STAFF or person is None:
        yield Forbidden(text("Only staff can make exceptions."), code="not_a_person")
        return
    if not allows(actor, function):
        yield FunctionNotHeld(function)
    if actor.provider_ids is not None and exception.provider_id not in actor.provider_ids:
        yield Forbidden(text("You don’t work for this provider."), code="out_of_scope")
    own = session.get(ClientUser, person.user_id)
    if own is not None and own.client_id == exception.client_id:
        yield Forbidden(text("You can’t make an exception for yourself."), code="own_exception")
    if exception.percent is not None:
        cap = discount_cap(session, person)
        if cap is None or exception.percent > cap:
            yield Forbidden(_cap_said(cap), code="over_cap")


def _cap_said(cap: Decimal | None) -> Text:
    if cap is None:
        return text("Your departments may not give discounts.")
    return text("Your departments may give a discount of at most %(cap)s %%.", cap=f"{cap:f}")
