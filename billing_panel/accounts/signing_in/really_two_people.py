"""Who has had control of another's account, so that two people required are really two.

Whoever entered a member of staff, made them a sign-in link or took their second factor away could
act as them. That ends when they choose a password by a link from other hands, which shuts out
whatever opened the account before. A link is from the hands of whoever made it, and of all in whose
hands these were: nobody frees an account from themselves, alone or through others they entered.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.values.actor import Actor


class HandKind(StrEnum):
    """What somebody did to have an account in hand: entered it, made a link, took its factor."""

    CREATED = "created"
    LINK = "link"
    FACTOR = "factor"


class AccountHand(Base):
    """``by_id`` had the account of ``user_id`` in hand from ``at``; ``ended_at`` None: has still.

    Of members of staff alone: nothing asks for two of a client's users.
    """

    __tablename__ = "account_hand"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    by_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    kind: Mapped[HandKind] = mapped_column(one_of(HandKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def take_in_hand(
    session: Session, user_id: int, kind: HandKind, *, actor: Actor, at: datetime
) -> None:
    """Remember it. Whoever sits at the server is nobody's second person, and not written down."""
    if actor.user_id is not None and actor.user_id != user_id:
        session.add(AccountHand(user_id=user_id, by_id=actor.user_id, kind=kind, at=at))


def release(
    session: Session, user_id: int, *, link_by: int | None, made_since: datetime, at: datetime
) -> None:
    """A link frees the account from all hands but its maker's, and those that the maker is in.

    ``link_by`` None: it was made at the server, and frees it from all. ``made_since``: before this
    the link was not made; whoever had the maker in hand after it may have made it. A link from the
    person themselves, or from somebody in their hands, frees them from nobody.
    """
    kept: set[int] = set()
    if link_by is not None:
        kept = {link_by} | above(read_hands(session).makers(made_since), link_by)
    if user_id not in kept:
        session.execute(
            update(AccountHand)
            .where(AccountHand.user_id == user_id, AccountHand.ended_at.is_(None))
            .where(AccountHand.by_id.not_in(kept))
            .values(ended_at=at)
        )


@dataclass(frozen=True)
class Hands:
    """All hands there are or were: (whose account, in whose hands, until when). And the owners."""

    rows: Sequence[tuple[int, int, datetime | None]]
    owners: frozenset[int]

    def may_be_one(self, first: int, second: int, *, since: datetime) -> bool:
        """Whether one person may stand behind both users, at some moment since ``since``.

        So it is where either came from the hands of the other, through however many between, and
        where both came from the same hands. Hands of an owner bind that owner alone: where one
        owner enters everybody, nobody would be left to be two.
        """
        makers = self.makers(since)
        above_first, above_second = above(makers, first), above(makers, second)
        if first == second or first in above_second or second in above_first:
            return True
        return bool((above_first & above_second) - self.owners)

    def makers(self, since: datetime) -> Mapping[int, Collection[int]]:
        """In whose hands each account was at some moment since ``since``."""
        makers: dict[int, set[int]] = {}
        for user_id, by_id, ended_at in self.rows:
            if ended_at is None or ended_at >= since:
                makers.setdefault(user_id, set()).add(by_id)
        return makers


def read_hands(session: Session) -> Hands:
    """Read all hands there are or were, and who of the staff are owners."""
    rows = session.execute(select(AccountHand.user_id, AccountHand.by_id, AccountHand.ended_at))
    return Hands(
        [(row.user_id, row.by_id, row.ended_at) for row in rows],
        frozenset(session.scalars(select(Staff.user_id).where(Staff.owner))),
    )


def above(makers: Mapping[int, Iterable[int]], user_id: int) -> set[int]:
    """Whose hands the account is in, and theirs, and so on."""
    found: set[int] = set()
    waiting = [user_id]
    while waiting:
        new = set(makers.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found
