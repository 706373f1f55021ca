"""A statement as files: rows for a spreadsheet, and what its PDF shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.files.csv_rows import SheetRow
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money, show
from billing_panel.ledger.client_standing import closing_of, oldest, opening_of
from permissions.functions import PanelFunction
from permissions.guard import require
from plugins.orders.balance.statement import Account, Days, Line, lines_of

# read and sent together
CHUNK = 500
# fifteen sheets or so, and seconds to draw; whoever wants more takes the CSV
MOST_PRINTED = 500


@dataclass(frozen=True)
class FileOf:
    """Whose statement, of which days, for whom, in which language."""

    account: Account
    days: Days
    reader: Actor
    language: str

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


def file_of(account: Account, days: Days, *, reader: Actor, language: str) -> FileOf:
    """Raises FunctionNotHeld: who sees a statement does not always take it away."""
    require(reader, PanelFunction.STATEMENT_EXPORT)
    return FileOf(account, days, reader, language)


def rows_of(database: Database, file: FileOf) -> Iterator[SheetRow]:
    """Its heading, then oldest first, a chunk a transaction: a slow reader keeps none open."""
    heads = (
        text("Date and time (%(zone)s)", zone=file.account.provider.timezone),
        text("What"),
        text("Order"),
        text("Reason"),
        text("Who"),
        text("Amount"),
        text("Balance after"),
        text("Currency"),
    )
    yield [file.say(head) for head in heads]
    statement = file.account.statement(file.days)
    while True:
        with database.reading() as session:
            postings = oldest(session, statement, CHUNK)
            rows = [_row(file, line) for line in lines_of(session, postings, file.reader)]
        if not rows:
            return
        yield from rows
        statement = replace(statement, after=postings[-1].id)


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
    ]


def printed_values(session: Session, file: FileOf) -> Mapping[str, object]:
    """All that the template of a statement shows, as strings.

    Raises Refused ``too_long`` when it has more lines than anybody prints.
    """
    account, provider = file.account, file.account.provider
    client = account.client
    statement = account.statement(file.days)
    postings = oldest(session, statement, MOST_PRINTED + 1)
    if len(postings) > MOST_PRINTED:
        raise Refused(
            text(
                "That is more than %(most)s lines: print fewer days, or use the CSV.",
                most=MOST_PRINTED,
            ),
            code="too_long",
        )
    lines = list(lines_of(session, postings, file.reader))
    currency = statement.account.currency
    came = sum(line.amount.minor for line in lines if line.amount.minor > 0)
    went = sum(line.amount.minor for line in lines if line.amount.minor < 0)
    return {
        "language": file.language,
        "title": file.say(text("Statement")),
        "brand": provider.name,
        "letter": provider.name[:1].upper(),
        "contacts": [contact for contact in (provider.email, provider.phone) if contact],
        "period": _period(file),
        "page_word": file.say(text("Page")),
        "footer": f"{file.say(text('Statement'))} · {account.client.name} · {provider.name}",
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
        "sums": [
            (file.say(label), _figure(Money(minor, currency), file.language))
            for label, minor in (
                (text("Opening balance"), opening_of(session, statement)),
                (text("Total in"), came),
                (text("Total out"), went),
            )
        ],
        "closing": (
            file.say(text("Closing balance")),
            _figure(Money(closing_of(session, statement), currency), file.language),
        ),
        "columns": [
            file.say(head)
            for head in (text("Date"), text("What"), text("Amount"), text("Balance after"))
        ],
        "lines": [_printed(file, line) for line in lines],
        "nothing": file.say(text("No movements on these dates.")),
    }


def _printed(file: FileOf, line: Line) -> Mapping[str, str]:
    order = (
        file.say(text("order %(number)s", number=line.order_number)) if line.order_number else ""
    )
    return {
        "when": f"{file.at(line):%d.%m.%Y %H:%M}",
        "what": file.say(line.title),
        "detail": " · ".join(part for part in (order, line.reason, line.who or "") if part),
        "amount": _figure(line.amount, file.language),
        "balance": "" if line.balance is None else _figure(line.balance, file.language),
    }


def _figure(amount: Money, language: str) -> str:
    said = show(amount, language).replace("-", "\N{MINUS SIGN}")
    if amount.currency == POINTS:
        return say(text("%(points)s pts", points=said), language)
    return said


def _period(file: FileOf) -> str:
    def day(value: date) -> str:
        return str(format_date(value, "d MMMM y", locale=file.language))

    first, last = file.days.first, file.days.last
    if first and last:
        return file.say(text("%(first)s – %(last)s", first=day(first), last=day(last)))
    if first:
        return file.say(text("since %(first)s", first=day(first)))
    return file.say(text("until %(last)s", last=day(last))) if last else ""


def _address(of: Client | Provider, reader: Client | Provider, file: FileOf) -> str:
    return of.postal_address.on_one_line(reader.country, file.language)


def _party(file: FileOf, role: Text, name: str, lines: Sequence[str]) -> Mapping[str, object]:
    return {"role": file.say(role), "name": name, "lines": [line for line in lines if line]}
