from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.db import Base, BigId, UtcDateTime, one_of
from billing_panel.ledger.entries import AccountKind


class LedgerAccount(Base):
    """``balance`` is Σ of its postings, changed in the transaction that writes them."""

    __tablename__ = "ledger_account"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind))
    currency: Mapped[str] = mapped_column(String(8))
    balance: Mapped[int] = mapped_column(BigId, default=0)

    __table_args__ = (
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
    """``key`` names what happened, once: writing the same key again is refused."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    reason: Mapped[str]


class Posting(Base):
    """One movement. Never updated, never deleted: a mistake is reversed by another entry."""

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_entry.id"), index=True)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigId)
    balance_after: Mapped[int] = mapped_column(BigId)

    __table_args__ = (Index(None, "account_id", "id"),)
