"""A client with what every decision about them asks, in one statement of plain rows."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import (
    Client,
    ClientGroup,
    ForbiddenMethod,
    Membership,
)
from billing_panel.kernel.database.plain_objects import Beside

_CLIENT = Beside(Client)
_PAIR = Beside(Membership, _CLIENT.end)
_PROVIDER = Beside(Provider, _PAIR.end)
_GROUP = Beside(ClientGroup, _PROVIDER.end)
_FORBIDDEN = Beside(ForbiddenMethod, _GROUP.end)
_READ: Sequence[Beside[Any]] = (_CLIENT, _PAIR, _PROVIDER, _GROUP, _FORBIDDEN)


def clients_with_memberships() -> Select[*tuple[Any, ...]]:
    """A row for each membership and each method its group may not pay by.

    No inner join within the outer one: for that SQLite reads all memberships there are.
    """
    return (
        select(*(column for beside in _READ for column in beside.columns))
        .select_from(Client)
        .outerjoin(Membership, Membership.client_id == Client.id)
        .outerjoin(Provider, Provider.id == Membership.provider_id)
        .outerjoin(ClientGroup, ClientGroup.id == Membership.group_id)
        .outerjoin(ForbiddenMethod, ForbiddenMethod.group_id == ClientGroup.id)
        .order_by(Membership.provider_id)
    )


def client_of(session: Session, rows: Sequence[Any]) -> Client | None:
    """``rows``: of one client. They and their memberships, with providers and groups, as read now.

    None: there are no rows.
    """
    client, pairs = None, dict[int, Membership]()
    forbidden = defaultdict[ClientGroup, set[ForbiddenMethod]](set)
    for row in rows:
        client = _CLIENT.of(session, row, anew=True)
        pair, group = _pair(session, row)
        if pair is not None:
            pairs[pair.provider_id] = pair
        if group is not None:
            forbidden[group] |= {*_forbidden(session, row)}
    if client is not None:
        set_committed_value(client, "memberships", [*pairs.values()])
    for group, methods in forbidden.items():
        set_committed_value(group, "forbidden_methods", [*methods])
    return client


def _pair(session: Session, row: Any) -> tuple[Membership | None, ClientGroup | None]:
    pair = _PAIR.of(session, row, anew=True)
    group = _GROUP.of(session, row, anew=True)
    if pair is not None:
        set_committed_value(pair, "provider", _PROVIDER.of(session, row, anew=True))
        set_committed_value(pair, "group", group)
    return pair, group


def _forbidden(session: Session, row: Any) -> Sequence[ForbiddenMethod]:
    method = _FORBIDDEN.of(session, row, anew=True)
    return () if method is None else (method,)
