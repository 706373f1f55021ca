"""Asks the register about clients' VAT numbers: new ones soon, known ones each month.

Nothing waits for it: the worker asks, in no transaction, and writes down what it was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.vat_register_answers import (
    SAID,
    RegisterAnswer,
    VatCheck,
    last_answer,
)
from billing_panel.administration.clients.ask_vat_register import Found, VatRegister
from billing_panel.administration.clients.client_change_guards import (
    record_of_client,
)
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.tax.vat_number import (
    MAX_VAT_NUMBER,
    compact_vat_number,
    is_valid_vat_number,
)

# what is away is asked again soon; what was said holds for a month
AGAIN = timedelta(minutes=15)
GOOD_FOR = timedelta(days=30)
# what is no number of its country can become one only where the country changes
LOOK_AGAIN = timedelta(days=1)
AT_ONCE = 50


MALFORMED = Found(RegisterAnswer.MALFORMED)


@dataclass(frozen=True)
class _Due:
    """``is_number``: it is well formed, and the register is asked about it."""

    client_id: int
    number: str
    requester: str
    is_number: bool


def check_vat_numbers(
    database: Database, register: VatRegister, *, actor: Actor, clock: Clock
) -> int:
    """Ask about those that are due, ``AT_ONCE`` at most; how many were asked about.

    What is no number of its country is written down as such, and not looked at each time anew.
    """
    with database.reading() as session:
        due = _due(session, clock.now())
    for one in due:
        found = register.ask(one.number, one.requester) if one.is_number else MALFORMED
        with database.writing() as session:
            note_answer(session, one.client_id, one.number, found, actor=actor, at=clock.now())
    return sum(one.is_number for one in due)


def note_answer(
    session: Session, client_id: int, number: str, found: Found, *, actor: Actor, at: datetime
) -> None:
    """Write down what the register said; a change of what it said is an event.

    Of somebody who was forgotten meanwhile nothing is written.
    """
    client = session.get_one(Client, client_id)
    if client.erased_at is not None:
        return
    before = last_answer(session, client, number)
    session.add(
        VatCheck(
            client_id=client_id,
            number=number,
            answer=found.answer,
            asked_at=at,
            consultation=found.consultation,
            name=found.name,
        )
    )
    if found.answer in SAID and found.answer is not (before and before.answer):
        facts: dict[str, object] = {"answer": found.answer.value}
        record_of_client(session, "client.vat_checked", client, actor, at, facts=facts)


def _due(session: Session, now: datetime) -> Sequence[_Due]:
    """Clients with a number whose last question is too long ago, or which was never looked at."""
    last = aliased(VatCheck)
    latest = select(func.max(VatCheck.id)).where(VatCheck.client_id == Client.id).scalar_subquery()
    rows = session.execute(
        select(Client.id, Client.vat_number, Client.country)
        .outerjoin(last, last.id == latest)
        .where(
            Client.vat_number != "",
            Client.erased_at.is_(None),
            or_(
                last.id.is_(None),
                and_(last.answer == RegisterAnswer.UNAVAILABLE, last.asked_at < now - AGAIN),
                and_(last.answer == RegisterAnswer.MALFORMED, last.asked_at < now - LOOK_AGAIN),
                last.asked_at < now - GOOD_FOR,
                last.number != func.replace(func.upper(Client.vat_number), " ", ""),
            ),
        )
        .order_by(last.id.nulls_first(), Client.id)
        .limit(AT_ONCE)
    ).all()
    requesters = _requesters(session, [row.id for row in rows])
    return [
        _Due(
            row.id,
            compact_vat_number(row.vat_number)[:MAX_VAT_NUMBER],
            requesters.get(row.id, ""),
            is_valid_vat_number(row.vat_number, row.country),
        )
        for row in rows
    ]


def _requesters(session: Session, clients: Sequence[int]) -> dict[int, str]:
    """The VAT number of a provider of each client, who is the one who asks."""
    rows = session.execute(
        select(Membership.client_id, func.min(Provider.vat_number))
        .join(Provider, Provider.id == Membership.provider_id)
        .where(Membership.client_id.in_(clients), Provider.vat_number != "")
        .group_by(Membership.client_id)
    )
    return {row[0]: compact_vat_number(row[1]) for row in rows}
