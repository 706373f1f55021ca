"""What a top-up says on its pro-forma (H7): plain values, in the client's language.

It bears no tax: what the money will buy is not known yet, and tax falls due on what is bought.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.calendar_dates import local_date
from invoices.document import (
    Document,
    DocumentLine,
    DocumentTax,
    Ground,
    Kind,
    Mark,
    Marking,
    TaxCategory,
)
from plugins.orders.settlement.proforma import bank_of, buyer_of, seller_of
from plugins.orders.store.top_up import TopUp, TopUpState

# a payment on account is taxed where what it is for is known (Directive 2006/112/EC, Article 65,
# as C-419/02 BUPA Hospitals reads it)
NO_TAX_YET = text("No VAT is due on a top-up: it is charged on what the money buys.")


def document_of(top_up: TopUp, at: datetime) -> Document:
    """The pro-forma without its number, which is also the reference of the transfer."""
    client, provider = top_up.client, top_up.provider
    day, language = local_date(at, provider.timezone), client.language
    return Document(
        kind=Kind.PROFORMA,
        language=language,
        number="",
        order_number="",
        account_number=str(client.account_number),
        issued_on=day,
        due_on=_due_on(top_up, day),
        currency=top_up.currency,
        brand=provider.name,
        seller=seller_of(provider, client),
        buyer=buyer_of(client, provider),
        bank=bank_of(provider),
        lines=(
            DocumentLine(
                title=say(text("Balance top-up"), language),
                detail=top_up.number,
                quantity=1,
                unit_price=top_up.amount,
                discount=0,
                amount=top_up.amount,
                tax_percent=Decimal(0),
                tax_category=TaxCategory.OUT_OF_SCOPE,
            ),
        ),
        taxes=(
            DocumentTax(
                percent=Decimal(0),
                base=top_up.amount,
                tax=0,
                category=TaxCategory.OUT_OF_SCOPE,
                ground=Ground("", say(NO_TAX_YET, language)),
            ),
        ),
        taxes_inside=False,
        net=top_up.amount,
        tax=0,
        total=top_up.amount,
        logo=provider.logo,
        signature=provider.signature,
        stamp=provider.stamp,
    )


def settled_top_up(session: Session, document_id: int) -> Marking | None:
    """That a pro-forma's top-up is paid, and since when; None: it is not, or it is of an order."""
    top_up = session.scalar(select(TopUp).filter_by(document_id=document_id))
    if top_up is None or top_up.state is not TopUpState.PAID or top_up.closed_at is None:
        return None
    return Marking(Mark.PAID, local_date(top_up.closed_at, top_up.provider.timezone))


def _due_on(top_up: TopUp, day: date) -> date:
    return day + timedelta(days=top_up.provider.payment_terms_days)
