"""A statement as files: rows for a spreadsheet, and what its PDF shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.files.csv_rows import SheetRow
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS, Money, show
from billing_panel.ledger.client_standing import by_days, closing_of, opening_of
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.reconciliation_statement import Movement, reconcile
from plugins.orders.balance.statement import Account, Days, Line, counted_up, lines_of
from plugins.orders.store.order_extensions import statement_remarks

# read and sent together
CHUNK = 500
# fifteen sheets or so, and seconds to draw; whoever wants more takes the CSV
MOST_PRINTED = 500
STATEMENT_OF_ACCOUNT = text("Statement of account")
# in which a seller of the country writes; elsewhere English
LANGUAGE_OF = {"BG": "bg", "RU": "ru"}
DEFAULT = "en"


@dataclass(frozen=True)
class FileOf:
    """Whose statement, of which days, for whom, in which language; ``made_on``: today."""

    account: Account
    days: Days
    reader: Actor
    language: str
    made_on: date

    @property
    def name(self) -> str:
        """``statement-balkan.media-nordvik``"""
        account = self.account
        tender = "-points" if account.in_points else ""
        return f"statement-{account.client.login}-{account.provider.key}{tender}"

    def say(self, words: Text) -> str:
        return say(words, self.language)

    def at(self, line: Line) -> datetime:
        """Where the provider is."""
        return line.at.astimezone(ZoneInfo(self.account.provider.timezone))


def file_of(account: Account, days: Days, *, reader: Actor, language: str, now: datetime) -> FileOf:
    """Raises FunctionNotHeld: who sees a statement does not always take it away."""
    require(reader, PanelFunction.STATEMENT_EXPORT)
    made_on = local_date(now, account.provider.timezone)
    return FileOf(account, days, reader, language, made_on)


def rows_of(database: Database, file: FileOf) -> Iterator[SheetRow]:
    """Its heading, then by value dates, a chunk a transaction: a slow reader keeps none open."""
    heads = (
        text("Date and time (%(zone)s)", zone=file.account.provider.timezone),
        text("What"),
        text("Order"),
        text("Reason"),
        text("Who"),
        text("Amount"),
        text("Balance after"),
        text("Currency"),
        text("Value date"),
    )
    yield [file.say(head) for head in heads]
    statement = file.account.statement(file.days)
    last, stands = None, 0
    while True:
        with database.reading() as session:
            if last is None:
                stands = opening_of(session, statement)
            postings = by_days(session, statement, CHUNK, last)
            lines = counted_up(lines_of(session, postings, file.reader), stands)
            rows = [_row(file, line) for line in lines]
        if not rows:
            return
        yield from rows
        last = postings[-1]
        stands += sum(posting.amount for posting in postings)


def _row(file: FileOf, line: Line) -> SheetRow:
    return [
        file.at(line),
        file.say(line.title),
        line.order_number,
        line.reason,
        line.who or "",
        line.amount,
        line.balance,
        line.amount.currency,
        line.day.isoformat(),
    ]


def printed_values(session: Session, file: FileOf) -> Mapping[str, object]:
    """All that the template of a statement shows, as strings.

    Of money it is a statement of account, in the seller's language, with places for signatures;
    of points it says what moved. Raises Refused ``too_long`` when it has more lines than anybody
    prints.
    """
    if file.account.in_points:
        return _points_values(session, file)
    return _account_values(session, replace(file, language=_sellers_language(file)))


def _sellers_language(file: FileOf) -> str:
    """That of the provider's country, where the panel speaks it."""
    return LANGUAGE_OF.get(file.account.provider.country, DEFAULT)


def _frame(file: FileOf, title: Text) -> Mapping[str, object]:
    account, provider = file.account, file.account.provider
    client = account.client
    return {
        "language": file.language,
        "title": file.say(title),
        "brand": provider.name,
        "letter": provider.name[:1].upper(),
        "contacts": [contact for contact in (provider.email, provider.phone) if contact],
        "period": _period(file),
        "page_word": file.say(text("Page")),
        "footer": f"{file.say(title)} · {client.name} · {provider.name}",
        "seller": _party(
            file, text("Provider"), provider.legal_name, [_address(provider, client, file)]
        ),
        "buyer": _party(
            file,
            text("Client"),
            client.name,
            [
                _address(client, provider, file),
                file.say(text("Account %(number)s", number=client.account_number)),
            ],
        ),
        "nothing": file.say(text("No movements on these dates.")),
    }


def _points_values(session: Session, file: FileOf) -> Mapping[str, object]:
    statement = file.account.statement(file.days)
    postings = by_days(session, statement, MOST_PRINTED + 1)
    _check_length(postings)
    opening_stood = opening_of(session, statement)
    lines = [*counted_up(lines_of(session, postings, file.reader), opening_stood)]
    currency = statement.account.currency
    came = sum(line.amount.minor for line in lines if line.amount.minor > 0)
    went = sum(line.amount.minor for line in lines if line.amount.minor < 0)
    opening = (text("Opening balance"), opening_stood)
    sums = (opening, (text("Total in"), came), (text("Total out"), went))
    heads = (text("Date"), text("What"), text("Amount"), text("Balance after"))
    return {
        **_frame(file, text("Statement")),
        "sums": [
            (file.say(label), _figure(Money(minor, currency), file.language))
            for label, minor in sums
        ],
        "closing": (
            file.say(text("Closing balance")),
            _figure(Money(closing_of(session, statement), currency), file.language),
        ),
        "columns": [file.say(head) for head in heads],
        "lines": [_printed(file, line) for line in lines],
        "conclusion": "",
        "signatures": [],
    }


def _account_values(session: Session, file: FileOf) -> Mapping[str, object]:
    account = file.account
    found = reconcile(session, account, file.days, MOST_PRINTED)
    _check_length(found.movements)
    sums = (
        (text("Opening balance"), found.opening),
        (text("Supplied"), found.supplied),
        (text("Paid in"), found.paid),
    )
    heads = (text("Date"), text("What"), text("Supplied"), text("Paid in"))
    return {
        **_frame(file, STATEMENT_OF_ACCOUNT),
        "sums": [(file.say(label), _figure(sum_, file.language)) for label, sum_ in sums],
        "closing": (file.say(text("Closing balance")), _figure(found.closing, file.language)),
        "columns": [file.say(head) for head in heads],
        "lines": [_moved(file, one) for one in found.movements],
        "conclusion": " ".join([_conclusion(file, found.closing), *_remarks(session, file)]),
        "signatures": [
            (file.say(text("Signed for the provider")), account.provider.legal_name),
            (file.say(text("Signed for the client")), account.client.name),
        ],
    }


def _check_length(lines: Sequence[object]) -> None:
    """Raises Refused ``too_long``."""
    if len(lines) > MOST_PRINTED:
        message = text(
            "That is more than %(most)s lines: print fewer days, or use the CSV.",
            most=MOST_PRINTED,
        )
        raise Refused(message, code="too_long")


def _conclusion(file: FileOf, closing: Money) -> str:
    """Who owes whom how much when the days end."""
    provider, client = file.account.provider.legal_name, file.account.client.name
    sum_ = show(closing if closing.minor > 0 else -closing, file.language)
    if closing.minor == 0:
        return file.say(text("Neither party owes the other anything."))
    if closing.minor < 0:
        said = text(
            "%(debtor)s owes %(creditor)s %(sum)s.", debtor=client, creditor=provider, sum=sum_
        )
        return file.say(said)
    said = text("%(debtor)s owes %(creditor)s %(sum)s.", debtor=provider, creditor=client, sum=sum_)
    return file.say(said)


def _remarks(session: Session, file: FileOf) -> Iterator[str]:
    """Of today; what was claimed on an earlier day nobody knows any more."""
    account, today = file.account, file.made_on
    if file.days.last is None or file.days.last >= today:
        found = statement_remarks(session, account.client.id, account.provider.id, today)
        yield from map(file.say, found)


def _moved(file: FileOf, one: Movement) -> Mapping[str, object]:
    order = text("order %(number)s", number=one.order_number)
    parts = (file.say(order) if one.order_number else "", *one.documents, one.reason)
    figures = (one.supplied, one.paid)
    return {
        "when": f"{one.day:%d.%m.%Y}",
        "what": file.say(one.title),
        "detail": " · ".join(part for part in parts if part),
        "figures": [_figure(sum_, file.language) if sum_ else "" for sum_ in figures],
    }


def _printed(file: FileOf, line: Line) -> Mapping[str, object]:
    order = (
        file.say(text("order %(number)s", number=line.order_number)) if line.order_number else ""
    )
    return {
        "when": f"{file.at(line):%d.%m.%Y %H:%M}",
        "what": file.say(line.title),
        "detail": " · ".join(part for part in (order, line.reason, line.who or "") if part),
        "figures": [
            _figure(line.amount, file.language),
            "" if line.balance is None else _figure(line.balance, file.language),
        ],
    }


def _figure(amount: Money, language: str) -> str:
    said = show(amount, language).replace("-", "\N{MINUS SIGN}")
    if amount.currency == POINTS:
        return say(text("%(points)s pts", points=said), language)
    return said


def _period(file: FileOf) -> str:
    def day(value: date) -> str:
        return str(format_date(value, "d MMMM y", locale=file.language))

    first, last = file.days.first, file.days.last or file.made_on
    if first:
        return file.say(text("%(first)s – %(last)s", first=day(first), last=day(last)))
    return file.say(text("until %(last)s", last=day(last)))


def _address(of: Client | Provider, reader: Client | Provider, file: FileOf) -> str:
    return of.postal_address.on_one_line(reader.country, file.language)


def _party(file: FileOf, role: Text, name: str, lines: Sequence[str]) -> Mapping[str, object]:
    return {"role": file.say(role), "name": name, "lines": [line for line in lines if line]}
