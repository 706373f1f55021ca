"""Invariants of the panel's own tables; plugins add theirs by ``panel_checks``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import click
from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import CLIENT_SEARCH_CHECKS
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.audit.check_append_only_tables import guards_missing
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.tariff_search import TARIFF_SEARCH_CHECKS
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.tables.request_keys import RequestKey
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import HELD_BY_CLIENTS, AccountKind
from billing_panel.ledger.ledger_checks import LEDGER_CHECKS
from billing_panel.ledger.models import LedgerAccount

# of one check no more sentences are told: a thousandth would teach nobody anything
MOST = 100


@dataclass(frozen=True)
class Wrong:
    """Something that a check has found: the check's name, and a sentence."""

    check: str
    message: Text


def look_up(session: Session, checks: Iterable[Check]) -> Sequence[Wrong]:
    """All that is wrong, by the order of ``checks``, of each at most ``MOST`` places."""
    return [
        Wrong(check.name, message)
        for check in checks
        for message in islice(check.wrong(session), MOST)
    ]


def wrong_as_json(wrong: Sequence[Wrong], language: str) -> list[dict[str, str]]:
    """What a command that checks prints of each."""
    return [{"check": one.check, "message": say(one.message, language)} for one in wrong]


def end_where_wrong(wrong: Sequence[Wrong], language: str, *, as_json: bool) -> None:
    """End the command with 1 where something is; it is said, unless JSON has said it."""
    if not wrong:
        return
    if not as_json:
        for one in wrong:
            click.echo(f"{say(one.message, language)} [{one.check}]", err=True)
    raise SystemExit(1)


def limits(session: Session) -> Iterator[Text]:
    """What a client has stays at or above zero; a balance goes to its limit where it may (D3)."""
    limit = case(
        (
            and_(LedgerAccount.kind == AccountKind.BALANCE, Provider.balance_may_go_below),
            -func.coalesce(Membership.credit_limit, 0),
        ),
        else_=0,
    )
    pair = and_(
        Membership.client_id == LedgerAccount.client_id,
        Membership.provider_id == LedgerAccount.provider_id,
    )
    rows = session.execute(
        select(LedgerAccount, limit)
        .join(Provider, Provider.id == LedgerAccount.provider_id)
        .outerjoin(Membership, pair)
        .where(
            LedgerAccount.client_id.is_not(None),
            LedgerAccount.kind.in_(HELD_BY_CLIENTS),
            LedgerAccount.balance < limit,
        )
        .order_by(LedgerAccount.id)
    )
    for account, least in rows:
        yield text(
            "The balance of account %(account)s of client %(client)s is"
            " %(balance)s; the limit is %(limit)s.",
            account=account.id,
            client=account.client_id,
            balance=Money(account.balance, account.currency),
            limit=Money(least, account.currency),
        )


def stock(session: Session) -> Iterator[Text]:
    """Nothing is sold that is not there."""
    for tariff in session.scalars(select(Tariff).where(Tariff.stock < 0).order_by(Tariff.id)):
        yield text(
            "Tariff %(tariff)s has %(stock)s in stock.", tariff=tariff.key, stock=tariff.stock
        )


def requests(session: Session) -> Iterator[Text]:
    """What was asked under a key has its answer beside it."""
    unanswered = select(RequestKey.id).where(RequestKey.answer.is_(None)).order_by(RequestKey.id)
    for key in session.scalars(unanswered):
        yield text("Request key %(key)s has no answer.", key=key)


PANEL_CHECKS = (
    *LEDGER_CHECKS,
    Check("clients.limits", limits),
    Check("catalog.stock", stock),
    Check("requests.answered", requests),
    Check("database.append_only", guards_missing),
    *CLIENT_SEARCH_CHECKS,
    *TARIFF_SEARCH_CHECKS,
)
