"""The books of one client as somebody would keep them on paper, beside the panel's own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Paid:
    """A payment: by ``method``, and how much of it still pays the order."""

    method: str
    left: int


@dataclass
class Sheet:
    """An order: minor units, whole points. ``gives_up``: it is lost, and needs what is owed.

    ``lines``: (money, points) of each; ``with_client``: places of those delivered, of which what
    becomes dearer is owed. ``kept``: what is asked for since it was called off. ``fresh``: what it
    has put on the balance since debts were last covered from there.
    """

    total: int
    points: int
    lines: list[tuple[int, int]]
    owed: int = 0
    written_off: int = 0
    earned: int = 0
    gives_up: bool = False
    with_client: set[int] = field(default_factory=set)
    kept: tuple[int, int] = (0, 0)
    fresh: int = 0
    payments: list[Paid] = field(default_factory=list)

    @property
    def paid(self) -> int:
        return sum(one.left for one in self.payments if one.method != "points")

    @property
    def paid_points(self) -> int:
        return sum(one.left for one in self.payments if one.method == "points")

    @property
    def asked(self) -> tuple[int, int]:
        return self.kept if any(self.kept) else (self.total, self.points)

    @property
    def left(self) -> int:
        return self.asked[0] - self.paid

    def keep(self) -> None:
        """Nothing more is asked for than what the client has."""
        own = [self.lines[place] for place in self.with_client]
        self.kept = (sum(money for money, _ in own), sum(points for _, points in own))
        self.owed = min(self.owed + self.written_off, max(self.kept[0] - self.paid, 0))
        self.written_off = 0


@dataclass
class Books:
    """``received``: by method, what came in and has not gone back."""

    balance: int
    points: int
    sheets: dict[int, Sheet] = field(default_factory=dict)
    received: Counter[str] = field(default_factory=Counter)
    points_for: int | None = None
    covers: bool = False

    @property
    def debt(self) -> int:
        return sum(sheet.owed for sheet in self.sheets.values())

    def move(self, method: str, amount: int) -> None:
        """``amount`` comes from ``method``; below zero it goes there."""
        if method == "balance":
            self.balance -= amount
        elif method == "points":
            self.points -= amount
        else:
            self.received[method] += amount

    def pay(self, order_id: int, method: str, amount: int) -> None:
        sheet = self.sheets[order_id]
        self.move(method, amount)
        if method == "points":
            sheet.payments.append(Paid(method, amount))
        else:
            needed = sheet.owed + sheet.written_off if sheet.gives_up else sheet.left
            used = min(amount, needed)
            self.balance += amount - used
            sheet.fresh += amount - used
            of_debt = min(used, sheet.owed)
            sheet.owed -= of_debt
            sheet.written_off -= min(used - of_debt, sheet.written_off)
            sheet.payments.append(Paid(method, used))
        if self.points_for and (sheet.left, sheet.paid_points) == (0, sheet.asked[1]):
            more = max(sheet.paid // self.points_for - sheet.earned, 0)
            sheet.earned += more
            self.points += more

    def give_back(self, order_id: int, amount: int | None, to: str) -> None:
        """The newest first, points last; all where no ``amount`` is said."""
        sheet = self.sheets[order_id]
        newest = [*reversed(sheet.payments)]
        newest.sort(key=lambda one: one.method == "points")
        for payment in newest:
            if payment.method == "points" and amount is not None:
                continue
            part = payment.left if amount is None else min(payment.left, amount)
            if part:
                self._return(sheet, payment, part, to)
                amount = None if amount is None else amount - part

    def _return(self, sheet: Sheet, payment: Paid, part: int, to: str) -> None:
        if payment.method == "points":
            payment.left -= part
            self.points += part
            return
        before = sheet.paid
        payment.left -= part
        target = payment.method if to == "method" else "balance"
        self.move(target, -part)
        sheet.fresh += part if target == "balance" else 0
        kept = (2 * sheet.earned * sheet.paid + before) // (2 * before)
        lost = min(sheet.earned - kept, self.points)
        sheet.earned -= lost
        self.points -= lost

    def happen(self, order_id: int, effects: Iterable[str], *, back: bool = False) -> None:
        """What steps of a workflow do to money by themselves; ``back``: all lines come back."""
        sheet = self.sheets[order_id]
        for effect in effects:
            if effect in {"open_debt", "deliver_lines"}:
                sheet.owed = max(sheet.left - sheet.written_off, 0)
                if effect == "deliver_lines":
                    sheet.with_client = {*range(len(sheet.lines))}
            elif effect == "take_back_lines" and back:
                sheet.with_client.clear()
            elif effect == "void_documents":
                sheet.keep()
            elif effect == "return_payments":
                sheet.keep()
                self._return_too_much(sheet)

    def deliver(self, order_id: int, place: int) -> None:
        sheet = self.sheets[order_id]
        sheet.owed = max(sheet.left - sheet.written_off, 0)
        sheet.with_client.add(place)

    def _return_too_much(self, sheet: Sheet) -> None:
        """Beyond what is kept; the newest first, points last."""
        newest = [*reversed(sheet.payments)]
        newest.sort(key=lambda one: one.method == "points")
        for payment in newest:
            over = (
                sheet.paid_points - sheet.kept[1]
                if payment.method == "points"
                else sheet.paid - sheet.kept[0]
            )
            if (part := min(payment.left, over)) > 0:
                self._return(sheet, payment, part, "balance")

    def settle(self, order_id: int) -> None:
        """What the order has put on the balance covers the debts for others."""
        sheet = self.sheets[order_id]
        came, sheet.fresh = sheet.fresh > 0, 0
        if came:
            self.cover(but=order_id)

    def cover(self, but: int | None = None) -> None:
        """What there is pays the oldest debts first, where the provider says so."""
        for order_id, sheet in sorted(self.sheets.items() if self.covers else ()):
            if order_id != but and (amount := min(sheet.owed, self.balance)) > 0:
                self.pay(order_id, "balance", amount)
