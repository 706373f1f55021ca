"""Sentences that say what would follow a step."""

from collections.abc import Callable, Iterator, Mapping

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import POINTS, Money
from plugins.orders.lifecycle.consequences import (
    BEGUN,
    ENDED,
    RESUMED,
    SUSPENDED,
    Back,
    Consequences,
)


def sentences_of(told: Consequences, *, for_staff: bool, contacts: bool = False) -> Iterator[Text]:
    """In sentences; what is in stock, and who else gets e-mails, is no business of clients.

    ``contacts``: whoever reads may see addresses.
    """
    yield from _of_order(told)
    yield from sentences_beside_status(told, for_staff=for_staff, contacts=contacts)


def sentences_beside_status(
    told: Consequences, *, for_staff: bool, contacts: bool = False
) -> Iterator[Text]:
    """The same without the status it comes to, where that is told already."""
    yield from _of_rates(told)
    yield from _of_money(told)
    yield from _of_bills(told)
    yield from _of_lines(told)
    for what, sentence in _SERVICES.items():
        yield from (sentence(**vars(moved)) for moved in told.services.get(what, ()))
    if for_staff:
        yield from _of_stock(told)
        yield from _of_letters(told, contacts=contacts)


def _of_order(told: Consequences) -> Iterator[Text]:
    if told.stays:
        yield text("The order stays “%(status)s”.", status=told.target)
    else:
        yield text("The order becomes “%(status)s”.", status=told.target)


def _of_rates(told: Consequences) -> Iterator[Text]:
    if told.retaxed is None:
        return
    before, now = told.retaxed
    if before == now:
        yield text("A tax rate has changed since the order was placed: the tax in it changes.")
    else:
        yield text(
            "A tax rate has changed since the order was placed: the total becomes %(now)s instead"
            " of %(before)s.",
            now=now,
            before=before,
        )


def _of_money(told: Consequences) -> Iterator[Text]:
    yield from (text("%(sum)s is recorded as paid.", sum=one) for one in told.received)
    yield from map(_of_return, told.given_back)
    if told.is_lost and not told.given_back:
        yield text("No money is returned.")
    if told.points_lost:
        lost = Money(told.points_lost, POINTS)
        yield text("Points the order earned, now lost: %(points)s.", points=lost)
    for number, sum_ in told.covers:
        yield text("%(sum)s of it pays the debt for order № %(number)s.", sum=sum_, number=number)
    yield from _of_debt(*told.owed)


def _of_return(back: Back) -> Text:
    if back.sum.currency == POINTS:
        return text("Points returned: %(sum)s.", sum=back.sum)
    if back.is_to_balance:
        return text("%(sum)s is returned to the balance.", sum=back.sum)
    return text("%(sum)s is returned to where it came from.", sum=back.sum)


def _of_debt(was: Money, owed: Money) -> Iterator[Text]:
    if owed.minor:
        yield text("%(sum)s of the order is owed and remains a debt.", sum=owed)
    elif was.minor:
        yield text("The debt of %(sum)s is lifted.", sum=was)


def _of_bills(told: Consequences) -> Iterator[Text]:
    for bill in told.annulled:
        yield text("Bill %(number)s is annulled.", number=bill.number)
    for bill in told.issued:
        yield text("A bill for %(sum)s is issued.", sum=bill.sum)


def _of_lines(told: Consequences) -> Iterator[Text]:
    for title in told.delivered:
        yield text("“%(title)s” counts as delivered.", title=title)
    for title in told.taken_back:
        yield text("“%(title)s” is taken back.", title=title)


def _of_stock(told: Consequences) -> Iterator[Text]:
    for moved in told.stock:
        if moved.number > 0:
            yield text("Returns to stock: %(number)s × %(title)s.", **vars(moved))
        else:
            yield text(
                "Takes from stock: %(number)s × %(title)s.", title=moved.title, number=-moved.number
            )


def _of_letters(told: Consequences, *, contacts: bool) -> Iterator[Text]:
    for title, addresses in told.letters:
        if contacts:
            where = ", ".join(addresses)
            yield text("E-mail “%(title)s” goes to: %(addresses)s.", title=title, addresses=where)
        else:
            yield text("E-mails “%(title)s”: %(number)s.", title=title, number=len(addresses))


_SERVICES: Mapping[str, Callable[..., Text]] = {
    ENDED: lambda **one: text("Ends services permanently: %(number)s × %(title)s.", **one),
    SUSPENDED: lambda **one: text("Suspends services: %(number)s × %(title)s.", **one),
    RESUMED: lambda **one: text("Resumes services: %(number)s × %(title)s.", **one),
    BEGUN: lambda **one: text("Starts services: %(number)s × %(title)s.", **one),
}
