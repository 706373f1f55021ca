"""How a document says sentences and writes figures: in its language and its currency."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.money import POINTS, Money, figures, fine_figures, show
from invoices.document import Document, Marking
from invoices.printing.payment_qr_code import is_payable

NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Labelled:
    """A value and what it is called."""

    label: str
    value: str


class Writer:
    """Says sentences and writes figures in the language and the currency of one document.

    ``asks``: for money; what is marked, or has nothing to be paid, looks like no bill.
    """

    def __init__(self, document: Document, marking: Marking | None = None) -> None:
        self.language = document.language
        self.currency = document.currency
        self.asks = is_payable(document) and marking is None

    def say(self, words: Text) -> str:
        return say(words, self.language)

    def labelled(self, label: Text, value: str) -> Labelled:
        return Labelled(self.say(label), value)

    def money(self, minor: int) -> str:
        return show(Money(minor, self.currency), self.language).replace("-", "−")

    def figure(self, minor: int) -> str:
        """Without the sign of the currency, which stands at the head of the column."""
        return figures(Money(minor, self.currency), self.language).replace("-", "−")

    def price(self, minor: Decimal) -> str:
        """The price of one, finer than the currency where it has to be."""
        return fine_figures(minor, self.currency, self.language).replace("-", "−")

    def number(self, number: int | Decimal) -> str:
        return format_decimal(number, locale=self.language)

    def percent(self, percent: Decimal) -> str:
        return self.say(text("%(percent)s%%", percent=self.number(percent)))

    def points(self, points: int) -> str:
        return self.say(text("%(points)s pts", points=Money(points, POINTS)))

    def day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self.language)
