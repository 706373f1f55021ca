"""Rows of a list of orders as they stand on the page: each drawn once for all it is made of.

What was drawn is kept by the row as it was read and by everything else it shows: whatever changes
of an order, its client, its status or its reader makes another key. So of a list that is looked at
again only the rows that changed are drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from billing_panel.accounts.access.person_names import Person
from billing_panel.kernel.language.text import Titles, say
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money_writer import money_writer
from billing_panel.web.shell.drawn_once import drawing
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.route_access import may_open
from billing_panel.web.shell.template_formats import points
from plugins.orders.listing.select_order_rows import OrderRow
from plugins.orders.listing.status_counts import ListedProvider, ListedStatus
from plugins.orders.settlement.read_order_facts import who_is
from plugins.orders.store.order_extensions import MessageCounts
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.workflow import Workflow

DASH = "\N{EM DASH}"
# what a reader may open from a row, by the names templates have for them
LINKS = {"order": "order.details", "client": "orders.history", "bill": "documents.pdf"}


@dataclass(frozen=True)
class Style:
    """What all rows of a list have in common.

    ``zone``: of all times. ``set_at``: where the form is sent that sets statuses from rows, of
    which each can be ticked then; empty: nothing is done from there. ``opens``: the names in
    ``LINKS`` of what the reader may open.
    """

    language: str
    zone: str
    prices: bool
    columns: frozenset[str]
    opens: frozenset[str]
    set_at: str


@dataclass(frozen=True)
class Kind:
    """What orders of one status of one workflow have in common, in the reader's language.

    ``tone``: the classes of its badge. ``steps``: statuses that may be chosen in the row, by key,
    each with its title (M15).
    ``details``: what the workflow calls the page that its messages are on; None: nothing else.
    """

    provider_id: int
    provider: str
    status: str
    tone: str
    steps: tuple[tuple[str, str], ...]
    details: str | None


@dataclass(frozen=True)
class Cells:
    """The words of a row, of which the template escapes each.

    ``row``: in minor units. ``payment_word``: how far it is paid, where sums are not shown.
    """

    style: Style
    kind: Kind
    row: OrderRow
    said: MessageCounts | None
    method: str
    placed_by: str

    @property
    def is_paid(self) -> bool:
        return self.row.left == self.row.left_points == 0

    @property
    def own_details(self) -> bool:
        """Its details are where its messages are."""
        return self.said is not None and self.kind.details is not None

    @property
    def details(self) -> str:
        return (self.own_details and self.kind.details) or gettext("Details")

    @property
    def placed(self) -> str:
        return self._moment(self.row.placed_at)

    @property
    def deadline(self) -> str:
        return self._moment(self.row.due_at) if self.row.due_at else DASH

    @property
    def total(self) -> str:
        """In money, in points, or in both."""
        return self._both(self.row.total, self.row.points) or self._money(0)

    @property
    def left(self) -> str:
        if self._is_lost_unpaid:
            return DASH
        if self.is_paid:
            return gettext("Paid in full")
        both = self._both(self.row.left, self.row.left_points)
        return gettext("%(sum)s left", sum=both)

    @property
    def paid(self) -> str:
        if self.is_paid or self._is_lost_unpaid:
            return ""
        if not self.row.paid:
            return gettext("nothing paid")
        return gettext("%(sum)s paid", sum=self._money(self.row.paid))

    @property
    def payment_word(self) -> str:
        standing = self.row.payment_standing.value
        ended = self.row.stage is Stage.LOST and not self.row.owed
        return "" if standing == "unpaid" and ended else standing

    @property
    def _is_lost_unpaid(self) -> bool:
        row = self.row
        return row.stage is Stage.LOST and not row.paid and not row.paid_points

    def _moment(self, at: datetime) -> str:
        """``21.11.2026 14:32`` (P3)."""
        there = at.astimezone(ZoneInfo(self.style.zone))
        day = f"{there.day:02}.{there.month:02}.{there.year}"
        return f"{day} {there.hour:02}:{there.minute:02}"

    def _both(self, minor: int, in_points: int) -> str:
        said = [self._money(minor)] if minor else []
        return " + ".join([*said, points(in_points)] if in_points else said)

    def _money(self, minor: int) -> str:
        return money_writer(self.row.currency, self.style.language)(minor)


@dataclass(frozen=True)
class RowDrawer:
    """What rows are drawn with. ``methods``: titles, by id."""

    actor: Actor
    style: Style
    providers: Mapping[int, ListedProvider]
    statuses: Mapping[int, ListedStatus]
    workflows: Mapping[int, Workflow]
    messages: Mapping[int, MessageCounts]
    methods: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)

    def drawn(self, rows: Sequence[OrderRow]) -> list[Markup]:
        return [*map(drawing("orders/row.html"), map(self._cells, rows))]

    def _cells(self, row: OrderRow) -> Cells:
        who = self.people.get(row.placed_by_id or 0)
        return Cells(
            style=self.style,
            kind=self._kind(row),
            row=row,
            said=self.messages.get(row.id),
            method=self.methods.get(row.payment_method_id or 0, DASH),
            placed_by=who.name if who else "",
        )

    def _kind(self, row: OrderRow) -> Kind:
        key = row.provider_id, row.workflow_id, row.status_id
        if key not in self._kinds:
            self._kinds[key] = self._kind_of(*key)
        return self._kinds[key]

    @kept_property
    def _kinds(self) -> dict[tuple[int, int, int], Kind]:
        return {}

    def _kind_of(self, provider_id: int, workflow_id: int, status_id: int) -> Kind:
        workflow, status = self.workflows[workflow_id], self.statuses[status_id]
        language, own = self.style.language, workflow.details_titles
        steps = by_hand(workflow, status.key, self.actor)
        return Kind(
            provider_id=provider_id,
            provider=self.providers[provider_id].name,
            status=say(status.title, language),
            tone=f"tone-{status.tone} {_SHAPES[status.shape]}",
            steps=tuple((key, say(title, language)) for key, title in steps),
            details=own.get(language, "") if own else None,
        )


def may_be_opened() -> frozenset[str]:
    """The names in ``LINKS`` of what whoever is signed in may open."""
    return frozenset(name for name, endpoint in LINKS.items() if may_open(endpoint))


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
