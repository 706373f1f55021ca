"""Clients as they are searched: by login, name and account number; e-mail and phone apart.

These are rows of their own, looked at only for whoever may see how a client is reached, so that
nothing hidden can be found out by asking for it.
"""

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.fact_visibility import sees
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.guarded_text import Fact
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    found,
    having,
)
from billing_panel.kernel.values.actor import Actor

KINDS = CLIENT, EMAIL, PHONE = "client", "client_email", "client_phone"
# fewer digits than this are no phone number
LEAST_DIGITS = 6
PHONE_NUMBER = re.compile(r"[0-9+()/. -]+")


def enter_client(session: Session, client: Client) -> None:
    """Let the client be found by what they are called and how they are reached now."""
    for one in entries_of(client):
        session.merge(one)


def entries_of(client: Client) -> tuple[SearchEntry, ...]:
    """One of each of ``KINDS``. Of a phone number a part is found, of other numbers the whole."""
    return (
        entry(CLIENT, client.id, client.login, client.name, str(client.account_number)),
        entry(EMAIL, client.id, client.email),
        SearchEntry(kind=PHONE, subject_id=client.id, words=_digits(fold(client.phone))),
    )


def matching(query: str, actor: Actor) -> ColumnElement[bool]:
    """Condition on Client: the words of ``query``, as far as ``actor`` may know them."""
    by_words = found(query, lambda word: has_word(word, actor))
    by_phone = has_phone(query, actor)
    return by_words if by_phone is None else or_(by_words, by_phone)


def has_word(word: str, actor: Actor) -> ColumnElement[bool]:
    """Condition on Client: ``word`` is found, in an e-mail too where ``actor`` may see contacts."""
    kinds = (CLIENT, EMAIL) if sees(actor, Fact.CONTACTS) else (CLIENT,)
    return Client.id.in_(having(word, *kinds))


def has_phone(query: str, actor: Actor) -> ColumnElement[bool] | None:
    """None: it is no phone number, or not for the actor. Zeros that lead it are left out."""
    folded = fold(query)
    digits = _digits(folded).lstrip("0") if PHONE_NUMBER.fullmatch(folded) else ""
    if len(digits) < LEAST_DIGITS or not sees(actor, Fact.CONTACTS):
        return None
    return Client.id.in_(having(digits, PHONE))


def _digits(folded: str) -> str:
    return "".join(one for one in folded if one in "0123456789")


def _wrong(session: Session) -> Iterator[Text]:
    entries = [entries_of(client) for client in session.scalars(select(Client))]
    for kind, of_kind in zip(KINDS, zip(*entries, strict=True), strict=True):
        yield from disagreeing(session, kind, of_kind)


CLIENT_SEARCH_CHECKS = (Check("search.clients", _wrong),)
