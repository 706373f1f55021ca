"""A fact, what betrays it wherever it is told, and who may be told: written by hand, not read from
the code, so that the two are compared."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pypdfium2
from werkzeug.test import TestResponse

from billing_panel.kernel.values.actor import Actor

# between the digits of a sum, as each language writes it
BETWEEN = re.compile(r"[\s.,\u00a0\u202f]")
ORDERING = frozenset({"orders:order:create", "orders:cart:checkout"})
BALANCE = frozenset({"balance:balance:read", "finance:register:read"})
LIMIT = frozenset({"balance:balance:read", "clients:credit_limit:change"})
PRICES = frozenset(
    {
        "orders:price:read",
        "orders:order:pay",
        "orders:price:raise",
        "orders:line:edit",
        "payments:payment:refund",
        # what the list of payments is for
        "finance:payment:read",
        # what is left to pay
        "finance:reminder:read",
        # what a document, a statement and the file of all that is held are for
        "invoices:invoice:read",
        "invoices:invoice:print",
        "clients:client:export",
        *BALANCE,
    }
)


@dataclass(frozen=True)
class Canary:
    """``words``: any of them betrays the fact. ``functions``: any is enough; empty: none is asked.

    ``clients``: a user of the client whose fact it is may be told. ``within``: only for those who
    work for this provider, by its id.
    """

    words: tuple[str, ...]
    functions: frozenset[str] = frozenset()
    clients: bool = False
    within: int | None = None

    def sings_in(self, text: str) -> bool:
        squeezed = BETWEEN.sub("", text)
        return any(BETWEEN.sub("", word) in squeezed for word in self.words)

    def may_be_told(self, actor: Actor) -> bool:
        if actor.client_id is not None and not self.clients:
            return False
        own = actor.provider_ids
        if self.within is not None and own is not None and self.within not in own:
            return False
        return not self.functions or bool(self.functions & actor.functions)


def canaries(foreign_provider: int) -> Mapping[str, Canary]:
    """As ``plant`` puts them into the database, and step by step docs/rights.md tells who sees."""
    return {
        "balance": Canary(("7319.57",), BALANCE, clients=True),
        "points": Canary(("61139",), BALANCE, clients=True),
        "debt": Canary(("2203.41",), BALANCE, clients=True),
        "credit limit": Canary(("4507.83",), LIMIT, clients=True),
        "reason of a block": Canary(("Quokka",), ORDERING | {"clients:client:block"}),
        "words about a block for the client": Canary(("Echidna",), clients=True),
        "group, as staff call it": Canary(("Narwhal",)),
        "phone": Canary(("271731391",), frozenset({"clients:client:read"}), clients=True),
        "e-mail": Canary(("axolotl@",), frozenset({"clients:client:read"}), clients=True),
        "price": Canary(("3911.37",), PRICES, clients=True),
        "dispute": Canary(("1729.31",), PRICES),
        "that a dispute was lost": Canary(
            ("fter a dispute", "Dispute lost", "dispute_lost", '"dispute"')
        ),
        "reference of a payment": Canary(("Pangolin",)),
        "field of a step, for staff": Canary(("Coati",)),
        "reason of a refund": Canary(("Wombat",)),
        "reason of a raised price": Canary(("Numbat",)),
        "reason of a deadline": Canary(("Potoroo",)),
        "name of a member of staff": Canary(("Kakapo",)),
        "provider of others": Canary(("Tamarin",), within=foreign_provider),
        "colleague of others": Canary(("Zorilla",), within=foreign_provider),
    }


def text_of(answer: TestResponse) -> str:
    if answer.mimetype != "application/pdf":
        return answer.get_data().decode(errors="replace")
    document = pypdfium2.PdfDocument(answer.get_data())
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)
