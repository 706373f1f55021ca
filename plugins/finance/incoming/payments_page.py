"""The list of payments, as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import provider_names, providers, zone_of
from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind, Provider
from billing_panel.kernel.language.errors import Invalid
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.finance.functions import FinanceFunction
from plugins.finance.incoming.list_payments import (
    TITLES,
    PaymentFilter,
    PaymentRow,
    PaymentSum,
    Standing,
    listed_payments,
    payment_sums,
)
from plugins.finance.registers.all_registers import REGISTERS
from plugins.orders.balance.statement import Days, read_days

PAGE = 50
MOST_TYPED = 200
TONES = {Standing.RECEIVED: "ok", Standing.WAITING: "warn", Standing.FAILED: "mute"}
FIELDS = ("state", "method", "provider", "query", "first", "last", "twice")

incoming = Blueprint("incoming", "plugins.finance")


@dataclass(frozen=True)
class PaymentsPage:
    """``asked``: the filters as they stand in the address; ``refusal``: why not those days.

    ``sums``: of all that is shown; None: too many to be added up.
    """

    rows: Sequence[PaymentRow]
    asked: Mapping[str, str]
    providers: Sequence[Provider]
    next_page: int | None
    previous_page: int | None
    sums: Sequence[PaymentSum] | None
    refusal: Invalid | None = None

    registers: ClassVar = tuple(REGISTERS.values())
    states: ClassVar = TITLES
    methods: ClassVar = METHOD_TITLES
    tones: ClassVar = TONES

    @property
    def names(self) -> Mapping[str, str]:
        """Of providers, by key."""
        return provider_names(self.providers)


@incoming.get("/payments")
@access(needs(FinanceFunction.PAYMENT_READ, for_staff=True))
def index() -> ResponseReturnValue:
    """Payments of orders, newest first, narrowed by state, method, provider, day and words.

    Needs ``finance:payment:read``. Refuses days that are none.
    """
    asked = {name: request.args.get(name, "").strip()[:MOST_TYPED] for name in FIELDS}
    actor, days, refusal = current_actor(), Days(), None
    try:
        days = read_days(asked["first"], asked["last"])
    except Invalid as wrong:
        refusal = wrong
    with panel().database.reading() as db:
        own = providers(db, actor)
        shown = _shown(asked, days, zone_of(own, asked["provider"]))
        rows = listed_payments(db, actor, shown, PAGE + 1)
        more, upwards = len(rows) > PAGE, shown.after is not None
        rows = rows[-PAGE:] if upwards else rows[:PAGE]
        # where one came from there is something on the other side
        has_older, has_newer = upwards or more, more if upwards else shown.before is not None
        page = PaymentsPage(
            rows=rows,
            asked={name: value for name, value in asked.items() if value},
            providers=own,
            next_page=rows[-1].id if rows and has_older else None,
            previous_page=rows[0].id if rows and has_newer else None,
            sums=payment_sums(db, actor, shown),
            refusal=refusal,
        )
        drawn = render_template("finance/payments.html", page=page)
    return drawn, refusal.status if refusal else 200


def _shown(asked: Mapping[str, str], days: Days, zone: str) -> PaymentFilter:
    """What nobody knows narrows nothing."""
    state, method = asked["state"], asked["method"]
    return PaymentFilter(
        standing=Standing(state) if state in [*Standing] else None,
        method=MethodKind(method) if method in [*MethodKind] else None,
        provider=asked["provider"],
        query=asked["query"],
        since=days.first,
        until=days.last,
        zone=zone,
        before=page_start() or None,
        after=whole_number(request.args.get("newer", "")),
        twice=bool(asked["twice"]),
    )
