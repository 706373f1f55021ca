"""The history of one order: what happened, when, by whom, why. A reader of the log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.clients import Client
from billing_panel.accounts.providers import METHOD_TITLES, MethodKind
from billing_panel.accounts.staff import Staff
from billing_panel.accounts.users import ClientUser, User
from billing_panel.kernel.actor import ActorKind
from billing_panel.kernel.events import Event
from billing_panel.kernel.money import Money
from billing_panel.kernel.text import Text, Titles, text
from plugins.orders.models import Order
from plugins.orders.order_exception import what_is_made
from plugins.orders.words import vocabulary
from plugins.orders.workflow_store import status_rows, workflow_of

Facts = Mapping[str, Any]
EXCEPTION_USED = "order.exception_used"


@dataclass(frozen=True)
class Entry:
    """``status``: the key of the status the order came to, where it moved. ``who`` empty: nobody.

    ``details``: (what, value) as they were written down, the reason among them. ``version``: of the
    order, where this changed it.
    """

    id: int
    at: datetime
    kind: str
    by: ActorKind
    who: str
    said: Text
    status: str | None = None
    details: tuple[tuple[Text, str], ...] = ()
    version: int | None = None


def timeline(session: Session, order: Order) -> Sequence[Entry]:
    """Oldest first."""
    events = session.scalars(
        select(Event).filter_by(subject_kind="order", subject_id=order.id).order_by(Event.id)
    ).all()
    names = names_of(session, {user_id for event in events for user_id in _people(event)})
    titles = {row.key: row.title for row in status_rows(session, order.provider_id).values()}
    reading = _Reading(order, titles)
    return [
        Entry(
            id=event.id,
            at=event.at,
            kind=event.kind,
            by=event.actor_kind,
            who=names.get(event.user_id or 0, ""),
            said=said,
            status=event.facts.get("to") if event.kind == "order.moved" else None,
            details=tuple(
                _hands(event.facts, names)
                if event.kind == EXCEPTION_USED
                else _details(event.facts)
            ),
            version=event.facts.get("version"),
        )
        for event in events
        if (said := reading.of(event)) is not None
    ]


def for_client(entries: Iterable[Entry]) -> list[Entry]:
    """What a client sees of it: no notices, and not who of the staff made an exception, and why."""
    return [
        replace(entry, details=()) if entry.kind == EXCEPTION_USED else entry
        for entry in entries
        if entry.kind != "notice.due"
    ]


@dataclass(frozen=True)
class _Reading:
    order: Order
    titles: Mapping[str, Titles]

    def of(self, event: Event) -> Text | None:
        """The sentence of an event, or None where it is nobody's business here."""
        said = SENTENCES.get(event.kind)
        return said(self, event.facts) if said else None

    def moved(self, facts: Facts) -> Text:
        action = workflow_of(self.order).actions.get(facts["action"], facts["action"])
        if facts["from"] == facts["to"]:
            return text("%(action)s", action=action)
        return text(
            "%(action)s: “%(source)s” → “%(target)s”",
            action=action,
            source=self._title(facts["from"]),
            target=self._title(facts["to"]),
        )

    def line_moved(self, facts: Facts) -> Text:
        of_lines = {status.key: status.title for status in workflow_of(self.order).line_statuses}
        return text("A line is now “%(status)s”", status=of_lines.get(facts["to"], facts["to"]))

    def price_raised(self, facts: Facts) -> Text:
        currency = self.order.currency
        return text(
            "Price raised: %(before)s → %(now)s",
            before=Money(facts["from"], currency),
            now=Money(facts["to"], currency),
        )

    def paid(self, facts: Facts) -> Text:
        method = METHOD_TITLES[MethodKind(facts["method"])]
        return text("Paid: %(sum)s, %(method)s", sum=_sum(facts), method=method)

    def refunded(self, facts: Facts) -> Text:
        return text("Given back: %(sum)s", sum=_sum(facts))

    def deadline_changed(self, facts: Facts) -> Text:
        if facts["to"] is None:
            return text("Deadline cancelled")
        return text("Deadline moved to %(day)s", day=datetime.fromisoformat(facts["to"]).date())

    def status_given(self, facts: Facts) -> Text:
        return text("Given the status “%(status)s”", status=self._title(facts["to"]))

    def notice(self, facts: Facts) -> Text:
        if facts["to"] == "client":
            return text("The client is to be told")
        return text("The shop is to be told")

    def exception_used(self, facts: Facts) -> Text:
        percent = None if facts["percent"] is None else Decimal(facts["percent"])
        return text(
            "By exception: %(what)s",
            what=what_is_made(facts["restriction"], percent, Titles(facts["tariff"])),
        )

    def _title(self, key: str) -> Titles | str:
        return self.titles.get(key, key)


SENTENCES: Mapping[str, Callable[[_Reading, Facts], Text]] = {
    "order.placed": lambda _reading, _facts: text("Placed"),
    "order.moved": _Reading.moved,
    "order.lines_delivered": lambda _reading, facts: text(
        "Lines delivered: %(number)s", number=len(facts["lines"])
    ),
    "order.line_moved": _Reading.line_moved,
    "order.price_raised": _Reading.price_raised,
    "payment.received": _Reading.paid,
    "payment.refunded": _Reading.refunded,
    "order.deadline_changed": _Reading.deadline_changed,
    "order.deadline_refused": lambda _reading, _facts: text(
        "The deadline came, and the order could not move"
    ),
    "order.move_refused": lambda _reading, _facts: text(
        "It would have moved by itself, and could not"
    ),
    "order.status_given": _Reading.status_given,
    "notice.due": _Reading.notice,
    EXCEPTION_USED: _Reading.exception_used,
}


def _sum(facts: Facts) -> Money:
    return Money(facts["amount"], facts["currency"])


def _details(facts: Facts) -> Iterator[tuple[Text, str]]:
    fields = vocabulary().fields
    if reason := facts.get("reason"):
        yield fields["reason"].title, str(reason)
    for name, value in facts.get("fields", {}).items():
        yield fields[name].title, str(value)


def _people(event: Event) -> Iterator[int]:
    """Whoever stands in an entry by his id."""
    found = (event.user_id, event.facts.get("proposed_by"), event.facts.get("approved_by"))
    yield from (user_id for user_id in found if user_id)


def _hands(facts: Facts, names: Mapping[int, str]) -> Iterator[tuple[Text, str]]:
    """Both who made an exception, and why."""
    proposer, approver = (names.get(facts[hand], "") for hand in ("proposed_by", "approved_by"))
    yield text("Proposed by %(name)s", name=proposer), str(facts["reason"])
    yield text("Approved by %(name)s", name=approver), str(facts["decision_reason"])


def names_of(session: Session, users: Iterable[int]) -> dict[int, str]:
    """What each user is called, by his id; nobody who is called nothing."""
    ids = list(users)
    staff = session.execute(select(Staff.user_id, Staff.name).where(Staff.user_id.in_(ids)))
    clients = session.execute(
        select(ClientUser.user_id, Client.name, Client.login, User.login.label("own"))
        .join(Client, Client.id == ClientUser.client_id)
        .join(User, User.id == ClientUser.user_id)
        .where(ClientUser.user_id.in_(ids))
    )
    # of several users of a client, which one it was
    own = {c.user_id: c.name if c.own == c.login else f"{c.name} ({c.own})" for c in clients}
    return {row.user_id: row.name for row in staff} | own
