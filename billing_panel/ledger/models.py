"""The books: accounts, entries and their postings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.db import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text
from billing_panel.ledger.entries import ENTRY_TITLES, AccountKind, EntryKind


class LedgerAccount(Base):
    """``balance`` is Σ of its postings, changed in the transaction that writes them.

    ``floor``: it does not fall below; None for accounts that may be anything.
    """

    __tablename__ = "ledger_account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind))
    currency: Mapped[str] = mapped_column(String(8))
    balance: Mapped[int] = mapped_column(BigId, default=0)
    floor: Mapped[int | None] = mapped_column(BigId)

    __table_args__ = (
        CheckConstraint("balance >= floor", name="floor"),
        Index(
            "uq_ledger_account_client",
            "client_id",
            "provider_id",
            "kind",
            "currency",
            unique=True,
            sqlite_where=client_id.is_not(None),
            postgresql_where=client_id.is_not(None),
        ),
        Index(
            "uq_ledger_account_provider",
            "provider_id",
            "kind",
            "currency",
            unique=True,
            sqlite_where=client_id.is_(None),
            postgresql_where=client_id.is_(None),
        ),
    )


class LedgerEntry(Base):
    """``key`` names what happened, once: writing the same key again is refused.

    The database itself refuses to change or delete entries and their postings.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), {"info": append_only()})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    reason: Mapped[str]
    postings: Mapped[list["Posting"]] = relationship(order_by="Posting.id", viewonly=True)

    @property
    def title(self) -> Text:
        return ENTRY_TITLES[self.kind]


def reversal_key(entry_id: int) -> str:
    """The key of the entry that reverses this one."""
    return f"reversed:{entry_id}"


class Posting(Base):
    """One movement. Never updated, never deleted: a mistake is reversed by another entry.

    ``floor``: of one that took a balance below zero, how far it and the client's debts together
    might go then; None of any other, and of those of earlier releases.
    """

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_entry.id"), index=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigId)
    balance_after: Mapped[int] = mapped_column(BigId)
    floor: Mapped[int | None] = mapped_column(BigId)
    account: Mapped[LedgerAccount] = relationship()
    entry: Mapped[LedgerEntry] = relationship(viewonly=True)

    __table_args__ = (Index(None, "account_id", "id"), {"info": append_only()})
