"""Rows of a list of orders as they stand on the page: every cell a word, made once.

The template only puts them in their places, as they are: each is ``Safe``, made fit for a page
here, where the types say that none is forgotten. What is the same in many rows is made once for
all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NewType
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import escape

from billing_panel.accounts.access.person_names import Person
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.text import Titles, say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money_writer import money_writer
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.route_access import may_open
from billing_panel.web.shell.template_formats import points
from plugins.orders.listing.select_order_rows import OrderRow
from plugins.orders.listing.status_counts import ListedStatus
from plugins.orders.settlement.read_order_facts import who_is
from plugins.orders.store.order_extensions import MessageCounts
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.workflow import Workflow

# stands in an address for the number of each row
ID = 999_999_999
WRITTEN_ID = str(ID)
# and these in a sentence for its number, and for another word
NUMBER, WHAT = "{number}", "{what}"
# text that can stand in a page as it is
Safe = NewType("Safe", str)
DASH, NOTHING = Safe("\N{EM DASH}"), Safe("")


# frozen, each would take three times as long to make
@dataclass(slots=True)
class ShownRow:
    """``steps``: statuses that may be chosen in the row, by key, each with its title (M15).

    Addresses are empty for whoever may not open them. ``standing``: how far it is paid, where sums
    are not shown.
    """

    id: int
    version: int
    number: Safe
    href: Safe
    goods: Safe
    said: MessageCounts | None
    said_href: Safe
    client: Safe
    login: Safe
    client_href: Safe
    moment: Safe
    placed: Safe
    provider: Safe
    hue: int
    initial: Safe
    status: Safe
    badge: Safe
    total: Safe
    left: Safe
    paid: Safe
    is_paid: bool
    standing: Safe
    method: Safe
    placed_by: Safe
    deadline: Safe
    details: Safe
    details_href: Safe
    print_href: Safe
    # what a reader is told of its controls
    tick: Safe
    about: Safe
    set_status: Safe
    new_status: Safe
    details_of: Safe
    print_of: Safe
    steps: Sequence[tuple[Safe, Safe]]


@dataclass(frozen=True)
class RowMaker:
    """What rows are made with. ``zone``: of all their times. ``methods``: titles, by id."""

    actor: Actor
    language: str
    zone: str
    prices: bool
    providers: Mapping[int, Provider]
    statuses: Mapping[int, ListedStatus]
    workflows: Mapping[int, Workflow]
    messages: Mapping[int, MessageCounts]
    methods: Mapping[int, Safe] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)

    def made(self, rows: Sequence[OrderRow]) -> list[ShownRow]:
        return [self._made(row) for row in rows]

    def _made(self, row: OrderRow) -> ShownRow:
        status, provider = self.statuses[row.status_id], self.providers[row.provider_id]
        said = self.messages.get(row.id)
        workflow = self.workflows[row.workflow_id]
        said_href = self._said_href(said, row.id)
        own_title = workflow.details_titles if said else None
        href, number = _at(self._order, row.id), Safe(row.number)
        is_paid = row.left == row.left_points == 0
        details = safe(own_title.get(self.language, "")) if own_title else NOTHING
        details = details or self._details
        return ShownRow(
            id=row.id,
            version=row.version,
            number=number,
            href=href,
            goods=safe(row.goods or ""),
            said=said if said and (said.messages or said.unread) else None,
            said_href=said_href,
            client=safe(row.client_name),
            login=safe(row.client_login),
            client_href=_at(self._client, row.client_id),
            moment=Safe(row.placed_at.isoformat()),
            placed=self.moment(row.placed_at),
            provider=self._names[provider.id],
            hue=provider.id % 5 + 1,
            initial=safe(provider.name[:1]),
            status=self._titles[row.status_id],
            badge=Safe(f"badge tone-{status.tone} {_SHAPES[status.shape]}"),
            total=self.total(row) if self.prices else DASH,
            left=self._left(row, is_paid=is_paid) if self.prices else NOTHING,
            paid=self._paid(row, is_paid=is_paid) if self.prices else NOTHING,
            is_paid=is_paid,
            standing=NOTHING if self.prices else self._standing(row),
            method=self.methods.get(row.payment_method_id or 0, DASH),
            placed_by=self.placed_by(row),
            deadline=self.moment(row.due_at) if row.due_at else DASH,
            details=details,
            details_href=said_href if own_title else href,
            print_href=_at(self._bill, row.bill) if row.bill else NOTHING,
            tick=self._label("tick", number),
            about=self._label("about", number),
            set_status=self._label("set_status", number),
            new_status=self._label("new_status", number),
            details_of=Safe(self._label("details_of", number).replace(WHAT, details)),
            print_of=self._label("print_of", number),
            steps=self._steps(row, status),
        )

    # --- what is the same in many rows

    @cached_property
    def _order(self) -> Safe:
        return _address("order.details", "order_id")

    @cached_property
    def _client(self) -> Safe:
        return _address("orders.history", "client_id")

    @cached_property
    def _bill(self) -> Safe:
        return _address("documents.pdf", "document_id")

    @cached_property
    def _details(self) -> Safe:
        return safe(gettext("Details"))

    @cached_property
    def _titles(self) -> Mapping[int, Safe]:
        return {id_: safe(say(one.title, self.language)) for id_, one in self.statuses.items()}

    @cached_property
    def _names(self) -> Mapping[int, Safe]:
        return {id_: safe(one.name) for id_, one in self.providers.items()}

    @cached_property
    def _labels(self) -> Mapping[str, Safe]:
        """With a place for the number of the order."""
        written = {
            "tick": gettext("Select order %(number)s", number=NUMBER),
            "about": gettext("Messages about order %(number)s", number=NUMBER),
            "set_status": gettext("Set the status of order %(number)s", number=NUMBER),
            "new_status": gettext("New status of order %(number)s", number=NUMBER),
            "details_of": gettext("%(what)s on order %(number)s", what=WHAT, number=NUMBER),
            "print_of": gettext("Print invoice of order %(number)s", number=NUMBER),
        }
        return {name: safe(words) for name, words in written.items()}

    def _label(self, name: str, number: Safe) -> Safe:
        return Safe(self._labels[name].replace(NUMBER, number))

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _found_steps(self) -> dict[tuple[int, int], Sequence[tuple[Safe, Safe]]]:
        return {}

    @cached_property
    def _dialogues(self) -> dict[str, Safe]:
        return {}

    def _said_href(self, said: MessageCounts | None, order_id: int) -> Safe:
        if said is None:
            return NOTHING
        if said.endpoint not in self._dialogues:
            self._dialogues[said.endpoint] = _address(said.endpoint, "order_id")
        return _at(self._dialogues[said.endpoint], order_id)

    def _steps(self, row: OrderRow, status: ListedStatus) -> Sequence[tuple[Safe, Safe]]:
        """As the workflow has them for whoever looks; what else an order needs, its plan says."""
        key = row.workflow_id, row.status_id
        if key not in self._found_steps:
            found = by_hand(self.workflows[row.workflow_id], status.key, self.actor)
            self._found_steps[key] = [
                (safe(to), safe(say(title, self.language))) for to, title in found
            ]
        return self._found_steps[key]

    # --- words

    def moment(self, at: datetime) -> Safe:
        """``21.11.2026 14:32`` (P3)."""
        there = at.astimezone(self._zone)
        day = f"{there.day:02}.{there.month:02}.{there.year}"
        return Safe(f"{day} {there.hour:02}:{there.minute:02}")

    def total(self, row: OrderRow) -> Safe:
        """In money, in points, or in both."""
        return safe(self._both(row.total, row.points, row.currency) or self._money(row)(0))

    def placed_by(self, row: OrderRow) -> Safe:
        who = self.people.get(row.placed_by_id or 0)
        return safe(who.name) if who else NOTHING

    def _left(self, row: OrderRow, *, is_paid: bool) -> Safe:
        if row.stage is Stage.LOST and not row.paid and not row.paid_points:
            return DASH
        if is_paid:
            return self._in_full
        both = self._both(row.left, row.left_points, row.currency)
        return safe(gettext("%(sum)s left", sum=both))

    def _paid(self, row: OrderRow, *, is_paid: bool) -> Safe:
        if is_paid:
            return NOTHING
        if row.stage is Stage.LOST and not row.paid and not row.paid_points:
            return NOTHING
        if not row.paid:
            return safe(gettext("nothing paid"))
        return safe(gettext("%(sum)s paid", sum=self._money(row)(row.paid)))

    @cached_property
    def _in_full(self) -> Safe:
        return safe(gettext("Paid in full"))

    def _standing(self, row: OrderRow) -> Safe:
        standing = row.payment_standing.value
        ended = row.stage is Stage.LOST and not row.owed
        return NOTHING if standing == "unpaid" and ended else Safe(standing)

    def _both(self, minor: int, in_points: int, currency: str) -> str:
        said = [money_writer(currency, self.language)(minor)] if minor else []
        return " + ".join([*said, points(in_points)] if in_points else said)

    def _money(self, row: OrderRow) -> Callable[[int], str]:
        return money_writer(row.currency, self.language)


def safe(words: str) -> Safe:
    """``words`` with what a page would take for its own written out."""
    return Safe(str(escape(words)))


_SHAPES = {"ring": "ring", "half": "half", "full": ""}


def by_hand(workflow: Workflow, status: str, actor: Actor) -> Sequence[tuple[str, Titles]]:
    """Statuses that whoever looks may set by hand from ``status``, in the owner's order (W2).

    Without those that ask something: these are asked on the order's own page.
    """
    who = who_is(actor)
    found: dict[str, Titles] = {}
    for trigger, steps in workflow.steps_from(status).items():
        if trigger.action != BY_HAND:
            continue
        for step in steps:
            if step.is_for(who) and step.target.enabled and not step.fields and not step.stays:
                found[step.target.key] = step.target.title
    return list(found.items())


def _address(endpoint: str, name: str) -> Safe:
    """With a place for the id; empty for whoever may not go there."""
    values: dict[str, Any] = {name: ID}
    return safe(url_for(endpoint, **values)) if may_open(endpoint) else NOTHING


def _at(address: Safe, id_: int | None) -> Safe:
    return Safe(address.replace(WRITTEN_ID, str(id_))) if address else NOTHING
