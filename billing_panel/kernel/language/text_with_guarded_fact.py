"""Sentences that contain a fact not everyone may know.

``fact_visibility`` says who may know it. A guarded sentence says by itself only what anybody may
know, so whoever says it without asking says too little, never too much.
"""

from dataclasses import dataclass
from enum import StrEnum

from billing_panel.kernel.language.text import Text


class Fact(StrEnum):
    """``BALANCE``: money, points, debt and how much may be owed. ``STAFF``: their names and words.

    ``BLOCK``: why staff have blocked a client. ``GROUP``: its name among staff. ``CONTACTS``:
    their phone, e-mail and addresses. ``DISPUTE``: what their bank and a payment system contest.
    """

    BALANCE = "balance"
    BLOCK = "block"
    CONTACTS = "contacts"
    CREDIT_LIMIT = "credit_limit"
    DISPUTE = "dispute"
    GROUP = "group"
    STAFF = "staff"


@dataclass(frozen=True)
class Guarded(Text):
    """As a text it is what anybody may know; ``full`` is for whoever may know ``fact``."""

    fact: Fact = Fact.STAFF
    full: Text | None = None


def guarded(fact: Fact, full: Text, *, plain: Text) -> Guarded:
    """Make a sentence that says ``plain``, and ``full`` to whoever may know ``fact``."""
    return Guarded(plain.sentence, plain.values, fact, full)
