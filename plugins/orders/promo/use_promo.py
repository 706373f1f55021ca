"""Promo codes found, used by a checkout, and released when its orders are lost unpaid.

A code's uses are counted under its lock, which comes after the stock (``lock_sequence``): of fifty
who use the last ten at once exactly ten do.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, ClientGroup
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import Period
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.values.actor import Actor
from plugins.orders.promo.promo_guesses import count_wrong, may_guess
from plugins.orders.promo.promo_models import MAX_CODE, PromoCode, PromoUse
from plugins.orders.promo.promo_rules import PromoFacts, PromoWish
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.workflow.statuses.stage import Stage


def folded(code: str) -> str:
    """As a code is looked up: case, accents and spaces make no difference."""
    return fold(code).replace(" ", "")


def find_promo(
    session: Session,
    client: Client,
    provider: Provider,
    code: str | None,
    *,
    actor: Actor,
    at: datetime,
    keep: bool = False,
) -> PromoWish | None:
    """The code as ``client`` may use it; an archived one is unknown. None: none was typed.

    Wrong ones that ``actor`` types are counted (``promo_guesses``).

    ``keep``: it is locked, and the client too: nobody else uses it until commit.
    """
    typed = (code or "").strip()
    looked_up = folded(typed)
    if not looked_up:
        return None
    pair = client.id, provider.id
    if not may_guess(session, pair, typed, actor, at):
        return PromoWish(typed[:MAX_CODE], None, is_guessed=True)
    if len(typed) > MAX_CODE:
        return PromoWish(typed[:MAX_CODE], None)
    meant = select(PromoCode.id).filter_by(provider_id=provider.id, folded=looked_up)
    if keep:
        lock(session, meant.with_for_update())
    in_use = meant.with_only_columns(PromoCode).where(PromoCode.archived.is_(False))
    row = session.scalar(in_use.execution_options(populate_existing=True))
    if row is None:
        count_wrong(session, pair, typed, actor, at)
        return PromoWish(typed, None)
    return PromoWish(typed, _facts(session, row, client.id))


def _facts(session: Session, row: PromoCode, client_id: int) -> PromoFacts:
    groups = select(ClientGroup.key).where(ClientGroup.id.in_(row.groups))
    tariffs = select(Tariff.key).where(Tariff.id.in_(row.tariffs))
    return PromoFacts(
        code=row.code,
        percent=row.percent,
        amount=row.amount,
        since=row.since,
        until=row.until,
        periods=frozenset(map(Period, row.periods)),
        groups=frozenset(session.scalars(groups)) if row.groups else frozenset(),
        tariffs=frozenset(session.scalars(tariffs)) if row.tariffs else frozenset(),
        left=_left(row.max_uses, row.used),
        left_to_client=_left(
            row.max_uses_per_client,
            0 if row.max_uses_per_client is None else _uses_of(session, row.id, client_id),
        ),
    )


def _left(most: int | None, used: int) -> int | None:
    return None if most is None else max(most - used, 0)


def _uses_of(session: Session, promo_id: int, client_id: int) -> int:
    uses = select(func.count()).select_from(PromoUse)
    counted = uses.filter_by(promo_id=promo_id, client_id=client_id, released_at=None)
    return session.scalar(counted) or 0


def use_promo(session: Session, wish: PromoWish | None, orders: Sequence[Order]) -> None:
    """One use for the checkout that made ``orders``; the code is locked (``find_promo``)."""
    if wish is None or wish.facts is None:
        return
    first = orders[0]
    promo = session.scalars(
        select(PromoCode).filter_by(provider_id=first.provider_id, folded=folded(wish.code))
    ).one()
    promo.used += 1
    session.add(PromoUse(order_id=first.id, promo_id=promo.id, client_id=first.client_id))


def standing_promo(session: Session, order: Order) -> PromoFacts | None:
    """The code ``order`` was placed with, as it takes off whatever the order is edited to.

    Its use counts already, so that neither its days nor its uses are asked again. Of a sum, what
    other orders of the checkout carry is taken. None: there is none.
    """
    first = order.group_id or order.id
    use = session.get(PromoUse, first) if order.promo_code else None
    if use is None:
        return None
    row = session.get_one(PromoCode, use.promo_id)
    others = (
        select(func.sum(OrderLine.promo_discount))
        .join(Order)
        .where(Order.id != order.id, or_(Order.id == first, Order.group_id == first))
    )
    facts = _facts(session, row, order.client_id)
    left = facts.amount - (session.scalar(others) or 0)
    return replace(facts, amount=0 if facts.percent else max(left, 0))


def settle_promo(session: Session, order: Order, stage: Stage, at: datetime) -> None:
    """Release the use of the checkout when all its orders are lost unpaid; else it counts.

    Called before ``order``, which is locked, comes to a status of ``stage`` with all that follows
    (documents and the ledger are locked after the code). One that goes on after all is counted
    again, whatever is left of the code.
    """
    if not order.promo_code:
        return
    first = order.group_id or order.id
    is_lost = stage is Stage.LOST and _nothing_of(order) and _others_are_lost(session, first, order)
    use = session.get(PromoUse, first)
    if use is None or is_lost is (use.released_at is not None):
        return
    lock(session, select(PromoCode.id).filter_by(id=use.promo_id).with_for_update())
    promo = session.get_one(PromoCode, use.promo_id)
    if is_lost is (use.released_at is not None):
        return
    use.released_at = at if is_lost else None
    promo.used += -1 if is_lost else 1


def _nothing_of(order: Order) -> bool:
    """Nothing is paid of it, and the client has nothing of it."""
    return not order.paid and all(line.delivered_at is None for line in order.lines)


def _others_are_lost(session: Session, first: int, order: Order) -> bool:
    """The other orders of the checkout have ended so; their stage is looked at alone."""
    together = or_(Order.id == first, Order.group_id == first)
    goes_on = or_(Order.stage != Stage.LOST, Order.paid > 0, Order.kept > 0)
    others = select(Order.id).where(together, Order.id != order.id, goes_on).limit(1)
    return session.scalar(others) is None
