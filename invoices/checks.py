"""What is always true of documents."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import Provider
from billing_panel.kernel.hooks import Check
from billing_panel.kernel.money import Money
from billing_panel.kernel.text import Text, text
from invoices.document import Kind
from invoices.models import IssuedDocument
from invoices.numbering import SeriesCounter

# as ``issue`` names them
SERIES = case((IssuedDocument.kind == Kind.PROFORMA, "proforma"), else_="fiscal").label("series")


def numbers(session: Session) -> Iterator[Text]:
    """Each number that was taken stands on a document: none is missing, none stands on two.

    The format of a series may change, so they are counted and not read.
    """
    keys = session.execute(select(Provider.id, Provider.key))
    providers = {row.id: row.key for row in keys}
    counters = select(SeriesCounter.provider_id, SeriesCounter.series, func.sum(SeriesCounter.last))
    taken = _of_series(session, counters.group_by(SeriesCounter.provider_id, SeriesCounter.series))
    documents = select(IssuedDocument.provider_id, SERIES, func.count())
    issued = _of_series(session, documents.group_by(IssuedDocument.provider_id, SERIES))
    for provider, series in sorted(taken.keys() | issued.keys()):
        numbers_taken, there = taken.get((provider, series), 0), issued.get((provider, series), 0)
        if numbers_taken != there:
            yield text(
                "%(taken)s numbers of series %(series)s of %(provider)s are taken, but there are"
                " %(issued)s documents.",
                taken=numbers_taken,
                series=series,
                provider=providers[provider],
                issued=there,
            )
    yield from _twice(session, providers)


def _of_series(session: Session, counted: Select[int, str, int]) -> Mapping[tuple[int, str], int]:
    return {(provider, series): int(n) for provider, series, n in session.execute(counted)}


def _twice(session: Session, providers: Mapping[int, str]) -> Iterator[Text]:
    rows = session.execute(
        select(IssuedDocument.provider_id, IssuedDocument.number, func.count())
        .group_by(IssuedDocument.provider_id, SERIES, IssuedDocument.number)
        .having(func.count() > 1)
    )
    for provider, number, documents in rows:
        yield text(
            "Number %(number)s of %(provider)s stands on %(documents)s documents.",
            number=number,
            provider=providers[provider],
            documents=documents,
        )


def totals(session: Session) -> Iterator[Text]:
    """What a document asks for is the sum of its lines, with the tax where it is not inside."""
    found = (
        select(IssuedDocument.number, IssuedDocument.currency, IssuedDocument.total)
        .add_columns(IssuedDocument.content)
        .order_by(IssuedDocument.id)
        .execution_options(yield_per=100)
    )
    with session.execute(found) as rows:
        for number, currency, total, content in rows:
            of_lines = sum(line["amount"] for line in content["lines"])
            asked = of_lines if content["taxes_inside"] else of_lines + content["tax"]
            if not total == content["total"] == content["net"] + content["tax"] == asked:
                yield text(
                    "Document %(number)s is over %(total)s; its lines make %(sum)s.",
                    number=number,
                    total=Money(total, currency),
                    sum=Money(asked, currency),
                )


INVOICES_CHECKS = (Check("documents.numbers", numbers), Check("documents.totals", totals))
