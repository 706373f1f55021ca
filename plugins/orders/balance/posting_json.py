"""What the API says of a line of a client's statement."""

from datetime import date

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment, MoneyAnswer, money
from billing_panel.kernel.language.text import say
from billing_panel.ledger.double_entry import EntryKind
from plugins.orders.balance.statement import Line


class PostingOrderAnswer(Answer):
    """The order that a posting was for."""

    id: int
    number: str = Field(examples=["10017"])


class PostingAnswer(Answer):
    """A posting, with the ``balance`` after it, null where the caller may not see it.

    ``entry``: the id of the whole entry. ``value_date``: the day it counts on. ``who`` is null
    where it happened by itself.
    """

    id: int
    entry: int
    at: Moment
    value_date: date
    kind: EntryKind
    title: str
    amount: MoneyAnswer
    balance: MoneyAnswer | None
    reason: str
    who: str | None
    order: PostingOrderAnswer | None


def posting_answer(line: Line, language: str) -> PostingAnswer:
    """``line`` as ``lines_of`` has read it for somebody."""
    entry = line.posting.entry
    return PostingAnswer(
        id=line.posting.id,
        entry=entry.id,
        at=line.at,
        value_date=line.day,
        kind=entry.kind,
        title=say(line.title, language),
        amount=money(line.amount),
        balance=None if line.balance is None else money(line.balance),
        reason=line.reason,
        who=line.who,
        order=None
        if line.order_id is None
        else PostingOrderAnswer(id=line.order_id, number=line.order_number),
    )
