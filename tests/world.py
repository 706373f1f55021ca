"""The demo in a database of one test's own, and short words for what tests say often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.api_tokens import create_token, token_owner, used_token
from billing_panel.administration.clients.client_users import ClientUserDetails, invite_client_user
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import FixedClock
from permissions.models import StaffFunction
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.exceptions.propose_exception import ProposeException, propose_exception
from plugins.orders.store.models import Order


@dataclass(frozen=True)
class World:
    panel: Panel
    clock: FixedClock

    @property
    def database(self) -> Database:
        return self.panel.database

    def actor(self, login: str) -> Actor:
        """A member of staff, or a client's user, as they are now."""
        with self.database.reading() as session:
            user = session.scalars(select(User).filter_by(login=login)).one()
            actor = actor_of(session, user, self.panel.known)
        assert actor is not None
        return actor

    def client_id(self, login: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(Client.id).filter_by(login=login)).one()

    def token(self, login: str) -> str:
        with self.database.writing() as session:
            user = session.scalars(select(User).filter_by(login=login)).one()
            now = self.clock.now()
            secret = create_token(session, user, "test", known=self.panel.known, at=now)
            session.flush()
            # as one that was used just now: its next request writes nothing
            used_token(session, token_owner(session, secret, at=now).id, at=now)
            return secret

    def order(
        self,
        client: str,
        *lines: WantedLine,
        cart: Sequence[int] | None = None,
        provider: str | None = None,
        method: str = "bank_transfer",
        **more: Any,
    ) -> PlaceOrder:
        """A command: these lines of the catalogue, or these positions of the cart (none: all)."""
        return PlaceOrder(
            self.client_id(client),
            provider,
            method,
            lines,
            cart=tuple(cart or ()),
            whole_cart=not lines and cart is None,
            **more,
        )

    def place(self, login: str, command: PlaceOrder) -> Sequence[Order]:
        actor = self.actor(login)
        with self.database.writing() as session:
            return place_order(session, command, actor=actor, clock=self.clock)

    def stock(self, tariff: str) -> int | None:
        with self.database.reading() as session:
            return session.scalars(select(Tariff.stock).filter_by(key=tariff)).one()

    def change(self, model: type[Base], where: Mapping[str, object], **values: object) -> None:
        """Set columns of the one row found by ``where``."""
        with self.database.writing() as session:
            row = session.scalars(select(model).filter_by(**where)).one()
            for name, value in values.items():
                setattr(row, name, value)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, to show that a refusal changed nothing."""
        with self.database.reading() as session:
            return everything_in(session)


def everything_in(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as this transaction sees it, in the order of its key."""
    connection = session.connection()
    return {
        name: [tuple(row) for row in connection.execute(rows)]
        for name, rows in _every_table().items()
    }


@cache
def _every_table() -> Mapping[str, Select[*tuple[Any, ...]]]:
    """But for who is looking at an order now, which browsers say of themselves."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "order_look"]
    return {table.name: select(table).order_by(*table.primary_key) for table in tables}


def hold_only(world: World, login: str, *functions: str) -> None:
    """Exactly these, by switches of their own, whatever their departments say."""
    with world.database.writing() as session:
        staff_id = session.scalars(select(Staff.id).join(User).filter_by(login=login)).one()
        session.execute(delete(StaffFunction).filter_by(staff_id=staff_id))
        session.add_all(
            StaffFunction(staff_id=staff_id, function=name, on=name in functions)
            for name in world.panel.known
        )


def add_client_user(world: World, client: str, login: str, role: ClientRole) -> int:
    """The id of a new user of the client."""
    details = ClientUserDetails(login, role, "en")
    owner = world.actor("owner")
    with world.database.writing() as session:
        made = invite_client_user(
            session, world.client_id(client), details, actor=owner, clock=world.clock
        )
        return made.user_id


def proposed(world: World, client: str, tariff: str, *, by: str = "owner", **what: Any) -> int:
    """The id of an exception proposed with nordvik, which makes some from now on."""
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    what = what or {"restriction": "group_not_allowed"}
    command = ProposeException(
        world.client_id(client), "nordvik", tariff, "A promise of ours", **what
    )
    actor = world.actor(by)
    with world.database.writing() as session:
        return propose_exception(session, command, actor=actor, clock=world.clock).id


def line(tariff: str, period: str | None = None, quantity: int = 1, **more: Any) -> WantedLine:
    return WantedLine(tariff, period, quantity, **more)


def codes(reasons: Iterable[Reason]) -> set[str]:
    return {reason.code for reason in reasons}
