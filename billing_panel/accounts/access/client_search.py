"""How clients are searched: by login, name and account number; contact details separately.

E-mail, phone, VAT and tax number are an entry of their own, looked at only for whoever may see
them, so that nothing hidden can be found out by asking for it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, literal, or_, select, union_all
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.scope import seen_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.find_search_entries import (
    Page,
    Sought,
    Words,
    asked,
    entries,
    has_all,
    scope_marks,
)
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    index_entries,
)
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number

KINDS = CLIENT, CONTACTS = "client", "client_contacts"
# fewer digits than this are no phone number
LEAST_DIGITS = 6
PHONE_NUMBER = re.compile(r"[0-9+()/. -]+")
# a word that more clients are called by tells nobody apart
MOST_NAMED = 100


def index_client(session: Session, client: Client) -> None:
    """Let the client be found by what they are called and how they are reached now."""
    index_entries(session, entries_of(client))


def entries_of(client: Client) -> tuple[SearchEntry, ...]:
    """One of each of ``KINDS``. Of a phone number a part is found, of other numbers the whole."""
    whose = {one.provider_id or one.provider.id for one in client.memberships}
    named = client.login, client.name, str(client.account_number)
    reached = client.email, client.accounting_emails, client.vat_number, client.tax_number
    contacts = entry(CONTACTS, client.id, *reached, providers=whose)
    contacts.words = f"{contacts.words}{_digits(fold(client.phone))} "
    return entry(CLIENT, client.id, *named, providers=whose), contacts


def clients_found(
    session: Session,
    query: str,
    actor: Actor,
    page: Page,
    *narrowed: ColumnElement[bool],
) -> Sequence[int]:
    """Ids of clients in scope by the words of ``query``, as far as ``actor`` may know them.

    ``narrowed``: conditions on Client.
    """
    ways = _ways(query, actor)
    if not ways:
        return ()
    pages = [
        _page(session, kind, ways, actor, page).where(*narrowed).subquery()
        for kind in _kinds(actor)
    ]
    found = union_all(*(select(one.c.id) for one in pages)).subquery()
    newest_first = page.after is None
    order = found.c.id.desc() if newest_first else found.c.id
    distinct = select(found.c.id).distinct().order_by(order).limit(page.limit)
    return session.scalars(distinct).all()


def clients_named(session: Session, query: str, actor: Actor) -> Sequence[int]:
    """Ids of clients in scope whose own login, account number or contact ``query`` is as a whole.

    The first of them is the one whose login it is.
    """
    folded = fold(query)
    number = whole_number(folded.replace(" ", ""))
    exact = [Client.login == query.strip().lower()]
    if number is not None:
        exact.append(Client.account_number == number)
    found = select(Client.id).where(seen_client(actor), or_(*exact)).order_by(Client.id).limit(5)
    return session.scalars(found).all()


def words_left(session: Session, query: str, actor: Actor) -> Mapping[Words, Sequence[int]]:
    """Of clients who have some words of ``query``, the words they lack, and who lacks them.

    At most ``MOST_NAMED`` clients of each word are looked at, and none of a word that more have.
    """
    words, phone = asked(query), _phone(query, actor)
    looked_up = dict.fromkeys([words, *((word,) for word in words), *([(phone,)] if phone else [])])
    if not words:
        return {}
    named = _with_few(session, list(looked_up), actor)
    left = defaultdict[Words, list[int]](list)
    for client_id, said in _said_of(session, named, actor).items():
        has_phone = phone and phone in said
        lacking = () if has_phone else tuple(word for word in words if not has_all(said, (word,)))
        left[lacking].append(client_id)
    return left


def _with_few(session: Session, ways: Sequence[Words], actor: Actor) -> set[int]:
    """Ids of clients who have all words of one of ``ways``, of those ways that few have."""
    branches = []
    for number, way in enumerate(ways):
        for kind in _kinds(actor):
            page = _page(session, kind, [way], actor, Page(MOST_NAMED + 1)).subquery()
            branches.append(select(literal(number).label("way"), page.c.id))
    found = defaultdict[int, set[int]](set)
    for row in session.execute(union_all(*branches)):
        found[row.way].add(row.id)
    few = (ids for ids in found.values() if len(ids) <= MOST_NAMED)
    return {client_id for ids in few for client_id in ids}


def _said_of(session: Session, ids: set[int], actor: Actor) -> Mapping[int, str]:
    """All words of each of these clients that ``actor`` may know."""
    if not ids:
        return {}
    page = select(SearchEntry.subject_id, SearchEntry.words).where(
        SearchEntry.kind.in_(_kinds(actor)),
        SearchEntry.id.in_([entry(kind, one).id for kind in _kinds(actor) for one in ids]),
    )
    said = defaultdict[int, str](str)
    for row in session.execute(page):
        said[row.subject_id] += row.words
    return said


def _page(
    session: Session, kind: str, ways: Sequence[Words], actor: Actor, page: Page
) -> Select[int]:
    sought = Sought(kind, ways, scope_marks(actor), before=page.before, after=page.after)
    found = entries(session, sought)
    order = found.place.desc() if page.after is None else found.place
    return (
        select(Client.id)
        .join(found.rows, Client.id == found.subject)
        .where(found.condition, seen_client(actor))
        .order_by(order)
        .limit(page.limit)
    )


def _kinds(actor: Actor) -> Sequence[str]:
    return KINDS if sees(actor, Fact.CONTACTS) else (CLIENT,)


def _ways(query: str, actor: Actor) -> Sequence[Words]:
    """What an entry may be found by: the words, or the digits of a phone number."""
    phone = _phone(query, actor)
    return [way for way in (asked(query), (phone,) if phone else ()) if way]


def _phone(query: str, actor: Actor) -> str:
    """Empty: it is no phone number, or not for the actor. Zeros that lead it are left out."""
    folded = fold(query)
    digits = _digits(folded).lstrip("0") if PHONE_NUMBER.fullmatch(folded) else ""
    return digits if len(digits) >= LEAST_DIGITS and sees(actor, Fact.CONTACTS) else ""


def _digits(folded: str) -> str:
    return "".join(one for one in folded if one in "0123456789")


def _wrong(session: Session) -> Iterator[Text]:
    clients = session.scalars(select(Client).options(selectinload(Client.memberships)))
    made = [one for client in clients for one in entries_of(client)]
    for kind in KINDS:
        yield from disagreeing(session, kind, [one for one in made if one.kind == kind])


CLIENT_SEARCH_CHECKS = (Check("search.clients", _wrong),)
