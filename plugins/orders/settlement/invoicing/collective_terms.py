"""When a collective invoice is issued, and which supplies stand on one. Pure.

Directive 2006/112/EC, Art. 223: supplies whose VAT becomes chargeable in the same calendar month.
It is issued on the last day of that month, which keeps every term of the member states that have
one (Art. 222; France: at the end of that month, CGI art. 289, I, 3). Where the law gives five days
from the tax event itself, it is issued on the fourth: Bulgaria (чл. 113, ал. 4 ЗДДС), Russia (п. 3
ст. 168 НК РФ).
"""

from calendar import monthrange
from datetime import date, timedelta

# of the five days one is left for a worker that is away
DAYS = timedelta(days=4)
FIVE_DAYS = frozenset({"BG", "RU"})


def day_of_issue(seller_country: str, first_event: date) -> date:
    """Of what begins with the tax event of ``first_event``."""
    last = first_event.replace(day=monthrange(first_event.year, first_event.month)[1])
    return min(last, first_event + DAYS) if seller_country in FIVE_DAYS else last


def month_of(event: date) -> tuple[int, int]:
    """Events of one month stand on one invoice."""
    return event.year, event.month
