"""The form of a new order.

Fields of a tariff carry its key: ``quantity:web-start``, ``period:web-start``, ``tender:web-start``
and, for options, ``number:vps-pro-4:ram``, ``choice:vps-pro-4:os``; ticked positions: ``cart``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from typing_extensions import override
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    Form,
    HiddenField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)

from billing_panel.administration.details.address_fields import NO_CITY
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.catalog.rules.wanted_line import (
    MAX_LINES,
    MAX_QUANTITY,
    WantedLine,
    too_many_lines,
)
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import POINTS
from billing_panel.kernel.values.postal_address import Address

QUANTITY = "quantity:"
PLACE, QUOTE = "place", "quote"


def new_key() -> str:
    """A request key, for one order."""
    return uuid4().hex


def stripped(written: str | None) -> str:
    """Strip what was typed. None: empty."""
    return (written or "").strip()


class NumbersField(Field):  # type: ignore[misc]  # wtforms has no types
    """Ids that are ticked: those that are numbers, each once."""

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = numbers(valuelist)


class SumField(HiddenField):  # type: ignore[misc]
    """Minor units, or points, that the summary showed; None: it showed none yet."""

    @override
    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = whole_number(valuelist[0]) if valuelist else None


class CatalogueField(Field):  # type: ignore[misc]
    """What is chosen of the catalogue: ``data`` are its lines, ``mistakes`` what can't be read.

    It reads every field that carries the key of a tariff.
    """

    data: tuple[WantedLine, ...]
    mistakes: tuple[FieldError, ...]
    typed: Mapping[str, str]

    @override
    def process(self, formdata: MultiDict[str, str] | None, *_: Any, **__: Any) -> None:
        mistakes: list[FieldError] = []
        self.typed = formdata or MultiDict()
        self.data = tuple(_lines(self.typed, mistakes))
        self.mistakes = tuple(mistakes)
        self.errors = ()

    def value(self, name: str, default: str = "") -> str:
        """What was typed in the field ``name`` of a tariff."""
        return stripped(self.typed.get(name, default))


def _part_of_address(label: Text, most: int) -> Field:
    return StringField(label, filters=[stripped], render_kw={"maxlength": most})


class NewOrderForm(Form):  # type: ignore[misc]
    """It reads types and keeps everything as it was typed; ``place_order`` says what is right.

    ``expected_total`` in minor units of the provider's currency, and ``expected_points``: what the
    summary showed. ``do``: PLACE, or QUOTE to see the summary.
    """

    do = SubmitField()
    provider = HiddenField(filters=[stripped])
    request_key = HiddenField(default=new_key, filters=[lambda written: written or new_key()])
    expected_total = SumField()
    expected_points = SumField()
    lines = CatalogueField()
    cart = NumbersField(default=())
    exceptions = NumbersField(default=(), name="exception")
    payment_method = SelectField(
        text("Payment method"),
        description=text("The client pays; you are not taken to a payment page."),
        filters=[stripped],
    )
    delivery_service = SelectField(text("Delivery of goods"), filters=[stripped])
    delivery_address = TextAreaField(
        text("Delivery address"),
        description=text("Empty: the client’s own."),
        filters=[stripped],
        render_kw={"maxlength": 500, "rows": 2},
    )
    delivery_post_code = _part_of_address(text("Post code"), 16)
    delivery_city = _part_of_address(text("City"), 120)
    delivery_region = _part_of_address(text("Region"), 120)
    delivery_country = _part_of_address(text("Country (two-letter code)"), 2)
    promo_code = StringField(
        text("Promo code"), filters=[stripped], render_kw={"maxlength": 64, "autocomplete": "off"}
    )
    note = TextAreaField(
        text("Note"),
        description=text("It appears on the order; the client can read it too."),
        filters=[stripped],
        render_kw={"maxlength": 2000},
    )

    @property
    def mistakes(self) -> tuple[FieldError, ...]:
        """What could not be read."""
        mistakes: tuple[FieldError, ...] = self.lines.mistakes
        return mistakes

    @property
    def place_of_delivery(self) -> Address:
        """As typed; empty: the client's own."""
        return Address(
            self.delivery_address.data,
            self.delivery_post_code.data,
            self.delivery_city.data,
            self.delivery_region.data,
            self.delivery_country.data.upper(),
        )

    @property
    def mistakes_to_place(self) -> tuple[FieldError, ...]:
        """The same, and what lacks when the order is placed."""
        place = self.place_of_delivery
        if not place or place.city:
            return self.mistakes
        return (*self.mistakes, FieldError("delivery.city", "required", NO_CITY))

    @property
    def is_placed(self) -> bool:
        return bool(self.do.raw_data[0] == PLACE) if self.do.raw_data else True

    def renew_key(self) -> None:
        """What is sent next is another order."""
        self.request_key.data = new_key()


def numbers(written: Iterable[str]) -> tuple[int, ...]:
    """Those that are numbers, each once."""
    read = dict.fromkeys(map(whole_number, written))
    return tuple(number for number in read if number is not None)


def name_on_page(field: str) -> str:
    """``quantity:web-start`` for ``web-start.quantity``, ``options.ram:vps`` for an option."""
    tariff, _, inside = field.partition(".")
    return f"{inside}:{tariff}" if inside else field


def _lines(typed: Mapping[str, str], errors: list[FieldError]) -> Iterator[WantedLine]:
    """As many as an order may have; of more, that they are too many."""
    wanted = {
        name.removeprefix(QUANTITY): written.strip()
        for name, written in typed.items()
        if name.startswith(QUANTITY) and written.strip() not in {"", "0"}
    }
    if len(wanted) > MAX_LINES:
        errors.append(too_many_lines())
        return
    options = _options(typed)
    for tariff, written in wanted.items():
        quantity = whole_number(written)
        if quantity is None:
            message = text(
                "The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY
            )
            errors.append(FieldError(f"{QUANTITY}{tariff}", "quantity", message))
            continue
        in_points = typed.get(f"tender:{tariff}") == POINTS
        yield WantedLine(
            tariff=tariff,
            period=typed.get(f"period:{tariff}") or None,
            quantity=quantity,
            options=options.get(tariff, {}),
            pay_with=Tender.POINTS if in_points else Tender.MONEY,
        )


def _options(typed: Mapping[str, str]) -> Mapping[str, Mapping[str, OptionValue]]:
    """By tariff. What is no number where one belongs stays as written; the rules say what to write.

    Keys of tariffs and options hold no colon.
    """
    found: dict[str, dict[str, OptionValue]] = {}
    for name, written in typed.items():
        kind, _, rest = name.partition(":")
        tariff, _, option = rest.partition(":")
        value = written.strip()
        if kind not in {"choice", "number"} or not value:
            continue
        number = whole_number(value) if kind == "number" else None
        found.setdefault(tariff, {})[option] = value if number is None else number
    return found
