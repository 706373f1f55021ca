"""Orders as commands print them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from billing_panel.command_console import json_words
from billing_panel.kernel.language.text import say
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from plugins.orders.store.models import Order
from plugins.orders.store.plain_reading.told_orders import ToldOrder
from plugins.orders.store.visibility.price_visibility import priced, sum_said

if TYPE_CHECKING:
    from plugins.orders.lifecycle.order_json import OrderAnswer, OrderDetailsAnswer

# for --json alone
ANSWERS: Named[Callable[[Session, Sequence[ToldOrder], str, Actor], Sequence[OrderAnswer]]] = Named(
    "plugins.orders.lifecycle.order_json:order_answers"
)
DETAILS: Named[Callable[[Session, Order, str, Actor], OrderDetailsAnswer]] = Named(
    "plugins.orders.lifecycle.order_json:order_details"
)
QUESTION = Named[Callable[[Session, Order], str | None]](
    "plugins.orders.timeline.question_asked:question_asked"
)


def listed(
    session: Session, rows: Sequence[ToldOrder], language: str, actor: Actor, *, as_json: bool
) -> str:
    """Each in one line."""
    if as_json:
        answers = ANSWERS()(session, rows, language, actor)
        return json_words({"orders": [answer.plain() for answer in answers]})
    return "\n".join(_line_of(row, language) for row in priced([*rows], actor))


def told(
    session: Session,
    rows: Sequence[Order],
    language: str,
    actor: Actor,
    *,
    as_json: bool,
    one: bool = False,
) -> str:
    """What is printed about orders, once they are committed: a pipe may close while we print."""
    if as_json:
        details = [DETAILS()(session, row, language, actor).plain() for row in rows]
        return json_words(details[0] if one else {"orders": details})
    shown = [priced(row, actor) for row in rows]
    lines = [line for row in shown for line in _lines_of(row, language)]
    question = QUESTION()(session, rows[0]) if one else None
    return "\n".join([*lines, *([f"    ? {question}"] if question else [])])


def _lines_of(row: Order, language: str) -> Iterator[str]:
    yield _line_of(row, language)
    for line in row.lines:
        amount = _sum(line.amount, row.currency, language)
        yield f"    {line.quantity} × {say(line.title, language)}  {amount}"
    for document in row.documents:
        yield f"    {document.number}"


def _line_of(row: Order | ToldOrder, language: str) -> str:
    total = _sum(row.total, row.currency, language)
    points = f" + {row.points} points" if row.points else ""
    when = f"{row.placed_at:%Y-%m-%d %H:%M} UTC"
    status = say(row.status.title, language)
    return f"№ {row.number}  {when}  {row.provider.name}  {status}  {total}{points}"


def _sum(minor: int | None, currency: str, language: str) -> str:
    return sum_said(None if minor is None else Money(minor, currency), language)
