"""What a list of orders is narrowed to, as its address says it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from plugins.orders.listing.status_counts import ListedStatus
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.workflow.statuses.stage import Stage

PAGE = 50
# what has ended, well or not (M5); in an address it stands where a stage does
ENDED = "ended"
# what has not; likewise
ACTIVE = "active"
STAGES_OF: Mapping[str, tuple[Stage, ...]] = {
    ACTIVE: (Stage.NEW, Stage.OPEN),
    ENDED: (Stage.DONE, Stage.LOST),
}
# a debt, in whatever stage; in an address it stands where a standing of the payment does
OWED = "owed"
# its bill is late, in whatever stage; likewise
OVERDUE = "overdue"
PAYMENTS = (*PaymentStanding, OWED, OVERDUE)
# when an order was placed: within so many days, or before that
AGES: Mapping[str, int] = {"day": 1, "week": 7, "month": 30}
OVER = "over_"
# within so many days; any: whenever
DEADLINES: Mapping[str, int | None] = {"any": None, "day": 1, "week": 7}
PLACED_BY = ("client", "staff", "system")
# where a page begins, and what is the form's alone
OF_PAGES = frozenset({"from", "to"})
# of staff alone
OF_STAFF = frozenset({"client", "placed_by", "person", "department"})


@dataclass(frozen=True)
class Filters:
    """Empty: everything. ``status`` is ``PROVIDER.STATUS``, for each has statuses of its own.

    ``stage``: or ``active``, ``ended``; ``payment``: or ``owed``, ``overdue``. ``client`` and
    ``person``: logins; ``person``: who placed it. ``age``, ``deadline``: as ``AGES`` and
    ``DEADLINES``. ``unread``: ``yes``. ``within``: what the whole list is narrowed to, a stage
    of these too.
    """

    query: str = ""
    stage: str = ""
    provider: str = ""
    status: str = ""
    payment: str = ""
    client: str = ""
    tariff: str = ""
    age: str = ""
    placed_by: str = ""
    person: str = ""
    department: str = ""
    deadline: str = ""
    unread: str = ""
    within: str = ""

    @property
    def in_history(self) -> bool:
        return self.stage in {ENDED, Stage.DONE, Stage.LOST}

    @property
    def narrow(self) -> bool:
        return bool(self.named())

    @property
    def further(self) -> bool:
        """Something is asked that stands among the further filters."""
        shown = {"query", "stage", "provider", "status", "payment"}
        return not shown.issuperset(self.named())

    def named(self) -> Mapping[str, str]:
        """What is asked, by name; what holds for the whole list is not asked."""
        own = {**vars(self), "stage": self.stage if self.stage != self.within else ""}
        return {name: value for name, value in own.items() if value and name != "within"}

    def but(self, **changed: str | int) -> Mapping[str, str | int | None]:
        """For an address: the same, but for ``changed``."""
        named = {**vars(self), **changed}
        stage = named["stage"] if named["stage"] != self.within else None
        named = {**named, "stage": stage, "within": None}
        return {name: value or None for name, value in named.items()}

    @property
    def stages(self) -> tuple[Stage, ...]:
        if self.stage in STAGES_OF:
            return STAGES_OF[self.stage]
        return (Stage(self.stage),) if self.stage else ()

    def times(self, now: datetime) -> Mapping[str, Any]:
        """``since``, ``until`` and ``due_before``, of those that are asked."""
        found = {}
        if days := AGES.get(self.age.removeprefix(OVER)):
            name = "until" if self.age.startswith(OVER) else "since"
            found[name] = now - timedelta(days=days)
        if days := DEADLINES.get(self.deadline):
            found["due_before"] = now + timedelta(days=days)
        return found


FILTERS = tuple(one.name for one in fields(Filters) if one.name != "within")


def read_filters(written: Mapping[str, str], within: str = "") -> Filters:
    """As the address has them; nothing leads out of ``within``."""
    asked = {name: written.get(name, "").strip() for name in FILTERS}
    stage = asked.pop("stage")
    allowed = STAGES_OF.get(within)
    outside = allowed is not None and stage not in {within, *allowed}
    return Filters(**asked, stage=within if outside or not stage else stage, within=within)


def wrong_filters(
    written: Mapping[str, str], filters: Filters, *, staff: bool
) -> Iterator[tuple[str, Sequence[str]]]:
    """What nobody knows, by its name, each with what might be meant there."""
    known = [name for name in FILTERS if staff or name not in OF_STAFF]
    for name in sorted({*written} - {*known, *OF_PAGES}):
        yield name, known
    choices: Mapping[str, Sequence[str]] = {
        "stage": ("new", "open", "done", "lost", ACTIVE, ENDED),
        "payment": PAYMENTS,
        "age": [*AGES, *(f"{OVER}{age}" for age in AGES)],
        "deadline": [*DEADLINES],
        "placed_by": PLACED_BY,
        "unread": ["yes"],
    }
    asked = filters.named()
    for name, allowed in choices.items():
        if name in asked and asked[name] not in allowed:
            yield name, allowed


def among(filters: Filters, offered: Sequence[tuple[str, ListedStatus]]) -> Filters:
    """A status has its stage. One of another provider is none: the provider was changed since.

    ``offered``: each status that is known, with its provider's key.
    """
    stages = {value_of(key, s): s.stage.value for key, s in offered}
    provider = filters.status.partition(".")[0]
    within = STAGES_OF.get(filters.within, tuple(Stage))
    if filters.provider not in {"", provider} or stages.get(filters.status) not in within:
        return replace(filters, status="")
    return replace(filters, stage=stages[filters.status])


def value_of(provider: str, status: ListedStatus) -> str:
    """How an address names the status."""
    return f"{provider}.{status.key}"
