"""What stands around a list of orders and is the same until something of it changes.

Pieces that are drawn once: what it is narrowed with, what is done with ticked orders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.text import say
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import language
from billing_panel.web.shell.route_access import may_open
from plugins.orders.listing.status_counts import ListedStatus, said_count
from plugins.orders.surface.order_lists.order_list import OrderList, StatusesOf
from plugins.orders.surface.order_lists.url_filters import ENDED, Filters
from plugins.orders.workflow.statuses.stage import Stage

# the value of a choice, and what it is called
Choice = tuple[str, str]


@dataclass(frozen=True)
class Tab:
    """``number``: how many orders are there, as it is written; empty: it is not told."""

    href: str
    label: str
    number: str
    here: bool


@dataclass(frozen=True)
class Group:
    """The statuses of a provider to choose from."""

    provider: str
    statuses: tuple[Choice, ...]


@dataclass(frozen=True)
class Narrowing:
    """With what a list is narrowed. ``clear``, ``more``: addresses.

    ``hint``: what can be searched for. ``of_all``: the list has orders of several clients.
    """

    filters: Filters
    label: str
    hint: str
    clear: str
    more: str
    providers: tuple[Choice, ...]
    groups: tuple[Group, ...]
    departments: tuple[Choice, ...]
    staff: bool
    of_all: bool


@dataclass(frozen=True)
class Acts:
    """What is done with ticked orders; ``bundles`` and ``together``: bills as one file or one."""

    groups: tuple[Group, ...]
    bundles: bool
    together: bool


def narrowing(
    listed: OrderList, label: str, hint: str, *, staff: bool, of_all: bool = False
) -> Narrowing:
    """``label``: what the search is called."""
    return Narrowing(
        filters=listed.filters,
        label=label,
        hint=hint,
        clear=listed.address(),
        more=listed.address(more=1, **listed.filters.but()),
        providers=tuple((one.key, one.name) for one in listed.providers),
        groups=tuple(map(_counted, listed.statuses)),
        departments=tuple((key, say(title, language())) for key, title in listed.departments),
        staff=staff,
        of_all=of_all,
    )


def acts(listed: OrderList) -> Acts:
    """For whoever is signed in."""
    return Acts(
        groups=tuple(map(_settable, listed.statuses)),
        bundles=may_open("document_bundles.page"),
        together=may_open("invoice_together.issue"),
    )


def stage_tabs(
    listed: OrderList, counts: Mapping[Stage, int], said: Callable[[int], str]
) -> tuple[Tab, ...]:
    """How far orders are; the history is all that has ended, well or not (M5).

    ``said``: how a number of orders is written.
    """
    number = {stage.value: counts.get(stage, 0) for stage in Stage}
    offered = (
        ("", gettext("All"), 0),
        ("active", gettext("Active"), number["new"] + number["open"]),
        ("new", gettext("New"), number["new"]),
        ("open", gettext("In progress"), number["open"]),
        (ENDED, gettext("History"), number["done"] + number["lost"]),
    )
    filters = listed.filters
    return tuple(
        Tab(
            href=listed.address(**filters.but(stage=stage, status="")),
            label=label,
            number=said(many) if many else "",
            here=filters.in_history if stage == ENDED else filters.stage == stage,
        )
        for stage, label, many in offered
    )


def _counted(of: StatusesOf) -> Group:
    return Group(of.provider.name, tuple((of.value(one), _told(one)) for one in of.statuses))


def _told(status: ListedStatus) -> str:
    title = say(status.title, language())
    return f"{title} ({said_count(status.count, language())})" if status.count else title


def _settable(of: StatusesOf) -> Group:
    enabled = (one for one in of.statuses if one.enabled)
    return Group(
        of.provider.name, tuple((f"set.{one.key}", say(one.title, language())) for one in enabled)
    )
