"""The sentences for an order's events in its history."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.calendar_dates import as_hours, local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import ENTRY_TITLES, EntryKind
from plugins.orders.exceptions.exception_models import what_is_made
from plugins.orders.store.models import Order
from plugins.orders.store.payment import RefundTo
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.plan_step import STATUS_OFF
from plugins.orders.workflow.requirements import TAKEN_BACK, TO_RETURN, Field
from plugins.orders.workflow.return_request_field import asked_back

Facts = Mapping[str, Any]
# what was asked for, and what was written down there
Written = tuple[Text, Text | Titles | str]
EXCEPTION_USED = "order.exception_used"
LINES_EDITED = "order.lines_edited"
RETAXED, RATE_MISSING = "order.retaxed", "order.rate_missing"
DISPUTE_LOST = "payment.dispute_lost"


@dataclass(frozen=True)
class EventSentences:
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

    def hours_used(self, facts: Facts) -> Text:
        used, left = as_hours(facts["minutes"]), as_hours(facts["left"])
        if facts["minutes"] < 0:
            return text("Hours put back: %(hours)s, left: %(left)s", hours=used, left=left)
        return text("Hours used: %(hours)s, left: %(left)s", hours=used, left=left)

    def price_raised(self, facts: Facts) -> Text:
        currency = self.order.currency
        return text(
            "Price raised: %(before)s → %(now)s",
            before=Money(facts["from"], currency),
            now=Money(facts["to"], currency),
        )

    def retaxed(self, facts: Facts) -> Text:
        currency, day = self.order.currency, date.fromisoformat(facts["day"])
        if facts["from"] == facts["to"]:
            return text(
                "A tax rate has changed: the total stays, the tax in it is %(tax)s from %(day)s on",
                tax=Money(facts["tax_to"], currency),
                day=day,
            )
        return text(
            "A tax rate has changed; total from %(day)s on: %(before)s → %(now)s",
            day=day,
            before=Money(facts["from"], currency),
            now=Money(facts["to"], currency),
        )

    def lines_edited(self, facts: Facts) -> Text:
        currency = self.order.currency
        if facts["from"] == facts["to"]:
            return text("Lines changed; the total stays the same")
        return text(
            "Lines changed; total: %(before)s → %(now)s",
            before=Money(facts["from"], currency),
            now=Money(facts["to"], currency),
        )

    def delivery_agreed(self, facts: Facts) -> Text:
        currency = self.order.currency
        return text(
            "Delivery charge lowered: %(before)s → %(now)s",
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

    def claimed(self, facts: Facts) -> Text:
        if facts.get("from") is None:
            return text("Order taken")
        if facts["from"] == facts["to"]:
            return text("Note for colleagues changed")
        return text("Order taken over")

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


SENTENCES: Mapping[str, Callable[[EventSentences, Facts], Text]] = {
    "order.placed": lambda _reading, _facts: text("Placed"),
    "order.moved": EventSentences.moved,
    "order.lines_delivered": lambda _reading, facts: text(
        "Lines delivered: %(number)s", number=len(facts["lines"])
    ),
    "order.lines_taken_back": lambda _reading, facts: text(
        "Lines taken back: %(number)s", number=len(facts["lines"])
    ),
    "order.rated": lambda _reading, facts: text("Rated: %(stars)s of 5", stars=facts["stars"]),
    "order.rating_changed": lambda _reading, facts: text(
        "Rating changed: %(stars)s of 5", stars=facts["stars"]
    ),
    "order.rating_answered": lambda _reading, _facts: text("Rating answered"),
    "order.rating_hidden": lambda _reading, _facts: text("Rating hidden"),
    "order.hours_used": EventSentences.hours_used,
    "order.line_moved": EventSentences.line_moved,
    "order.delivery_agreed": EventSentences.delivery_agreed,
    "order.price_raised": EventSentences.price_raised,
    LINES_EDITED: EventSentences.lines_edited,
    RETAXED: EventSentences.retaxed,
    RATE_MISSING: lambda _reading, _facts: text(
        "The tax rate of this day isn’t known, so the order keeps the rate it had; add the rate"
    ),
    "payment.received": EventSentences.paid,
    "payment.refunded": EventSentences.refunded,
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
    DISPUTE_LOST: EventSentences.charged_back,
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
    "order.debt_written_off": lambda _reading, facts: text(
        "Debt written off: %(sum)s", sum=_sum(facts)
    ),
    "order.debt_expected_again": lambda _reading, facts: text(
        "Debt no longer written off: %(sum)s", sum=_sum(facts)
    ),
    "order.deadline_changed": EventSentences.deadline_changed,
    "order.deadline_refused": lambda _reading, _facts: text(
        "The deadline was reached, but the order couldn’t move"
    ),
    "order.move_refused": EventSentences.move_refused,
    "order.status_given": EventSentences.status_given,
    "order.claimed": EventSentences.claimed,
    "order.handed_over": lambda _reading, facts: text(
        "Order handed over to %(login)s", login=facts["login"]
    ),
    "order.released": lambda _reading, _facts: text("Order released"),
    EXCEPTION_USED: EventSentences.exception_used,
}


# what was chosen among words of ours stands in the log by its key
CHOSEN: Mapping[str, Mapping[str, Text | Titles]] = {
    "payment_method": {kind.value: title for kind, title in METHOD_TITLES.items()},
    "refund_to": {
        RefundTo.BALANCE.value: text("The client’s balance"),
        RefundTo.METHOD.value: text("Where it came from"),
    },
}


def _sum(facts: Facts) -> Money:
    return Money(facts["amount"], facts["currency"])


def typed_details(
    facts: Facts,
    fields: Mapping[str, Field],
    *,
    order: Order | None = None,
    sums: bool = True,
    reason: bool = True,
    all_fields: bool = True,
) -> Iterator[Written]:
    """What was typed, with the titles of ``fields``, which are all there are.

    ``sums``: whether amounts are among them; ``reason``: whether the reason is.

    ``order``: whose provider's titles stand for keys of its own. ``all_fields``: not only those
    that are for clients.
    """
    chosen = {**CHOSEN, "delivery_service": services_of(order)} if order else CHOSEN
    if reason and facts.get("reason"):
        yield fields["reason"].title, str(facts["reason"])
    yield from _edited(facts.get("edited", ()))
    if facts.get("note"):
        yield text("Note"), str(facts["note"])
    for name, value in facts.get("fields", {}).items():
        field = fields[name]
        if name == TO_RETURN:
            yield from _to_return(str(value), field.title, order)
        elif _is_shown(name, field, sums=sums, reason=reason, all_fields=all_fields):
            yield field.title, chosen.get(name, {}).get(value, str(value))


EDITED: Mapping[str, Text] = {
    "added": text("Added"),
    "removed": text("Removed"),
    "changed": text("Changed"),
}


def _edited(lines: Iterable[Facts]) -> Iterator[Written]:
    """What lines were and became; of one that was changed both."""
    for line in lines:
        title, before, after = Titles(line["titles"]), line["before"], line["after"]
        if before is None or after is None:
            yield EDITED[line["did"]], _line_words(title, before or after)
        else:
            yield (
                EDITED[line["did"]],
                text(
                    "%(before)s → %(after)s",
                    before=_line_words(title, before),
                    after=_line_words(title, after),
                ),
            )


def _line_words(title: Titles, line: Facts) -> Text:
    """``2 × VPS Pro, 12 mo., 16, Debian 13``."""
    said = text("%(quantity)s × %(line)s", quantity=line["quantity"], line=title)
    period = [text("%(number)s mo.", number=line["months"])] if line["months"] else []
    for more in (*period, *line["options"].values()):
        said = text("%(line)s, %(more)s", line=said, more=more)
    return said


def _is_shown(name: str, field: Field, *, sums: bool, reason: bool, all_fields: bool) -> bool:
    if name == TAKEN_BACK:
        return False  # an entry of its own says how many
    if name == "reason":
        return reason
    return (sums or not field.is_sum) and (all_fields or field.for_clients)


def _to_return(written: str, title: Text, order: Order | None) -> Iterator[Written]:
    titles = {line.id: line.title for line in order.lines} if order else {}
    for line, number in asked_back(written).items():
        of_line: Titles | str = titles.get(line, str(line))
        yield title, text("%(number)s × %(title)s", number=number, title=of_line)


def services_of(order: Order) -> Mapping[str, Titles]:
    """What its provider calls its delivery services, by key."""
    return {service.key: service.title for service in order.provider.delivery_services}
