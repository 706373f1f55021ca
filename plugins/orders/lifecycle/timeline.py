"""The history of one order: what happened, when, by whom, why. A reader of the log."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.facts import sees
from billing_panel.accounts.access.queries import Person, people
from billing_panel.accounts.firms.providers import METHOD_TITLES, MethodKind
from billing_panel.kernel.language.guarded import Fact
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.events import Event
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.entries import ENTRY_TITLES, EntryKind
from plugins.orders.exceptions.order_exception import what_is_made
from plugins.orders.store.models import Order
from plugins.orders.store.payment import RefundTo
from plugins.orders.store.price_visibility import sees_prices, without_sums
from plugins.orders.store.words import vocabulary
from plugins.orders.store.workflow_store import status_rows, workflow_of
from plugins.orders.workflow.plan import STATUS_OFF
from plugins.orders.workflow.requirements import TAKEN_BACK

Facts = Mapping[str, Any]
# what was asked for, and what was written down there
Written = tuple[Text, Text | Titles | str]
EXCEPTION_USED = "order.exception_used"
DISPUTE_LOST = "payment.dispute_lost"
# the reason of these steps is what the client is asked to do
ASKING_CLIENTS = frozenset({"ask"})
# what a page shows at once
PART = 50

# what a client is not told about their order
FOR_STAFF = frozenset(
    {
        "payment.disputed",
        "payment.dispute_waits",
        "payment.dispute_won",
        "payment.message_refused",
        "refund.delayed",
    }
)


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
    details: tuple[Written, ...] = ()
    version: int | None = None


@dataclass(frozen=True)
class Part:
    """Some of what happened, oldest first. ``next``: the event where the next part goes on."""

    entries: Sequence[Entry]
    next: int | None


def newest(
    session: Session, order: Order, actor: Actor, *, before: int | None = None, most: int = PART
) -> Part:
    """What the actor sees of the last ``most`` events before the event ``before``."""
    query = _of(order).order_by(Event.id.desc())
    if before is not None:
        query = query.where(Event.id < before)
    events = session.scalars(query.limit(most + 1)).all()
    shown = events[:most][::-1]
    return Part(_seen(session, order, actor, shown), shown[0].id if len(events) > most else None)


def oldest(
    session: Session, order: Order, actor: Actor, *, after: int | None = None, most: int = PART
) -> Part:
    """The same of the first ``most`` events after the event ``after``."""
    query = _of(order).order_by(Event.id)
    if after is not None:
        query = query.where(Event.id > after)
    events = session.scalars(query.limit(most + 1)).all()
    shown = events[:most]
    return Part(_seen(session, order, actor, shown), shown[-1].id if len(events) > most else None)


def question_of(session: Session, order: Order) -> str | None:
    """What the client is asked, while the order waits for the answer; None: nothing is.

    It is the reason of the step that brought the order to its status.
    """
    asking = any(
        step.target.key == order.status.key and not step.stays and step.action in ASKING_CLIENTS
        for step in workflow_of(order).steps
    )
    if not asking:
        return None
    came = _of(order).filter_by(kind="order.moved", at=order.status_since)
    entry = session.scalar(came.order_by(Event.id.desc()).limit(1))
    if entry is None or entry.facts["action"] not in ASKING_CLIENTS:
        return None
    return str(entry.told.get("fields", {}).get("reason", "")) or None


def _of(order: Order) -> Select[Event]:
    return select(Event).filter_by(subject_kind="order", subject_id=order.id)


def _seen(session: Session, order: Order, actor: Actor, events: Sequence[Event]) -> Sequence[Entry]:
    entries = _entries(session, order, actor, events)
    return entries if actor.client_id is None else for_client(entries, order.provider.name)


def _entries(session: Session, order: Order, actor: Actor, events: Sequence[Event]) -> list[Entry]:
    hands = (user_id for event in events for user_id in _hands_of(event))
    names = people(session, hands, actor)
    titles = {row.key: row.title for row in status_rows(session, order.provider_id).values()}
    reading = Reading(order, titles, disputes=sees(actor, Fact.DISPUTE))
    sums, all_words = sees_prices(actor), sees(actor, Fact.STAFF)
    return [
        Entry(
            id=event.id,
            at=event.at,
            kind=reading.kind_of(event),
            by=event.actor_kind,
            who=who.name if (who := names.get(event.user_id or 0)) else "",
            said=without_sums(said, actor),
            status=_came_to(event),
            details=tuple(
                _hands(event.told, names)
                if event.kind == EXCEPTION_USED
                else typed_details(
                    event.told,
                    order=order,
                    sums=sums,
                    reason=all_words or _is_reason_told(event),
                    all_fields=all_words or event.actor_kind is ActorKind.CLIENT,
                )
            ),
            version=event.facts.get("version"),
        )
        for event in events
        if (said := reading.of(event)) is not None
    ]


def for_client(entries: Iterable[Entry], provider: str) -> list[Entry]:
    """What a client sees of it: staff are the provider, and nothing says why an exception is.

    Of what staff wrote ``_entries`` has left out what was not for them.
    """
    return [
        replace(
            entry,
            who=provider if entry.by is ActorKind.STAFF else entry.who,
            details=() if entry.kind == EXCEPTION_USED else entry.details,
        )
        for entry in entries
        if entry.kind not in FOR_STAFF
    ]


@dataclass(frozen=True)
class Reading:
    """The words for the events of ``order``; ``titles`` of the provider's statuses, by key.

    ``disputes``: the reader knows of them. To others a lost one is money that went back.
    """

    order: Order
    titles: Mapping[str, Titles]
    disputes: bool = True

    def kind_of(self, event: Event) -> str:
        is_lost = event.kind == DISPUTE_LOST and not self.disputes
        return "payment.refunded" if is_lost else event.kind

    def of(self, event: Event) -> Text | None:
        """The sentence of an event, or None where it is nobody's business here."""
        said = SENTENCES.get(event.kind)
        return said(self, event.facts) if said else None

    def moved(self, facts: Facts) -> Text:
        action = workflow_of(self.order).actions.get(facts["action"], facts["action"])
        if facts["action"] == "dispute_lost" and not self.disputes:
            action = ENTRY_TITLES[EntryKind.CHARGED_BACK]
        if facts["from"] == facts["to"]:
            return text("%(action)s", action=action)
        return text(
            "%(action)s: “%(source)s” → “%(target)s”",
            action=action,
            source=self._title(facts["from"]),
            target=self._title(facts["to"]),
        )

    def move_refused(self, facts: Facts) -> Text:
        """What is switched off is told as such (W1)."""
        if STATUS_OFF not in facts["reasons"]:
            return text("It was due to move automatically but couldn’t")
        return text(
            "%(action)s: the status it leads to is switched off, so the order stays where it is",
            action=workflow_of(self.order).actions.get(facts["action"], facts["action"]),
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

    def charged_back(self, facts: Facts) -> Text:
        currency = self.order.currency
        if not self.disputes:
            return self.refunded(facts)
        if facts["of_balance"] or facts["loss"]:
            return text(
                "%(sum)s was taken back after a dispute: %(of_balance)s of it from"
                " the balance; %(loss)s is not covered",
                sum=_sum(facts),
                of_balance=Money(facts["of_balance"], currency),
                loss=Money(facts["loss"], currency),
            )
        return text("%(sum)s was taken back after a dispute", sum=_sum(facts))

    def refunded(self, facts: Facts) -> Text:
        return text("Refunded: %(sum)s", sum=_sum(facts))

    def deadline_changed(self, facts: Facts) -> Text:
        if facts["to"] is None:
            return text("Deadline cancelled")
        day = local_date(datetime.fromisoformat(facts["to"]), self.order.provider.timezone)
        return text("Deadline moved to %(day)s", day=day)

    def status_given(self, facts: Facts) -> Text:
        return text("Status “%(status)s” set", status=self._title(facts["to"]))

    def exception_used(self, facts: Facts) -> Text:
        percent = None if facts["percent"] is None else Decimal(facts["percent"])
        return text(
            "By exception: %(what)s",
            what=what_is_made(facts["restriction"], percent, Titles(facts["tariff"])),
        )

    def _title(self, key: str) -> Titles | str:
        return self.titles.get(key, key)


SENTENCES: Mapping[str, Callable[[Reading, Facts], Text]] = {
    "order.placed": lambda _reading, _facts: text("Placed"),
    "order.moved": Reading.moved,
    "order.lines_delivered": lambda _reading, facts: text(
        "Lines delivered: %(number)s", number=len(facts["lines"])
    ),
    "order.lines_taken_back": lambda _reading, facts: text(
        "Lines taken back: %(number)s", number=len(facts["lines"])
    ),
    "order.line_moved": Reading.line_moved,
    "order.price_raised": Reading.price_raised,
    "payment.received": Reading.paid,
    "payment.refunded": Reading.refunded,
    "payment.begun": lambda _reading, facts: text(
        "Payment started at the payment system: %(sum)s", sum=_sum(facts)
    ),
    "payment.failed": lambda _reading, _facts: text("The payment system says: payment failed"),
    "payment.in_review": lambda _reading, _facts: text(
        "The payment system says: payment under review"
    ),
    "payment.turned_down": lambda _reading, _facts: text(
        "The payment system has not accepted the payment"
    ),
    "payment.message_refused": lambda _reading, facts: text(
        "A message from the payment system doesn’t match the payment and changed nothing: %(sum)s",
        sum=_sum(facts),
    ),
    "payment.given_up": lambda _reading, facts: text(
        "Payment no longer expected: %(sum)s", sum=_sum(facts)
    ),
    "payment.disputed": lambda _reading, facts: text(
        "The payer disputes the payment at their bank; answer at the payment system: %(sum)s",
        sum=_sum(facts),
    ),
    "payment.dispute_won": lambda _reading, facts: text(
        "The dispute is won; the payment stays: %(sum)s", sum=_sum(facts)
    ),
    DISPUTE_LOST: Reading.charged_back,
    "payment.dispute_waits": lambda _reading, facts: text(
        "The dispute is lost, but less than %(sum)s of the payment is left"
        " at the payment system; nothing was taken back.",
        sum=_sum(facts),
    ),
    "refund.failed": lambda _reading, facts: text(
        "The payment system couldn’t make the refund, and the money is back here: %(sum)s",
        sum=_sum(facts),
    ),
    "refund.sent": lambda _reading, facts: text(
        "The payment system is making the refund: %(sum)s", sum=_sum(facts)
    ),
    "refund.delayed": lambda _reading, facts: text(
        "The payment system has not accepted the refund yet; it will be asked again: %(sum)s",
        sum=_sum(facts),
    ),
    "order.deadline_changed": Reading.deadline_changed,
    "order.deadline_refused": lambda _reading, _facts: text(
        "The deadline was reached, but the order couldn’t move"
    ),
    "order.move_refused": Reading.move_refused,
    "order.status_given": Reading.status_given,
    EXCEPTION_USED: Reading.exception_used,
}


# what was chosen among words of ours stands in the log by its key
CHOSEN: Mapping[str, Mapping[str, Text | Titles]] = {
    "payment_method": {kind.value: title for kind, title in METHOD_TITLES.items()},
    "refund_to": {
        RefundTo.BALANCE.value: text("The client’s balance"),
        RefundTo.METHOD.value: text("Where it came from"),
    },
}


def _came_to(event: Event) -> str | None:
    """A step that leaves the order where it is leads nowhere."""
    moved = event.kind == "order.moved" and event.facts["from"] != event.facts["to"]
    return event.facts["to"] if moved else None


def _sum(facts: Facts) -> Money:
    return Money(facts["amount"], facts["currency"])


def _is_reason_told(event: Event) -> bool:
    """Whether the client reads the reason: their own, or what they are asked."""
    asks_client = event.facts.get("action") in ASKING_CLIENTS
    return event.actor_kind is ActorKind.CLIENT or asks_client


def typed_details(
    facts: Facts,
    *,
    order: Order | None = None,
    sums: bool = True,
    reason: bool = True,
    all_fields: bool = True,
) -> Iterator[Written]:
    """``sums``: whether amounts are among them; ``reason``: whether the reason is.

    ``order``: whose provider's titles stand for keys of its own. ``all_fields``: not only those
    that are for clients.
    """
    chosen = {**CHOSEN, "delivery_service": services_of(order)} if order else CHOSEN
    fields = vocabulary().fields
    if reason and facts.get("reason"):
        yield fields["reason"].title, str(facts["reason"])
    for name, value in facts.get("fields", {}).items():
        if name == TAKEN_BACK:
            continue  # an entry of its own says how many
        if name == "reason":
            if reason:
                yield fields[name].title, str(value)
        elif (sums or not fields[name].is_sum) and (all_fields or fields[name].for_clients):
            yield fields[name].title, chosen.get(name, {}).get(value, str(value))


def services_of(order: Order) -> Mapping[str, Titles]:
    """What its provider calls its delivery services, by key."""
    return {service.key: service.title for service in order.provider.delivery_services}


def _hands_of(event: Event) -> tuple[int | None, ...]:
    """Whoever stands in an entry by their id."""
    return event.user_id, event.facts.get("proposed_by"), event.facts.get("approved_by")


def _hands(told: Facts, names: Mapping[int, Person]) -> Iterator[tuple[Text, str]]:
    """Both who made an exception, and why."""
    hands = (names.get(told[hand]) for hand in ("proposed_by", "approved_by"))
    proposer, approver = (person.name if person else "" for person in hands)
    yield text("Proposed by %(name)s", name=proposer), str(told.get("reason", ""))
    yield text("Approved by %(name)s", name=approver), str(told.get("decision_reason", ""))
