"""What the panel itself holds about a client: profile, users, terms, services, money, events."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.client_search import index_client
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.sign_in_models import ApiToken, SignInSession
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.people.vat_register_answers import VatCheck, checks_of
from billing_panel.accounts.signing_in.openid_identities import OutsideIdentity
from billing_panel.accounts.signing_in.second_factor import RecoveryCode, SecondFactor
from billing_panel.accounts.signing_in.unsent_forms import UnsentForm
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import text
from billing_panel.kernel.language.text_with_guarded_fact import Fact, guarded
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.request_keys import RequestKey
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting

ERASED = (
    "vat_number",
    "registration_number",
    "tax_number",
    "tax_registration_reason",
    "phone",
    "email",
    "accounting_emails",
    "address",
    "post_code",
    "city",
    "region",
    "delivery_address",
    "delivery_post_code",
    "delivery_city",
    "delivery_region",
    "delivery_country",
)


def _users(client_id: int) -> Select[int]:
    return select(ClientUser.user_id).where(ClientUser.client_id == client_id)


def _memberships(session: Session, client_id: int) -> Sequence[Membership]:
    return session.scalars(
        select(Membership)
        .where(Membership.client_id == client_id)
        .options(joinedload(Membership.provider))
        .order_by(Membership.provider_id)
    ).all()


def _concerning(client_id: int) -> ColumnElement[bool]:
    return or_(Event.client_id == client_id, Event.user_id.in_(_users(client_id)))


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    services = select(Service).where(Service.client_id == client_id).order_by(Service.id)
    return {
        "profile": plain_row(session.get_one(Client, client_id)),
        "users": [_user(session, user_id) for user_id in session.scalars(_users(client_id))],
        "terms": [
            {**plain_row(row, "provider_id"), "provider": row.provider.key}
            for row in _memberships(session, client_id)
        ],
        "services": [
            {**plain_row(row), "tariff": row.tariff.key} for row in session.scalars(services)
        ],
        "vat_checks": [plain_row(check, "client_id") for check in checks_of(session, client_id)],
        "postings": [*_postings(session, client_id)],
        "events": [*_events(session, client_id)],
    }


def _user(session: Session, user_id: int) -> dict[str, Any]:
    """Named one by one: a secret that is added to a user must not come along."""
    user = session.get_one(User, user_id)
    tokens = session.scalars(select(ApiToken).filter_by(user_id=user_id))
    sessions = session.scalars(select(SignInSession).filter_by(user_id=user_id))
    return {
        "login": user.login,
        "language": user.language,
        "email": user.email,
        "disabled_at": user.disabled_at and user.disabled_at.isoformat(),
        "tokens": [{"name": t.name, "created_at": t.created_at.isoformat()} for t in tokens],
        "sessions": [{"created_at": s.created_at.isoformat()} for s in sessions],
    }


def _postings(session: Session, client_id: int) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        select(Posting, LedgerEntry, LedgerAccount)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.client_id == client_id)
        .order_by(Posting.id)
    )
    for posting, entry, account in rows:
        yield {
            "at": entry.at.isoformat(),
            "account": account.kind.value,
            "amount": str(Money(posting.amount, account.currency)),
            "balance_after": str(Money(posting.balance_after, account.currency)),
            "currency": account.currency,
            "reason": entry.reason,
        }


def _events(session: Session, client_id: int) -> Iterator[dict[str, Any]]:
    """The address only where it was the client's: that of a member of staff is not about them."""
    found = select(Event).where(_concerning(client_id)).order_by(Event.id)
    for event in session.scalars(found):
        own = event.actor_kind is ActorKind.CLIENT
        yield {
            "at": event.at.isoformat(),
            "kind": event.kind,
            "by": event.actor_kind.value,
            "address": (event.address or None) if own else None,
            "facts": event.told,
        }


def _hinders(session: Session, client_id: int) -> Iterator[Reason]:
    held = select(func.count()).where(
        Service.client_id == client_id, Service.state == ServiceState.ACTIVE
    )
    if number := session.scalar(held):
        yield Reason(
            "services_held",
            text("Services held: %(number)s.", number=number),
            text("End them first."),
        )
    for membership in _memberships(session, client_id):
        provider = membership.provider
        stands = standing(session, client_id, provider.id)
        if stands.balance:
            money = Money(stands.balance, provider.currency)
            message = guarded(
                Fact.BALANCE,
                text("Balance with %(provider)s: %(sum)s.", provider=provider.name, sum=money),
                plain=text("There is a balance with %(provider)s.", provider=provider.name),
            )
            yield Reason("balance_left", message, text("Pay it out or write it off first."))
        if stands.debt:
            money = Money(stands.debt, provider.currency)
            message = guarded(
                Fact.BALANCE,
                text("Debt with %(provider)s: %(sum)s.", provider=provider.name, sum=money),
                plain=text("There is a debt with %(provider)s.", provider=provider.name),
            )
            yield Reason("debt_left", message, text("Collect it or write it off first."))


def _preview(session: Session, client_id: int) -> Preview:
    users = len(session.scalars(_users(client_id)).all())
    typed = select(func.count()).select_from(Event)
    events = session.scalar(typed.where(_concerning(client_id), Event.personal.is_not(None)))
    entries = session.scalar(
        select(func.count())
        .select_from(Posting)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerAccount.client_id == client_id)
    )
    return Preview(
        erased=(
            text("Name, login, e-mail, phone, addresses, VAT and tax numbers."),
            text(
                "Logins of the client’s users: %(number)s. They can no longer sign"
                " in; their sessions and tokens end.",
                number=users,
            ),
            text("Text and addresses in log events: %(number)s.", number=events),
        ),
        kept=(
            text("Account number, country, group: orders and documents refer to them."),
            text("The entire ledger. Postings: %(number)s.", number=entries),
            text("Log events, without text and addresses; the chain stays intact."),
            text(
                "Answers the API gave to staff, kept for at most 90 days to"
                " recognize repeated requests."
            ),
        ),
    )


def _erase(session: Session, client_id: int, at: datetime) -> None:
    client = session.get_one(Client, client_id)
    client.name = client.login = f"erased-{client.account_number}"
    for name in ERASED:
        setattr(client, name, "")
    client.erased_at = at
    index_client(session, client)
    for membership in _memberships(session, client_id):
        # nothing is ordered for nobody
        membership.blocked_reason, membership.blocked_at = "", membership.blocked_at or at
        membership.blocked_text = ""
    _erase_users(session, session.scalars(_users(client_id)).all(), at)
    # that it was asked, and what proves it, is kept for the invoices that went by it
    asked = update(VatCheck).where(VatCheck.client_id == client_id)
    session.execute(asked.values(number="", name=""))
    # what this transaction has told of them, too
    write_late(session)
    session.execute(update(Event).where(_concerning(client_id)).values(personal=None))


def _erase_users(session: Session, user_ids: Sequence[int], at: datetime) -> None:
    for user_id in user_ids:
        user = session.get_one(User, user_id)
        user.login, user.password_hash = f"erased-{user_id}", None
        user.email = ""
        user.disabled_at = user.disabled_at or at
        for model in (
            SignInSession,
            UnsentForm,
            ApiToken,
            SecondFactor,
            RecoveryCode,
            OutsideIdentity,
        ):
            session.execute(delete(model).filter_by(user_id=user_id))
        asked = f"{ActorKind.CLIENT.value}:{user_id}"
        session.execute(delete(RequestKey).where(RequestKey.scope.endswith(f":{asked}")))


PANEL_RECORDS = ClientRecords(
    export=_export,
    hinders=lambda session, client_id: tuple(_hinders(session, client_id)),
    preview=_preview,
    erase=_erase,
)
