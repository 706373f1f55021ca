"""Whole pages as a client opens them: the shop, their cart, the checkout, their orders.

The client is the one who has the most orders; what the pages show does not depend on that, and how
long they take should not either.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from benchmarks.measuring.report import Line
from benchmarks.populated.installation import Installation
from benchmarks.reading.pages import page_line
from benchmarks.reading.pages_floor import read_shop

SHOP = "nordvik"


def measure(installation: Installation) -> Iterator[Line]:
    client = installation.crowd.giant
    with closing(installation.plain()) as plain:
        seller = plain.value("SELECT id FROM provider WHERE key = ?", (SHOP,))
        for title, path, whole in (
            ("page of the shop", f"/shop/{SHOP}", True),
            ("page of the cart", "/cart", False),
            ("page of the checkout", f"/checkout/{SHOP}", False),
        ):
            read = partial(read_shop, plain, client, seller, whole=whole)
            cookie = installation.clients_cookie
            yield page_line(installation, plain, title, path, read, cookie)
