"""What an order has taken from stock. Its tariffs' rows are locked first (``lock_sequence``)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from sqlalchemy import BigInteger, bindparam, case, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.eligibility_facts import HELD_KINDS, TariffKind
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.rows_written_at_commit import leave, write_late
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from plugins.orders.settlement import order_services
from plugins.orders.store.models import Order, OrderLine

_TARIFF = Base.metadata.tables[Tariff.__tablename__]
COME_BACK = (
    update(_TARIFF)
    .where(_TARIFF.c.id == bindparam("tariff"), _TARIFF.c.stock.is_not(None))
    .values(stock=_TARIFF.c.stock + bindparam("more"))
)


@cache
def _taking(number: int) -> ReturningUpdate[int]:
    """Of so many tariffs, made once for each number of them."""
    tariffs = [bindparam(f"tariff_{n}", type_=BigInteger()) for n in range(number)]
    numbers = [bindparam(f"number_{n}", type_=BigInteger()) for n in range(number)]
    wanted = [(_TARIFF.c.id == one, more) for one, more in zip(tariffs, numbers, strict=True)]
    quantity = case(*wanted)
    return (
        update(_TARIFF)
        .where(_TARIFF.c.id.in_(tariffs), _TARIFF.c.stock >= quantity)
        .values(stock=_TARIFF.c.stock - quantity)
        .returning(_TARIFF.c.id)
    )


def hold(session: Session, order: Order) -> None:
    """Take what is counted, once. Raises Refused ``out_of_stock``.

    Where all it still has out is with the client, the rest had come back and is taken again.
    """
    with_client = _gone(order)
    if order.held and Counter(_counts(order.held)) != with_client:
        return
    waiting = [line for line in order.lines if not (order.held and line.delivered_at)]
    wanted = _summed(counted_demand(session, waiting).values())
    if not wanted:
        return
    # what came back before is there again
    write_late(session)
    values = {f"tariff_{n}": tariff for n, tariff in enumerate(wanted)}
    values |= {f"number_{n}": number for n, number in enumerate(wanted.values())}
    taken = session.connection().scalars(_taking(len(wanted)), values)
    if set(taken) != wanted.keys():
        raise Refused(text("Someone else has just taken the last ones."), code="out_of_stock")
    order.held = _written(_summed([with_client, wanted]))
    leave_with(session, order, [line for line in waiting if line.delivered_at])


def leave_with(session: Session, order: Order, lines: Sequence[OrderLine]) -> None:
    """``lines`` were delivered: what the order has out of stock for them is with the client."""
    if not lines or not order.held:
        return
    there = Counter(_counts(order.held)) - _gone(order)
    demand = counted_demand(session, lines)
    for line in lines:
        own = demand[line.position] & there
        there -= own
        line.gone = _written(own) or None


def bring_back(session: Session, order: Order) -> None:
    """What the order took comes back, where it is still counted.

    What was delivered stays out until it is taken back; of a service until it has ended.
    """
    if not order.held:
        return
    _let_go(session, order)
    stays = _gone(order)
    back = Counter(_counts(order.held)) - stays
    if not back:
        return
    leave(session, COME_BACK, ({"tariff": one, "more": more} for one, more in back.items()))
    order.held = _written(stays)


def _let_go(session: Session, order: Order) -> None:
    """Services that have ended are with the client no more."""
    gone = _gone(order)
    if not gone:
        return
    kinds = select(Tariff.id).where(Tariff.id.in_(gone), Tariff.kind.in_(HELD_KINDS))
    of_services = set(session.scalars(kinds))
    if not of_services:
        return
    running = order_services.running(session, order)
    for line in order.lines:
        counts = {
            tariff: min(number, running.get((line.id, tariff), 0))
            if tariff in of_services
            else number
            for tariff, number in _counts(line.gone or {}).items()
        }
        line.gone = _written(+Counter(counts)) or None


def _gone(order: Order) -> Counter[int]:
    """What the client has of the order, out of stock: tariff id → how many."""
    return _summed(_counts(line.gone) for line in order.lines if line.gone)


def _counts(written: Mapping[str, int]) -> Mapping[int, int]:
    return {int(tariff_id): number for tariff_id, number in written.items()}


def _written(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(tariff_id): number for tariff_id, number in counts.items() if number}


def _summed(counts: Iterable[Mapping[int, int]]) -> Counter[int]:
    summed: Counter[int] = Counter()
    for one in counts:
        summed.update(one)
    return summed


def counted_demand(session: Session, lines: Sequence[OrderLine]) -> Mapping[int, Counter[int]]:
    """Of each line by position: tariff whose stock is counted → how many, parts of bundles too."""
    wanted = {line.position: Counter[int]() for line in lines}
    for line in lines:
        if line.tariff.stock is not None:
            wanted[line.position][line.tariff.id] += line.quantity
    bundles = {line.tariff.id for line in lines if line.tariff.kind is TariffKind.BUNDLE}
    if bundles:
        parts = (
            select(BundlePart.bundle_id, BundlePart.tariff_id)
            .join(Tariff, Tariff.id == BundlePart.tariff_id)
            .where(BundlePart.bundle_id.in_(bundles), Tariff.stock.is_not(None))
        )
        for bundle_id, tariff_id in session.execute(parts):
            for line in lines:
                if line.tariff.id == bundle_id:
                    wanted[line.position][tariff_id] += line.quantity
    return wanted
