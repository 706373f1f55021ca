"""What a workflow is told of an order, of who acts, and of what they want. Plain values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from billing_panel.kernel.files.attached_files import AttachedFile
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money

BY_HAND = "set"
DEADLINE = "deadline"


class Source(StrEnum):
    """Where the money of a payment comes from: from outside, or out of what the client has here."""

    OUTSIDE = "outside"
    BALANCE = "balance"
    POINTS = "points"


@dataclass(frozen=True)
class Taking:
    """A payment as its fields say: ``amount`` None: all that is left, points too.

    ``source`` None: by no method that the provider has. ``wrong``: why what was typed is no
    amount; then ``amount`` is zero.
    """

    source: Source | None
    amount: Money | None = None
    wrong: FieldError | None = None


@dataclass(frozen=True)
class Filled:
    """What is written into the fields of a step, by their names.

    ``places``: where they stand in the form of whoever writes; None: each at ``fields.NAME``, else
    what has no place there bears its own name. ``taking``: the payment they describe. ``files``
    come with them.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] | None = None
    taking: Taking | None = None
    files: Sequence[AttachedFile] = ()

    def place_of(self, name: str) -> str:
        """Where the field stands in the form of whoever writes."""
        return f"fields.{name}" if self.places is None else self.places.get(name, name)


@dataclass(frozen=True)
class OrderFacts:
    """An order as its workflow sees it.

    ``total`` and ``points``: what it comes to, of one that is lost what was kept. ``owed``: some of
    the rest is a debt. ``lines``: those that are not given up (P4). ``delivered``: lines that were
    delivered, id → title; ``quantities``: how many of each. ``return_asked``: the client has asked
    to return something, and nobody has answered. ``taken_up``: it has been under way or done
    before. ``lines_on_order``: how many of all are not in stock. ``pays_online``: its payment
    method leads to an outside payment system. ``is_rated``: by its client. ``needs_delivery``: a
    line of it is sent; ``delivery``: what that costs, in minor units. ``fields``: what is given
    with the trigger, by the names of the workflow's requirements, and what the order holds already
    (a delivery service chosen at the checkout). ``to_deliver``: lines that a delivery of all would
    deliver. ``needed`` and ``needed_points``: what a payment of all would pay, in minor units and
    whole points. ``taking``: the payment that the fields describe, None while they are not known.
    ``came_by_gateway`` and ``left_from_here``: of the payment that a payment system speaks of now,
    that it has come in, and that the client left for it since the order came to its status.
    """

    status: str
    total: Money
    paid: Money
    owed: bool = False
    points: int = 0
    paid_points: int = 0
    lines: int = 1
    lines_delivered: int = 0
    to_deliver: int = 0
    needed: int = 0
    needed_points: int = 0
    taking: Taking | None = None
    delivered: Mapping[int, Titles] = field(default_factory=dict)
    quantities: Mapping[int, int] = field(default_factory=dict)
    return_asked: bool = False
    taken_up: bool = False
    lines_on_order: int = 0
    needs_delivery: bool = False
    delivery: int = 0
    pays_online: bool = False
    came_by_gateway: bool = False
    left_from_here: bool = False
    is_rated: bool = False
    placed_by: ActorKind = ActorKind.STAFF
    fields: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] | None = None

    def place_of(self, name: str) -> str:
        """Where a field stands in the form of whoever acts (``Filled.places``)."""
        return Filled(places=self.places).place_of(name)

    @property
    def is_paid(self) -> bool:
        """In each tender; what costs nothing is paid from the beginning."""
        return self.paid.minor >= self.total.minor and self.paid_points >= self.points

    @property
    def is_delivered(self) -> bool:
        """All lines that are not given up are with the client."""
        return self.lines_delivered >= self.lines > 0


@dataclass(frozen=True)
class Trigger:
    """An action by its name. ``set`` names the status to go to; others may, and mean no other."""

    action: str
    to: str | None = None


@dataclass(frozen=True)
class Who:
    """Whoever acts: a person's kind and the functions they hold, or the system itself."""

    kind: ActorKind
    functions: frozenset[str] = frozenset()


SYSTEM = Who(ActorKind.SYSTEM)
