"""What a list of orders is narrowed to, as its address says it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import Provider
from billing_panel.web.shell.paging import page_start
from plugins.orders.store.find_orders import OrderFilter
from plugins.orders.store.models import OrderStatus
from plugins.orders.store.sum_rules import PaymentStanding
from plugins.orders.store.workflow_store import statuses_of
from plugins.orders.workflow.workflow import Stage

PAGE = 25
# what has ended, well or not (M5); in an address it stands where a stage does
ENDED = "ended"
# what has not; likewise
ACTIVE = "active"
STAGES_OF: Mapping[str, frozenset[str]] = {
    ACTIVE: frozenset({Stage.NEW, Stage.OPEN}),
    ENDED: frozenset({Stage.DONE, Stage.LOST}),
}
# a debt, in whatever stage; in an address it stands where a standing of the payment does
OWED = "owed"


@dataclass(frozen=True)
class Filters:
    """Empty: everything. ``status`` is ``PROVIDER.STATUS``, for each has statuses of its own.

    ``stage``: or ``active``, ``ended``; ``payment``: or ``owed``. ``within``: what the whole list
    is narrowed to, which is a stage of these too.
    """

    query: str = ""
    stage: str = ""
    provider: str = ""
    status: str = ""
    payment: str = ""
    within: str = ""

    @property
    def in_history(self) -> bool:
        return self.stage in {ENDED, Stage.DONE, Stage.LOST}

    @property
    def narrow(self) -> bool:
        own = {**asdict(self), "stage": self.stage if self.stage != self.within else ""}
        return any(value for name, value in own.items() if name != "within")

    def but(self, **changed: str | int) -> Mapping[str, str | int | None]:
        """For an address: the same, but for ``changed``."""
        named = {**asdict(self), **changed}
        stage = named["stage"] if named["stage"] != self.within else None
        named = {**named, "stage": stage, "within": None}
        return {name: value or None for name, value in named.items()}

    def shown(self) -> OrderFilter:
        """One order more than a page, to know whether another follows."""
        provider, _, status = self.status.partition(".")
        return OrderFilter(
            provider=provider or self.provider or None,
            status=status or None,
            stage=Stage(self.stage) if self.stage in {*Stage} else None,
            ended=self.stage == ENDED,
            active=self.stage == ACTIVE,
            payment=PaymentStanding(self.payment) if self.payment not in {"", OWED} else None,
            owed=self.payment == OWED,
            query=self.query or None,
            before=page_start() or None,
            limit=PAGE + 1,
        )


@dataclass(frozen=True)
class StatusesOf:
    """The statuses a list can be narrowed to, in the order their provider gave them (W2)."""

    provider: Provider
    statuses: Sequence[OrderStatus]

    def value(self, status: OrderStatus) -> str:
        return f"{self.provider.key}.{status.key}"


def read_filters(written: Mapping[str, str], within: str = "") -> Filters:
    """What nobody knows narrows nothing, and nothing leads out of ``within``."""
    stage, payment = written.get("stage", ""), written.get("payment", "")
    return Filters(
        query=written.get("query", "").strip(),
        stage=stage if stage in STAGES_OF.get(within, {*Stage, *STAGES_OF}) else within,
        provider=written.get("provider", ""),
        status=written.get("status", ""),
        payment=payment if payment in {*PaymentStanding, OWED} else "",
        within=within,
    )


def offered(
    session: Session, providers: Iterable[Provider], chosen: Filters
) -> Sequence[StatusesOf]:
    """Of the provider chosen, else of all of ``providers``."""
    shown = [one for one in providers if chosen.provider in {"", one.key}]
    found = statuses_of(session, [one.id for one in shown])
    return [StatusesOf(one, found[one.id]) for one in shown if found[one.id]]


def among(filters: Filters, offered: Sequence[StatusesOf]) -> Filters:
    """A status has its stage. One that is not offered is none: the provider was changed since."""
    stages = {group.value(s): s.stage.value for group in offered for s in group.statuses}
    if stages.get(filters.status) not in STAGES_OF.get(filters.within, {*Stage}):
        return replace(filters, status="")
    return replace(filters, stage=stages[filters.status])
