"""The shape of the file of what happens in the demo: orders, what is written, what finance does."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from billing_panel.demo.demo_file import read_toml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineEntry(_Strict):
    """A line of an order: a tariff's key, a period such as ``12 months``, and how many."""

    tariff: str
    period: str
    quantity: int = 1


class StepEntry(_Strict):
    """``action``, or ``to``: a status set by hand. ``by``: a login.

    ``hours_later`` than the step before it, or the placing.
    """

    action: str | None = None
    to: str | None = None
    by: str = "owner"
    fields: dict[str, str] = {}
    hours_later: int = 1


class MessageEntry(_Strict):
    """A message ``by`` a login, to be read by the client or, ``internal``, by staff alone."""

    by: str
    text: str
    internal: bool = False


class TalkEntry(_Strict):
    """What a client and their provider write in general, the first ``hours_ago``."""

    client: str
    hours_ago: int
    messages: list[MessageEntry]


class TemplateEntry(_Strict):
    """A template of answers of a provider; ``text`` by language."""

    provider: str
    title: str
    text: dict[str, str]


class ClaimEntry(_Strict):
    """Who has an order in hand, by a login, and what they left with it for colleagues."""

    by: str
    note: str = ""


class OrderEntry(_Strict):
    """An order, placed ``hours_ago``; its ``steps`` follow. ``by``: a login.

    ``placed_on``: a day instead, for what happened once, such as a change of the law.
    ``claim``: who has it in hand since the last step.
    ``messages`` follow the last step by ten minutes each.
    """

    client: str
    by: str = "owner"
    lines: list[LineEntry]
    method: str
    delivery: str | None = None
    note: str = ""
    hours_ago: int = 0
    placed_on: date | None = None
    steps: list[StepEntry]
    claim: ClaimEntry | None = None
    messages: list[MessageEntry] = []


class TopUpEntry(_Strict):
    """A top-up, asked for ``hours_ago``; ``arrived``: its money came an hour later."""

    client: str
    amount: str
    method: str
    hours_ago: int
    arrived: bool = False


class TogetherEntry(_Strict):
    """One invoice for all orders of a client that have none yet."""

    client: str
    hours_ago: int


class CreditEntry(_Strict):
    """A credit note for a line of the newest invoice of a client; ``amount`` as typed."""

    client: str
    line: int
    amount: str
    reason: str
    hours_ago: int


class PayoutEntry(_Strict):
    """What a payment system (``card``) or a ``courier`` paid out, less its ``fee``."""

    provider: str
    source: str
    amount: str
    fee: str = ""
    reference: str = ""
    hours_ago: int


class ReminderEntry(_Strict):
    """A reminder of the oldest bill of a client that is still to pay."""

    client: str
    hours_ago: int


class ClosingEntry(_Strict):
    """The books of a provider, closed up to the end of a month; 1 is the month before this."""

    provider: str
    months_ago: int


class Orders(_Strict):
    """The file of orders, of top-ups, of what is written, and of what finance does."""

    order: list[OrderEntry]
    top_up: list[TopUpEntry]
    talk: list[TalkEntry]
    answer_template: list[TemplateEntry]
    together: list[TogetherEntry]
    credit_note: list[CreditEntry]
    payout: list[PayoutEntry]
    reminder: list[ReminderEntry]
    closed_month: list[ClosingEntry]


def read_orders() -> Orders:
    """Read the file of orders. Raises ValidationError."""
    return Orders.model_validate(read_toml("orders"))
