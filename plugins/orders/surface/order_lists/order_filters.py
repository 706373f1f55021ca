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
# a debt, in whatever stage; in an address it stands where a standing of the payment does
OWED = "owed"


@dataclass(frozen=True)
class Filters:
    """Empty: everything. ``status`` is ``PROVIDER.STATUS``, for each has statuses of its own.

    ``stage``: or ``ended``; ``payment``: or ``owed``.
    """

    query: str = ""
    stage: str = ""
    provider: str = ""
    status: str = ""
    payment: str = ""

    @property
    def in_history(self) -> bool:
        return self.stage in {ENDED, Stage.DONE, Stage.LOST}

    @property
    def narrow(self) -> bool:
        return any(asdict(self).values())

    def but(self, **changed: str | int) -> Mapping[str, str | int | None]:
        """For an address: the same, but for ``changed``."""
        return {name: value or None for name, value in (asdict(self) | changed).items()}

    def shown(self) -> OrderFilter:
        """One order more than a page, to know whether another follows."""
        provider, _, status = self.status.partition(".")
        return OrderFilter(
            provider=provider or self.provider or None,
            status=status or None,
            stage=Stage(self.stage) if self.stage not in {"", ENDED} else None,
            ended=self.stage == ENDED,
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


def read_filters(written: Mapping[str, str]) -> Filters:
    """What nobody knows narrows nothing."""
    stage, payment = written.get("stage", ""), written.get("payment", "")
    return Filters(
        query=written.get("query", "").strip(),
        stage=stage if stage in {*Stage, ENDED} else "",
        provider=written.get("provider", ""),
        status=written.get("status", ""),
        payment=payment if payment in {*PaymentStanding, OWED} else "",
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
    if filters.status not in stages:
        return replace(filters, status="")
    return replace(filters, stage=stages[filters.status])
